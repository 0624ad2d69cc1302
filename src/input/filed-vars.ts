import { readFileSync } from 'node:fs';
import type { Issue } from '../errors.ts';
import { textOf } from './text.ts';
import { findVarFiles, type VarFiles, type VarKind } from './var-files.ts';
import type { VarSource } from './vars.ts';
import { isVault } from './vault.ts';
import { decryptText, vaultHint } from './vault-secrets.ts';
import { type Opening, readYaml } from './yaml.ts';

/** Variables of a group or a host that stand in files of their own. */
export interface FiledVars {
  /** The later wins. */
  readonly sources: readonly VarSource[];
  readonly issues: readonly Issue[];
}

/** Reads `group_vars/` and `host_vars/` of a folder, what is asked for, and each of it once. */
export function createFiledVars(
  folder: string,
  vault: Opening | undefined,
): (kind: VarKind, name: string) => FiledVars {
  const find = findVarFiles(folder);
  const known = new Map<string, FiledVars>();
  return (kind, name) => {
    const key = `${kind}/${name}`;
    const found = known.get(key) ?? readAll(find(kind, name), vault);
    known.set(key, found);
    return found;
  };
}

function readAll({ files, issues }: VarFiles, vault: Opening | undefined): FiledVars {
  const read = files.map((file) => readVarFile(file, vault));
  return {
    sources: read.flatMap((each) => each.sources),
    issues: [...issues, ...read.flatMap((each) => each.issues)],
  };
}

/** Reads a file of variables, which may be encrypted. */
export function readVarFile(file: string, vault: Opening | undefined): FiledVars {
  const refused = (message: string) => ({
    sources: [],
    issues: [{ file, line: 1, column: 1, path: '', message }],
  });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return refused(`cannot be read: ${(error as Error).message}`);
  }
  const { text, issues } = textOf(file, bytes);
  if (!isVault(text)) return issues.length > 0 ? { sources: [], issues } : valuesIn(file, text, vault);
  if (vault === undefined || vault === 'closed')
    return refused(`this is encrypted with Ansible Vault: ${vaultHint}`);
  try {
    return valuesIn(file, decryptText(text, vault), vault, true);
  } catch (error) {
    return refused((error as Error).message);
  }
}

/** The variables in a text. */
export function valuesIn(
  file: string,
  text: string,
  vault: Opening | undefined,
  isVaulted = false,
): FiledVars {
  const { document, issues } = readYaml(file, text, vault);
  const { value, position, written } = document;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { sources: [{ values: value as Record<string, unknown>, isVaulted, position, written }], issues };
  if (value === null || issues.length > 0) return { sources: [], issues };
  const message = 'variables are keys and values';
  return { sources: [], issues: [{ file, line: 1, column: 1, path: '', message }] };
}
