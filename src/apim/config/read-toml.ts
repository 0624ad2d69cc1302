import { createRequire } from 'node:module';
import type { parse } from 'smol-toml';

const require = createRequire(import.meta.url);

/** A table of a document as it was read. */
export type ReadTable = Readonly<Record<string, unknown>>;

/** A document as it was read, or where and why it is none. */
export type ReadToml =
  | { readonly ok: true; readonly document: ReadTable }
  | { readonly ok: false; readonly line: number; readonly why: string };

/** Reads a document as anybody may have written it. The reader is loaded here: most runs compare texts only. */
export function readToml(text: string): ReadToml {
  const toml = require('smol-toml') as { readonly parse: typeof parse };
  try {
    return { ok: true, document: toml.parse(text, { integersAsBigInt: 'asNeeded' }) };
  } catch (error) {
    const { message, line } = error as Error & { readonly line?: number };
    if (line === undefined) throw error;
    const [first = ''] = message.replace(/^Invalid TOML document: /, '').split('\n');
    return { ok: false, line, why: first };
  }
}

/** What stands at a dotted path of a document; undefined if nothing does. */
export function valueIn(document: ReadTable, path: string): unknown {
  let found: unknown = document;
  for (const part of path.split('.')) found = isTable(found) ? found[part] : undefined;
  return found;
}

/** All texts of a document with their dotted paths, in its order. Elements of an array of tables share their path. */
export function textsIn(document: ReadTable, above: readonly string[] = []): [path: string, text: string][] {
  return Object.entries(document).flatMap(([key, value]) => textsAt(value, [...above, key]));
}

function textsAt(value: unknown, path: readonly string[]): [string, string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (Array.isArray(value)) return value.flatMap((each: unknown) => textsAt(each, path));
  return isTable(value) ? textsIn(value, path) : [];
}

function isTable(value: unknown): value is ReadTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
