import { Secret } from '../../secret.ts';
import type { TomlScalar, TomlTable, TomlValue } from './toml.ts';

/** Nested keys and values, as they stand in an inventory. */
export type Tree = Readonly<Record<string, unknown>>;

/**
 * Our tables with somebody’s own content merged over them: maps key by key, lists as a whole. Tables stay in the order
 * in which the product can read them: a new one stands after its relatives, and before its own children.
 */
export function mergeTables(ours: readonly TomlTable[], own: Tree): TomlTable[] {
  let tables = [...ours];
  for (const table of tablesIn(own, [])) tables = table.many === true ? tables : withKeys(tables, table);
  const lists = listsIn(own, []);
  for (const { name, elements } of lists) tables = withElements(tables, name, elements);
  return tables;
}

/** Tables with the keys of one more table in them. */
export function withKeys(tables: readonly TomlTable[], added: TomlTable): TomlTable[] {
  const at = tables.findIndex((each) => each.name === added.name);
  const found = tables[at];
  if (found === undefined) return insert(tables, [added]);
  const keys = new Map([...found.keys, ...added.keys]);
  return tables.with(at, { ...found, keys: [...keys] });
}

/** Elements with their sub-tables take the place of all elements of that name with theirs. */
function withElements(
  tables: readonly TomlTable[],
  name: string,
  elements: readonly TomlTable[],
): TomlTable[] {
  const old = (each: TomlTable) => each.name === name || each.name.startsWith(`${name}.`);
  const at = tables.findIndex(old);
  if (at < 0) return insert(tables, elements);
  const kept = tables.filter((each) => !old(each));
  return [...kept.slice(0, at), ...elements, ...kept.slice(at)];
}

/** Puts new tables where the product can read them: after their relatives, and before their own children. */
export function insert(tables: readonly TomlTable[], added: readonly TomlTable[]): TomlTable[] {
  const name = added[0]?.name ?? '';
  const child = tables.findIndex((each) => each.name.startsWith(`${name}.`));
  const at = child >= 0 ? child : afterRelatives(tables, name);
  return [...tables.slice(0, at), ...added, ...tables.slice(at)];
}

function afterRelatives(tables: readonly TomlTable[], name: string): number {
  for (let parent = parentOf(name); parent !== ''; parent = parentOf(parent)) {
    const last = tables.findLastIndex((each) => each.name === parent || each.name.startsWith(`${parent}.`));
    if (last >= 0) return last + 1;
  }
  return tables.length;
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function tablesIn(tree: Tree, path: readonly string[]): TomlTable[] {
  const keys = Object.entries(tree).filter(([, value]) => isValue(value)) as [string, TomlValue][];
  const own = path.length > 0 && keys.length > 0 ? [{ name: nameOf(path), keys }] : [];
  return [...own, ...maps(tree).flatMap(([key, inner]) => tablesIn(inner, [...path, key]))];
}

/** The lists of tables in somebody’s own content, each with its elements and their sub-tables. */
export function listsIn(tree: Tree, path: readonly string[]): { name: string; elements: TomlTable[] }[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    if (isTree(value)) return listsIn(value, [...path, key]);
    if (!isTreeList(value)) return [];
    const inner = [...path, key];
    const elements = value.flatMap((element): TomlTable[] => {
      const keys = Object.entries(element).filter(([, each]) => isValue(each)) as [string, TomlValue][];
      const below = maps(element).flatMap(([name, tree]) => tablesIn(tree, [...inner, name]));
      return [{ name: nameOf(inner), many: true, keys }, ...below];
    });
    return [{ name: nameOf(inner), elements }];
  });
}

function maps(tree: Tree): [string, Tree][] {
  return Object.entries(tree).filter((entry): entry is [string, Tree] => isTree(entry[1]));
}

/** The name of a table, from its parts. */
export function nameOf(path: readonly string[]): string {
  return path.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : `'${part}'`)).join('.');
}

/** Whether a value is nested keys and values. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Whether a value is a list of tables. */
export function isTreeList(value: unknown): value is readonly Tree[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTree);
}

function isScalar(value: unknown): value is TomlScalar {
  return ['string', 'boolean'].includes(typeof value) || Number.isFinite(value) || value instanceof Secret;
}

function isValue(value: unknown): value is TomlValue {
  if (!Array.isArray(value)) return isScalar(value);
  // TOML 0.5, which the product reads, has no lists of several kinds.
  return value.every(isScalar) && new Set(value.map((each) => typeof each)).size <= 1;
}

/** Words that the templates take for their own, in values, too. */
export const interpreted = /\{[{%]/;

/** What cannot be merged, each with its path and the reason. */
export function brokenOverrides(
  own: Tree,
  ours: readonly TomlTable[],
): { readonly path: readonly string[]; readonly message: string }[] {
  const named = new Map(ours.map((table) => [table.name, table]));
  const walk = (tree: Tree, path: readonly string[], inList: boolean): ReturnType<typeof brokenOverrides> =>
    Object.entries(tree).flatMap(([key, value]) => {
      const inner = [...path, key];
      const known = inList ? undefined : named.get(nameOf(inner));
      const wrong = (message: string) => [{ path: inner, message }];
      if (nameOf(inner) === 'secrets')
        return wrong('is written by the tool: put the value where it is used, and set secure_vault: true');
      if (path.length === 0 && !isTree(value) && !isTreeList(value))
        return wrong('must be a table, such as apim: { … }');
      if (/\p{Cc}|'/u.test(key)) return wrong('is no key that deployment.toml can hold');
      if (isTree(value)) {
        if (known?.many === true) return wrong('is a list of tables: write each of them with a - in front');
        return walk(value, inner, inList);
      }
      if (isTreeList(value)) {
        if (known !== undefined && known.many !== true) return wrong('is one table, not a list');
        return value.flatMap((element, index) => walk(element, [...inner, String(index)], true));
      }
      if (known !== undefined) return wrong('is a table, not a value');
      if (typeof value === 'string' && interpreted.test(value))
        return wrong('must not hold {{ or {%: the templates of the product would interpret it');
      if (!isValue(value))
        return wrong(
          value === null
            ? 'has no value; to leave a key alone, leave it out'
            : 'must be a text, a number, true or false, or a list of one kind of these',
        );
      return [];
    });
  return walk(own, [], false);
}
