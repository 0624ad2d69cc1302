import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { Issue } from '../errors.ts';

/** The folder that belongs to an inventory: the one it is, or the one it stands in. Keys and records lie there. */
export function inventoryFolder(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? resolve(path) : dirname(resolve(path));
}

/** What Ansible passes over in a folder. */
const passedOver =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:~|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry))$/;

/** What lies beside an inventory and is none; Ansible warns that it cannot be read. */
const noInventory = new Set(
  [
    ...[
      'zip',
      'jar',
      'war',
      'tar',
      'gz',
      'tgz',
      'bz2',
      'xz',
      'zst',
      'asc',
      'sig',
      'sha256',
      'sha512',
      'lock',
    ],
    ...['pem', 'key', 'crt', 'cer', 'csr', 'p12', 'pfx', 'jks', 'pub', 'sql', 'log', 'jsonl', 'html', 'pdf'],
    ...['png', 'svg', 'j2', 'xml', 'properties', 'csv'],
  ].map((ending) => `.${ending}`),
);
const ours = new Set(['pki', 'runs', 'backups']);

/** The files of an inventory in Ansible's order: a folder stands for all in it, by name, also for those in folders in it. */
export function sourceFiles(path: string, issues: Issue[]): string[] {
  return filesIn(path, issues, []);
}

function filesIn(path: string, issues: Issue[], above: readonly string[]): string[] {
  const say = (file: string, message: string) => {
    issues.push({ file, line: 1, column: 1, path: '', message });
    return [];
  };
  const seen = look(path);
  if (above.length === 0 && (seen === undefined || !seen.isDirectory())) return [path];
  if (seen === undefined) return say(path, 'is a link to nothing that can be read');
  if (seen.isFile()) return [path];
  if (!seen.isDirectory()) return say(path, 'is neither a file nor a folder');
  let names: readonly string[];
  let real: string;
  try {
    names = readdirSync(path).sort();
    real = realpathSync(path);
  } catch (error) {
    return say(path, `cannot be read: ${(error as Error).message}`);
  }
  if (above.includes(real)) return say(path, 'is a folder within itself, by a link');
  const isTop = above.length === 0;
  return names.flatMap((name) => {
    const inside = join(path, name);
    if (!isTop && /^(?:host|group)_vars$/.test(name))
      return say(inside, 'is read by nobody: Ansible reads it in the folder that is given as inventory only');
    const isOther =
      noInventory.has(extname(name)) || (isTop && ours.has(name) && look(inside)?.isDirectory());
    return passedOver.test(name) || isOther ? [] : filesIn(inside, issues, [...above, real]);
  });
}

/** Undefined if there is nothing, or nothing behind a link. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
