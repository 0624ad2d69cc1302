import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { InputError, type Issue, UsageError } from '../errors.ts';
import type { TreeBuilder } from './group-tree.ts';
import { readIniGroups } from './ini-groups.ts';
import { isInventoryScript } from './inventory-script.ts';
import { readScriptGroups } from './script-groups.ts';
import { textOf } from './text.ts';
import { isVault } from './vault.ts';
import { decryptText, vaultHint } from './vault-secrets.ts';
import { type Opening, readYaml } from './yaml.ts';
import { readYamlGroups } from './yaml-groups.ts';

/** Adds what a file of an inventory says: YAML, INI, or a program that answers. Throws `InputError`, `UsageError`. */
export async function readSource(
  file: string,
  vault: Opening | undefined,
  tree: TreeBuilder,
  issues: Issue[],
): Promise<void> {
  if (isInventoryScript(file)) await readScriptGroups(file, vault, tree, issues);
  else readText(file, bytesOf(file), vault, tree, issues);
}

function readText(
  file: string,
  bytes: Buffer,
  vault: Opening | undefined,
  tree: TreeBuilder,
  issues: Issue[],
): void {
  const refused = (message: string) => new InputError([{ file, line: 1, column: 1, path: '', message }]);
  const { text: written, issues: wrong } = textOf(file, bytes);
  if (wrong.length > 0) throw new InputError(wrong);
  const isVaulted = isVault(written);
  const text = isVaulted ? opened(written, vault, refused) : written;
  if (extname(file) === '.toml')
    throw refused(
      `is TOML, which is not read here: ansible-inventory -i ${file} --list --yaml > inventory.yaml turns it into YAML`,
    );
  const form = formOf(file, text);
  if (form === 'ini') {
    readIniGroups({ file, text, isVaulted }, tree, issues);
    return;
  }
  if (form === 'yaml by another name')
    throw refused('is YAML, which Ansible reads only from files that end in .yaml, .yml or .json: rename it');
  const { document, issues: mistakes } = readYaml(file, text, vault);
  if (mistakes.length > 0) throw new InputError(mistakes);
  const { value } = document;
  if (typeof value === 'object' && value !== null && 'plugin' in value && typeof value.plugin === 'string')
    throw new InputError([
      {
        ...document.position(['plugin']),
        path: 'plugin',
        message:
          'this sets up an inventory plugin of Ansible, and none is run here; a program that does is: #!/bin/sh, exec ansible-inventory -i FILE --list',
      },
    ]);
  readYamlGroups(document, tree, issues, isVaulted);
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new UsageError(`the inventory ${file} cannot be read: ${message}`);
    throw new UsageError(
      file.includes(',')
        ? `there is no inventory ${file}; each of several has a -i of its own, and lists of hosts are not read`
        : `there is no inventory ${file}; copy inventory.example.yaml to begin with`,
    );
  }
}

/** An inventory can be encrypted as a whole. */
function opened(text: string, vault: Opening | undefined, refused: (message: string) => Error): string {
  if (vault === undefined || vault === 'closed')
    throw refused(`this is encrypted with Ansible Vault: ${vaultHint}`);
  try {
    return decryptText(text, vault);
  } catch (error) {
    throw refused((error as Error).message);
  }
}

const yamlEndings = ['', '.yaml', '.yml', '.json'];

/**
 * Ansible tries YAML, and then INI with what is none. Here the first line that says something decides, so that a mistake is
 * told in the form that its writer had in mind.
 */
function formOf(file: string, text: string): 'yaml' | 'ini' | 'yaml by another name' {
  const [first = ''] = /^(?!\s*(?:[#;]|$)).*$/mu.exec(text) ?? [];
  const isYaml = first === '' || yamlStart.test(first.trim());
  if (!isYaml) return 'ini';
  return first === '' || yamlEndings.includes(extname(file)) ? 'yaml' : 'yaml by another name';
}

/** A key with its colon, a document, a list, or JSON; but no `[section]`, and no `name key="a: b"`. */
const yamlStart = /^(?:---|%YAML|\{|\?(?:\s|$)|-(?:\s|$)|(?:"[^"]*"|'[^']*'|[^\s"'=[][^=]*?)\s*:(?:\s|$))/u;
