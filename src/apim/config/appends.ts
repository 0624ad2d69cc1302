import {
  brokenOverrides,
  insert,
  isTree,
  isTreeList,
  listsIn,
  nameOf,
  type Tree,
  withKeys,
} from './overrides.ts';
import type { TomlScalar, TomlTable } from './toml.ts';

/** Tables with somebody’s own elements at the end of their lists: elements with their sub-tables, or plain values. */
export function appendTables(tables: readonly TomlTable[], own: Tree): TomlTable[] {
  let all = [...tables];
  for (const { name, elements } of listsIn(own, [])) {
    const last = all.findLastIndex((each) => each.name === name || each.name.startsWith(`${name}.`));
    all = last < 0 ? insert(all, elements) : [...all.slice(0, last + 1), ...elements, ...all.slice(last + 1)];
  }
  for (const { path, values } of plainLists(own, [])) {
    const [name, key] = [nameOf(path.slice(0, -1)), path.at(-1) ?? ''];
    const there = valueIn(all, name, key);
    const before = Array.isArray(there) ? (there as readonly TomlScalar[]) : [];
    const added = values.filter((each) => !before.includes(each));
    all = withKeys(all, { name, keys: [[key, [...before, ...added]]] });
  }
  return all;
}

function valueIn(tables: readonly TomlTable[], name: string, key: string) {
  return tables
    .find((each) => each.name === name && each.many !== true)
    ?.keys.find(([own]) => own === key)?.[1];
}

interface PlainList {
  readonly path: readonly string[];
  readonly values: readonly TomlScalar[];
}

function plainLists(tree: Tree, path: readonly string[]): PlainList[] {
  return Object.entries(tree).flatMap(([key, value]): PlainList[] => {
    if (isTree(value)) return plainLists(value, [...path, key]);
    return Array.isArray(value) && !isTreeList(value) ? [{ path: [...path, key], values: value }] : [];
  });
}

/** What cannot be added, each with its path and the reason; `ours` is what it would be added to. */
export function brokenAppends(own: Tree, ours: readonly TomlTable[]): ReturnType<typeof brokenOverrides> {
  return [...brokenOverrides(own, ours), ...noLists(own, [], ours)];
}

function noLists(
  tree: Tree,
  path: readonly string[],
  ours: readonly TomlTable[],
): ReturnType<typeof brokenOverrides> {
  return Object.entries(tree).flatMap(([key, value]) => {
    const inner = [...path, key];
    const wrong = (message: string) => [{ path: inner, message }];
    if (isTree(value)) return noLists(value, inner, ours);
    if (isTreeList(value) || path.length === 0) return [];
    if (!Array.isArray(value)) return wrong('is no list: a value belongs into deployment_toml');
    const there = valueIn(ours, nameOf(path), key);
    if (there === undefined) return [];
    if (!Array.isArray(there)) return wrong('is one value, not a list: set it in deployment_toml');
    return new Set([...there, ...value].map((each) => typeof each)).size > 1
      ? wrong('must be of the kind that the list is of already')
      : [];
  });
}
