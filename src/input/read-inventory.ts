import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError, type Issue, UsageError } from '../errors.ts';
import { createFiledVars } from './filed-vars.ts';
import { createTree, type GroupTree, groupsIn } from './group-tree.ts';
import { readSource } from './inventory-source.ts';
import type { VarKind } from './var-files.ts';
import type { VarSource } from './vars.ts';
import type { Opening } from './yaml.ts';

/** How an inventory is read. */
export interface InventoryOptions {
  readonly vault?: Opening;
  /** Variables about logins that count where a host has none. */
  readonly loginSettings?: VarSource;
  /** Variables that count more than all that was written: those given with the command. */
  readonly extra?: readonly VarSource[];
}

/** All that was written, not yet laid over each other. */
export interface WrittenInventory {
  readonly tree: GroupTree;
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
  { vault, extra = [] }: InventoryOptions,
): Promise<WrittenInventory> {
  const issues: Issue[] = [];
  const builder = createTree(issues);
  readSource(file, bytesOf(file), vault, builder, issues);
  const tree = builder.settled();
  if (tree.hosts.size === 0 && issues.length === 0)
    issues.push({
      file,
      line: 1,
      column: 1,
      path: '',
      message: 'names no hosts: put them under all.children.GROUP.hosts',
    });

  const inFiles = createFiledVars(dirname(resolve(file)), vault);
  const filed = (kind: VarKind, name: string) => {
    const found = inFiles(kind, name);
    issues.push(...found.issues);
    return found.sources;
  };
  const groupsOf = groupsIn(tree);
  const sourcesOf = (host: string): VarSource[] => {
    const groups = groupsOf(host);
    const rest = groups.filter((group) => group !== 'all');
    return [
      ...groups.flatMap((group) => tree.groups.get(group)?.vars ?? []),
      ...filed('group_vars', 'all'),
      ...rest.flatMap((group) => filed('group_vars', group)),
      ...(tree.hostVars.get(host) ?? []),
      ...filed('host_vars', host),
      ...extra,
    ];
  };
  return { tree, groupsOf, sourcesOf, issues };
}

/** Throws with every issue once, if there is any. */
export function refuseIssues(issues: readonly Issue[]): void {
  if (issues.length > 0)
    throw new InputError([...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]);
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'ENOENT'
        ? `there is no inventory ${file}; copy inventory.example.yaml to begin with`
        : `the inventory ${file} cannot be read: ${message}`,
    );
  }
}
