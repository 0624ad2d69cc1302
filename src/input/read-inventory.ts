import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError, type Issue, UsageError } from '../errors.ts';
import { createFiledVars } from './filed-vars.ts';
import { createTree, type GroupTree, groupsIn } from './group-tree.ts';
import { textOf } from './text.ts';
import type { VarKind } from './var-files.ts';
import type { VarSource } from './vars.ts';
import { isVault } from './vault.ts';
import { decryptText, vaultHint } from './vault-secrets.ts';
import { type Opening, readYaml } from './yaml.ts';
import { readYamlGroups } from './yaml-groups.ts';

/** How an inventory is read. */
export interface InventoryOptions {
  readonly vault?: Opening;
  /** Variables about logins that count where a host has none. */
  readonly loginSettings?: VarSource;
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
export async function readInventory(file: string, { vault }: InventoryOptions): Promise<WrittenInventory> {
  const issues: Issue[] = [];
  const builder = createTree(issues);
  const { document, issues: mistakes } = readYaml(file, readInventoryText(file, vault), vault);
  if (mistakes.length > 0) throw new InputError(mistakes);
  readYamlGroups(document, builder, issues);
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
    ];
  };
  return { tree, groupsOf, sourcesOf, issues };
}

/** Throws with every issue once, if there is any. */
export function refuseIssues(issues: readonly Issue[]): void {
  if (issues.length > 0)
    throw new InputError([...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]);
}

function readInventoryText(file: string, vault: Opening | undefined): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'ENOENT'
        ? `there is no inventory ${file}; copy inventory.example.yaml to begin with`
        : `the inventory ${file} cannot be read: ${message}`,
    );
  }
  const { text: written, issues } = textOf(file, bytes);
  if (issues.length > 0) throw new InputError(issues);
  const text = opened(file, written, vault);
  const first = text.split('\n').find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line)) ?? '';
  if (/^\s*\[[^\]]+\]\s*$/.test(first))
    throw new UsageError(
      `${file} is an INI inventory, which is not supported; turn it into YAML: ansible-inventory -i ${file} --list --yaml > inventory.yaml`,
    );
  return text;
}

/** An inventory can be encrypted as a whole. */
function opened(file: string, text: string, vault: Opening | undefined): string {
  if (!isVault(text)) return text;
  const refused = (message: string) => new InputError([{ file, line: 1, column: 1, path: '', message }]);
  if (vault === undefined || vault === 'closed')
    throw refused(`this is encrypted with Ansible Vault: ${vaultHint}`);
  try {
    return decryptText(text, vault);
  } catch (error) {
    throw refused((error as Error).message);
  }
}
