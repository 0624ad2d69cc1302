import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import type { Issue } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Position } from './inventory.ts';
import { Untemplated } from './untemplated.ts';
import { isVault } from './vault.ts';
import { decryptText, type VaultSecrets, vaultHint } from './vault-secrets.ts';
import { vaulted } from './vaulted.ts';
import { pairOf, wrongKeys } from './yaml-keys.ts';
import { tooMuchIn } from './yaml-size.ts';

/** What opens vaulted values; where they are `closed`, they stay so, and are secrets without a value. */
export type Opening = VaultSecrets | 'closed';

/** A YAML text as plain values that know where they stand. */
export interface YamlDocument {
  /** Plain values; vaulted ones are `Secret`s. Null for an empty text. */
  readonly value: unknown;
  /** Where the value at `path` stands, or the nearest above it. */
  position(path: readonly (string | number)[]): Position;
  /** The value at `path` as it was written, where it stands without quotes. */
  written(path: readonly (string | number)[]): string | undefined;
}

/**
 * Reads a text; what stands under `!unsafe` is `Untemplated`. Every mistake of form comes back as an issue; then the value is as
 * much as could be read.
 */
export function readYaml(
  file: string,
  text: string,
  vaultSecrets?: Opening,
): { document: YamlDocument; issues: Issue[] } {
  const lines = new LineCounter();
  const issues: Issue[] = [];
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const vault = {
    tag: '!vault',
    resolve: (encrypted: string) => ({ encrypted }) as unknown as string,
  };
  const unsafe = {
    tag: '!unsafe',
    resolve: (raw: string) => new Untemplated(raw) as unknown as string,
  };
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    // Told below, by line: the library compares each key with all before it, which takes hours for many.
    uniqueKeys: false,
    customTags: [
      { ...vault, identify: () => false },
      { ...vault, tag: '!vault-encrypted', identify: () => false },
      { ...unsafe, identify: () => false },
    ],
  });
  const [first, second] = Array.isArray(documents) ? documents : [];
  const parsed: Document | undefined = first;
  for (const problem of [...(parsed?.errors ?? []), ...(parsed?.warnings ?? [])])
    issues.push({ ...at(problem.pos[0]), path: '', message: sentence(problem.message) });
  if (second !== undefined)
    issues.push({
      ...at(second.range[0]),
      path: '',
      message: 'a second document begins here; only one is read',
    });
  const position = (path: readonly (string | number)[]): Position => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = nodeAt(parsed?.contents ?? null, path.slice(0, length));
      if (node?.range != null) return at(node.range[0]);
    }
    return { file, line: 1, column: 1 };
  };
  const written = (path: readonly (string | number)[]): string | undefined => {
    const node = nodeAt(parsed?.contents ?? null, path);
    return isScalar(node) && node.type === 'PLAIN' && node.tag === undefined ? node.source : undefined;
  };
  let value: unknown = null;
  if (issues.length === 0 && parsed !== undefined) {
    try {
      for (const { offset, first } of wrongKeys(parsed))
        issues.push({
          ...at(offset),
          path: '',
          message:
            first === undefined
              ? 'a key is a text; if this is a {{ variable }}, it stands in quotes'
              : `map keys must be unique; this one stands in line ${at(first).line} as well`,
        });
      const wrong = tooMuchIn(parsed.contents);
      if (wrong !== undefined) issues.push({ ...at(wrong.offset), path: '', message: wrong.message });
      // The library would warn of keys that are no text, and show them.
      if (issues.length === 0)
        value = unlocked(parsed.toJS({ maxAliasCount: -1 }), [], position, issues, vaultSecrets);
    } catch (error) {
      issues.push({ file, line: 1, column: 1, path: '', message: sentence((error as Error).message) });
    }
  }
  return { document: { value, position, written }, issues };
}

/** Deeper than anything is meant, and not so deep that working on it would come to no end. */
const deepest = 200;

/** Turns what stands under `!vault` into secrets, and what Ansible writes in JSON for it and for `!unsafe`. */
export function unlocked(
  value: unknown,
  path: readonly (string | number)[],
  position: (path: readonly (string | number)[]) => Position,
  issues: Issue[],
  vault: Opening | undefined,
): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Untemplated) return value;
  if (path.length > deepest) {
    issues.push({ ...position(path), path: '', message: 'is nested too deeply to be read' });
    return null;
  }
  if (Array.isArray(value))
    return value.map((each, index) => unlocked(each, [...path, index], position, issues, vault));
  const [unsafe, encrypted] = [alone(value, '__ansible_unsafe'), encryptedIn(value)];
  if (unsafe !== undefined) return new Untemplated(unsafe);
  if (encrypted !== undefined) {
    const issue = (message: string) => issues.push({ ...position(path), path: path.join('.'), message });
    if (vault === undefined) {
      issue(`this is encrypted with Ansible Vault: ${vaultHint}`);
      return new Secret('');
    }
    if (vault === 'closed') return vaulted('', encrypted);
    try {
      return vaulted(decryptText(encrypted, vault), encrypted);
    } catch (error) {
      issue((error as Error).message);
      return new Secret('');
    }
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      unlocked(each, [...path, key], position, issues, vault),
    ]),
  );
}

function encryptedIn(value: object): string | undefined {
  const text = alone(value, 'encrypted') ?? alone(value, '__ansible_vault');
  return text !== undefined && isVault(text) ? text : undefined;
}

/** The text under a key that stands alone. */
function alone(value: object, key: string): string | undefined {
  const [only, ...others] = Object.entries(value);
  return only?.[0] === key && others.length === 0 && typeof only[1] === 'string' ? only[1] : undefined;
}

function nodeAt(from: Node | null, path: readonly (string | number)[]): Node | undefined {
  let node: unknown = from;
  let keyNode: unknown;
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = pairOf(node, part);
      if (pair === undefined) return undefined;
      keyNode = pair.key;
      node = pair.value;
    } else if (isSeq(node)) node = keyNode = node.items[Number(part)];
    else return undefined;
    if (depth === path.length - 1)
      return isNode(keyNode) && !isScalar(node) ? keyNode : isNode(node) ? node : undefined;
  }
  return isNode(node) ? node : undefined;
}

function sentence(message: string): string {
  const [line = ''] = message.split('\n');
  if (/^maximum call stack/i.test(line)) return 'is nested too deeply to be read';
  const text = line.replace(/ at line \d+, column \d+:?$/, '').replace(/[.:]$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
