import type { Issue } from '../errors.ts';
import { fillVars } from './fill-vars.ts';
import type { Position } from './inventory.ts';
import { isMap, isWhole } from './untemplated.ts';

/** Variables of one source. */
export interface VarSource {
  readonly values: Readonly<Record<string, unknown>>;
  /** The group or host that several sources in a row are of: they are one before they are laid over others. */
  readonly owner?: string;
  /** Whether all of it was encrypted, so that each value may be a secret. */
  readonly isVaulted?: boolean;
  position(path: readonly (string | number)[]): Position;
  /** The value at `path` as it was written, where it stands without quotes in YAML. */
  written?(path: readonly (string | number)[]): string | undefined;
}

/** The variables of one host, laid over each other. */
interface LaidVars {
  readonly values: Readonly<Record<string, unknown>>;
  readonly issues: readonly Issue[];
  /** Where the value at `path` was written; undefined if it was written nowhere. */
  position(path: readonly (string | number)[]): Position | undefined;
  /** What stands there, as it was written without quotes. */
  written(path: readonly (string | number)[]): string | undefined;
}

/**
 * Variables laid over each other as Ansible does with `hash_behaviour = merge`: key by key, the later wins; lists as a whole.
 * What one owner says twice is laid together first: a list that it takes back hides nothing of what others say.
 */
export function layered(
  sources: readonly Pick<VarSource, 'values' | 'owner'>[],
): Readonly<Record<string, unknown>> {
  const all: { owner: string | undefined; values: VarSource['values'] }[] = [];
  for (const { values, owner } of sources) {
    const last = all.at(-1);
    if (last === undefined || owner === undefined || last.owner !== owner) all.push({ owner, values });
    else last.values = laidOver([last.values, values]);
  }
  return laidOver(all.map(({ values }) => values));
}

function laidOver(all: readonly VarSource['values'][]): Record<string, unknown> {
  const laid = new Map<string, unknown>();
  for (const values of all)
    for (const [key, value] of Object.entries(values)) laid.set(key, merge(laid.get(key), value));
  return Object.fromEntries(laid);
}

/**
 * Lays sources over each other. References such as `{{ inventory_dir }}` are filled in; anything cleverer is an issue where it
 * is used: under `apim`, and in Ansible's own variables.
 */
export function layVars(sources: readonly VarSource[], known: Readonly<Record<string, string>>): LaidVars {
  const position = (path: readonly (string | number)[]): Position | undefined => {
    for (let length = path.length; length > 0; length -= 1) {
      const part = path.slice(0, length);
      const source = sources.findLast((each) => has(each.values, part));
      if (source !== undefined) return source.position(part);
    }
    return undefined;
  };
  const isUsed = (name: string) => name === 'apim' || name.startsWith('ansible_');
  const filled = fillVars(layered(sources), { known, isUsed, position });
  const written = (path: readonly (string | number)[]): string | undefined =>
    sources.findLast((each) => has(each.values, path))?.written?.(path);
  return { ...filled, position, written };
}

function merge(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) merged.set(key, merge(merged.get(key), value));
  return Object.fromEntries(merged);
}

function has(values: unknown, path: readonly (string | number)[]): boolean {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || isWhole(value) || !Object.hasOwn(value, part))
      return false;
    value = (value as Record<string | number, unknown>)[part];
  }
  return true;
}
