import type { Issue } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Position } from './inventory.ts';

/** Variables of one source. */
export interface VarSource {
  readonly values: Readonly<Record<string, unknown>>;
  position(path: readonly (string | number)[]): Position;
}

/** The variables of one host, laid over each other. */
export interface LaidVars {
  readonly values: Readonly<Record<string, unknown>>;
  readonly issues: readonly Issue[];
  /** Where the value at `path` was written; undefined if it was written nowhere. */
  position(path: readonly (string | number)[]): Position | undefined;
}

/**
 * Lays sources over each other: the later wins. Those named in `deepMerged` are merged key by key, every other one is
 * replaced as a whole. References such as `{{ inventory_dir }}` are filled in; anything cleverer is an issue.
 */
export function layVars(
  sources: readonly VarSource[],
  deepMerged: readonly string[],
  known: Readonly<Record<string, string>>,
): LaidVars {
  let values: Record<string, unknown> = {};
  for (const source of sources)
    for (const [key, value] of Object.entries(source.values))
      values = { ...values, [key]: deepMerged.includes(key) ? merge(values[key], value) : value };

  const position = (path: readonly (string | number)[]): Position | undefined => {
    for (let length = path.length; length > 0; length -= 1) {
      const part = path.slice(0, length);
      const source = sources.findLast((each) => has(each.values, part));
      if (source !== undefined) return source.position(part);
    }
    return undefined;
  };
  const issues: Issue[] = [];
  const filled = fill(values, [], (text, path) => {
    const { filled: result, unknown } = fillText(text, { ...strings(values), ...known });
    const at = position(path);
    if (unknown !== undefined && at !== undefined)
      issues.push({
        ...at,
        path: path.join('.'),
        message: `{{ ${unknown} }} cannot be filled in: only names of plain variables can, not expressions`,
      });
    return result;
  });
  return { values: filled as Record<string, unknown>, issues, position };
}

function merge(below: unknown, above: unknown): unknown {
  if (!isPlain(below) || !isPlain(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = merge(below[key], value);
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

function has(values: unknown, path: readonly (string | number)[]): boolean {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || value instanceof Secret || !(part in value))
      return false;
    value = (value as Record<string | number, unknown>)[part];
  }
  return true;
}

function fill(
  value: unknown,
  path: readonly string[],
  change: (text: string, path: readonly string[]) => string,
): unknown {
  if (typeof value === 'string') return value.includes('{{') ? change(value, path) : value;
  if (Array.isArray(value)) return value.map((each, index) => fill(each, [...path, String(index)], change));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key], change)]),
  );
}

function strings(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[key, String(value)]] : [],
    ),
  );
}

function fillText(
  text: string,
  known: Readonly<Record<string, string>>,
): { filled: string; unknown?: string } {
  let filled = text;
  for (let depth = 0; depth < 5 && filled.includes('{{'); depth += 1) {
    let unknown: string | undefined;
    filled = filled.replaceAll(/\{\{\s*(.*?)\s*\}\}/g, (whole, name: string) => {
      if (!Object.hasOwn(known, name)) unknown ??= name;
      return Object.hasOwn(known, name) ? (known[name] ?? whole) : whole;
    });
    if (unknown !== undefined) return { filled, unknown };
  }
  // What refers to itself never comes to an end.
  const [, left] = /\{\{\s*(.*?)\s*\}\}/.exec(filled) ?? [];
  return left === undefined ? { filled } : { filled, unknown: left };
}
