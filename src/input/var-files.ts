import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Issue } from '../errors.ts';

/** Files of variables that Ansible would read, in its order: the later wins. And what stands in their way. */
export interface VarFiles {
  readonly files: readonly string[];
  readonly issues: readonly Issue[];
}

const kinds = ['group_vars', 'host_vars'] as const;
export type VarKind = (typeof kinds)[number];

const endings = ['.yml', '.yaml', '.json'];

/**
 * Finds `group_vars/NAME` and `host_vars/NAME` in a folder as Ansible does: the first of NAME, which can be a folder,
 * NAME.yml, NAME.yaml and NAME.json. It passes over the others without a word; here they are issues, for somebody wrote
 * them.
 */
export function findVarFiles(folder: string): (kind: VarKind, name: string) => VarFiles {
  const wrong = kinds.flatMap((kind) => misplaced(join(folder, kind)));
  return (kind, name) =>
    wrong.length > 0 ? { files: [], issues: wrong } : filesOf(join(folder, kind, name), kind, name);
}

/** What stands in the place of `group_vars/` and is no folder. */
function misplaced(path: string): Issue[] {
  const there = look(path);
  if (there === undefined || there === 'dangling') return there === undefined ? [] : [dangling(path)];
  return there.isDirectory()
    ? []
    : [issue(path, 'is no folder; files of variables belong into one of this name')];
}

function filesOf(bare: string, kind: VarKind, name: string): VarFiles {
  // No file can have such a name.
  if (name.includes('\0')) return { files: [], issues: [] };
  const there = ['', ...endings].flatMap((ending) => {
    const seen = look(`${bare}${ending}`);
    return seen === undefined ? [] : [{ path: `${bare}${ending}`, seen }];
  });
  const [first, ...others] = there;
  if (first === undefined) return { files: [], issues: [] };
  const isFolder = first.seen !== 'dangling' && first.seen.isDirectory();
  const read = `${kind}/${first.path.slice(bare.length - name.length)}${isFolder ? '/' : ''}`;
  const passedOver = others.map(({ path }) =>
    issue(
      path,
      `is read by nobody, because there is ${read}, which Ansible reads alone: have all of it in one place`,
    ),
  );
  const { files, issues } = filesAt(first.path, first.seen);
  return { files, issues: [...issues, ...passedOver] };
}

function filesAt(path: string, seen: Stats | 'dangling'): VarFiles {
  if (seen === 'dangling') return { files: [], issues: [dangling(path)] };
  if (seen.isFile()) return { files: [path], issues: [] };
  if (!seen.isDirectory()) return { files: [], issues: [issue(path, 'is neither a file nor a folder')] };
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch (error) {
    return { files: [], issues: [issue(path, `cannot be read: ${(error as Error).message}`)] };
  }
  const inside = names
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .map((name) => insideOf(join(path, name)));
  return {
    files: inside.flatMap(({ files }) => files),
    issues: inside.flatMap(({ issues }) => issues),
  };
}

/** Of what lies in a folder, files of another ending are somebody's notes; Ansible looks into no folder with a dot in its name. */
function insideOf(path: string): VarFiles {
  const ending = extname(path);
  const seen = look(path);
  const none = { files: [], issues: [] };
  if (seen === undefined) return none;
  if (seen !== 'dangling' && seen.isDirectory() && ending !== '')
    return {
      files: [],
      issues: [
        issue(
          path,
          `is read by nobody: Ansible looks into no folder whose name ends as a file’s does, in ${ending}`,
        ),
      ],
    };
  return ending === '' || endings.includes(ending) ? filesAt(path, seen) : none;
}

/** Undefined if there is nothing. */
function look(path: string): Stats | 'dangling' | undefined {
  try {
    return statSync(path);
  } catch {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : 'dangling';
  }
}

function dangling(path: string): Issue {
  return issue(path, 'is a link to nothing that can be read');
}

function issue(file: string, message: string): Issue {
  return { file, line: 1, column: 1, path: '', message };
}
