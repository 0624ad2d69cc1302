import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError, type Issue, UsageError } from '../errors.ts';
import { createFiledVars, type FiledVars } from './filed-vars.ts';
import { type GroupTree, groupsOf, membersOf, readGroups } from './groups.ts';
import type { Host, Inventory, Position } from './inventory.ts';
import { loginFrom } from './login.ts';
import { textOf } from './text.ts';
import type { VarKind } from './var-files.ts';
import { layVars, type VarSource } from './vars.ts';
import { isVault } from './vault.ts';
import { decryptText, type VaultSecrets, vaultHint } from './vault-secrets.ts';
import { readYaml } from './yaml.ts';

/** How an inventory is read. */
export interface InventoryOptions {
  readonly vault?: VaultSecrets;
  /** Variables that are merged over all levels, instead of replaced. */
  readonly deepMerged?: readonly string[];
}

/**
 * Reads an Ansible YAML inventory with the `group_vars/` and `host_vars/` beside it. Throws `InputError` with every
 * issue of form, and `UsageError` if there is no such file. What variables mean is checked later.
 */
export async function loadInventory(file: string, options: InventoryOptions = {}): Promise<Inventory> {
  const deepMerged = options.deepMerged ?? ['apim'];
  const issues: Issue[] = [];
  const text = readInventoryText(file, options.vault);
  const { document, issues: mistakes } = readYaml(file, text, options.vault);
  if (mistakes.length > 0) throw new InputError(mistakes);
  const tree = readGroups(document, file, issues);
  if (tree.hosts.size === 0 && issues.length === 0)
    issues.push({
      file,
      line: 1,
      column: 1,
      path: '',
      message: 'names no hosts: put them under all.children.GROUP.hosts',
    });

  const folder = dirname(resolve(file));
  const inFiles = createFiledVars(folder, options.vault);
  const hosts = [...tree.hosts.keys()].map((name): Host => {
    const groups = groupsOf(tree, name);
    const vars = layVars(sourcesOf(tree, name, groups, inFiles, issues), deepMerged, {
      inventory_dir: folder,
      inventory_file: resolve(file),
      inventory_hostname: name,
    });
    issues.push(...vars.issues);
    const position = (path: readonly (string | number)[]): Position =>
      vars.position(path) ?? tree.hosts.get(name) ?? { file, line: 1, column: 1 };
    return {
      name,
      groups: groups.filter((group) => group !== 'all').reverse(),
      vars: vars.values,
      position,
      login: loginFrom(name, vars.values, position, folder, issues),
    };
  });
  if (issues.length > 0) throw new InputError(unique(issues));
  return { file, hosts, groups: membersOf(tree) };
}

function readInventoryText(file: string, vault: VaultSecrets | undefined): string {
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
function opened(file: string, text: string, vault: VaultSecrets | undefined): string {
  if (!isVault(text)) return text;
  const refused = (message: string) => new InputError([{ file, line: 1, column: 1, path: '', message }]);
  if (vault === undefined) throw refused(`this is encrypted with Ansible Vault: ${vaultHint}`);
  try {
    return decryptText(text, vault);
  } catch (error) {
    throw refused((error as Error).message);
  }
}

/** Where a host's variables come from, in Ansible's order: the later wins. */
function sourcesOf(
  tree: GroupTree,
  host: string,
  groups: readonly string[],
  inFiles: (kind: VarKind, name: string) => FiledVars,
  issues: Issue[],
): VarSource[] {
  const file = (kind: VarKind, name: string) => {
    const found = inFiles(kind, name);
    issues.push(...found.issues);
    return found.sources;
  };
  const rest = groups.filter((group) => group !== 'all');
  return [
    ...groups.flatMap((group) => tree.groups.get(group)?.vars ?? []),
    ...file('group_vars', 'all'),
    ...rest.flatMap((group) => file('group_vars', group)),
    ...(tree.hostVars.get(host) ?? []),
    ...file('host_vars', host),
  ];
}

function unique(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
