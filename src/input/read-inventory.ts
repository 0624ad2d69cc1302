import { InputError, type Issue } from '../errors.ts';
import { createFiledVars } from './filed-vars.ts';
import { createTree, type GroupTree, groupsIn } from './group-tree.ts';
import type { InventorySource } from './inventory.ts';
import { inventoryFolder, sourceFiles } from './inventory-paths.ts';
import { readSource } from './inventory-source.ts';
import type { VarKind } from './var-files.ts';
import type { VarSource } from './vars.ts';
import type { Opening } from './yaml.ts';

/** How an inventory is read. */
export interface InventoryOptions {
  readonly vault?: Opening;
  /** More inventories, which are read after it and added to it. */
  readonly more?: readonly string[];
  /** Variables about logins that count where a host has none. */
  readonly loginSettings?: VarSource;
  /** Variables that count more than all that was written: those given with the command. */
  readonly extra?: readonly VarSource[];
}

/** All that was written, not yet laid over each other. */
export interface WrittenInventory {
  readonly tree: GroupTree;
  readonly sources: readonly InventorySource[];
  /** The groups of a host, in Ansible's order. */
  groupsOf(host: string): readonly string[];
  /** Where the variables of a host come from: the later wins. */
  sourcesOf(host: string): readonly VarSource[];
  /** Mistakes in what was read so far; files of variables are read when a host is asked for. */
  readonly issues: readonly Issue[];
}

/** Reads an inventory, and the `group_vars/` and `host_vars/` beside it. Throws `InputError`, and `UsageError` if there is none. */
export async function readInventory(
  file: string,
  { vault, more = [], extra = [] }: InventoryOptions,
): Promise<WrittenInventory> {
  const issues: Issue[] = [];
  const builder = createTree(issues);
  const paths = [file, ...more];
  const sources = paths.map((path) => ({ folder: inventoryFolder(path), files: sourceFiles(path, issues) }));
  for (const each of sources.flatMap(({ files }) => files)) await readSource(each, vault, builder, issues);
  const tree = builder.settled();
  if (tree.hosts.size === 0 && issues.length === 0)
    issues.push({
      file,
      line: 1,
      column: 1,
      path: '',
      message: 'names no hosts: put them under all.children.GROUP.hosts',
    });

  const inFolders = sources.map(({ folder }) => createFiledVars(folder, vault));
  const filed = (kind: VarKind, names: readonly string[]) =>
    inFolders.flatMap((inFolder) =>
      names.flatMap((name) => {
        const found = inFolder(kind, name);
        issues.push(...found.issues);
        return found.sources;
      }),
    );
  const groupsOf = groupsIn(tree);
  const sourcesOf = (host: string): VarSource[] => {
    const groups = groupsOf(host);
    const rest = groups.filter((group) => group !== 'all');
    return [
      ...groups.flatMap((group) => ownedBy(`group ${group}`, tree.groups.get(group)?.vars)),
      ...filed('group_vars', ['all']),
      ...filed('group_vars', rest),
      ...ownedBy(`host ${host}`, tree.hostVars.get(host)),
      ...filed('host_vars', [host]),
      ...extra,
    ];
  };
  return { tree, sources, groupsOf, sourcesOf, issues };
}

/** What a group or host says in more than one place. */
function ownedBy(owner: string, sources: readonly VarSource[] = []): readonly VarSource[] {
  return sources.length < 2 ? sources : sources.map((source) => ({ ...source, owner }));
}

/** Throws with every issue once, if there is any. */
export function refuseIssues(issues: readonly Issue[]): void {
  if (issues.length > 0)
    throw new InputError([...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]);
}
