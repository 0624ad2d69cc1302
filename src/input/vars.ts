import type { Issue } from '../errors.ts';
import { fillVars } from './fill-vars.ts';
import type { Position } from './inventory.ts';
import { isMap, isWhole } from './untemplated.ts';

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
 * replaced as a whole. References such as `{{ inventory_dir }}` are filled in; anything cleverer is an issue where it is used.
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
  const used = (name: string) => deepMerged.includes(name) || name.startsWith('ansible_');
  const filled = fillVars(values, { known, isUsed: used, position });
  return { ...filled, position };
}

function merge(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = merge(below[key], value);
  return merged;
}

function has(values: unknown, path: readonly (string | number)[]): boolean {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || isWhole(value) || !(part in value)) return false;
    value = (value as Record<string | number, unknown>)[part];
  }
  return true;
}
