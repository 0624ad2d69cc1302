import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';

const pairs = new WeakMap<YAMLMap, Map<string, Pair>>();

/** What stands under a key, found at once however many there are. */
export function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  const known = pairs.get(map) ?? byKey(map);
  pairs.set(map, known);
  return known.get(String(key));
}

function byKey(map: YAMLMap): Map<string, Pair> {
  return new Map(
    [...map.items].reverse().flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
  );
}

/** What is wrong with a key, and where; `first` is where the same stood before. */
interface WrongKey {
  readonly offset: number;
  readonly first?: number;
}

/** Keys that stand twice in one map, and those that are no text: places in the text. */
export function wrongKeys(document: Document): readonly WrongKey[] {
  let anchored: ReadonlyMap<string, Node> | undefined;
  const resolve = ({ source }: Alias) => {
    anchored ??= anchoredIn(document);
    return anchored.get(source);
  };
  const found: WrongKey[] = [];
  const look = (node: unknown): void => {
    if (isPair(node)) {
      look(node.key);
      look(node.value);
    } else if (isCollection(node)) {
      if (isMap(node)) found.push(...wrongIn(node, resolve));
      for (const item of node.items) look(item);
    }
  };
  look(document.contents);
  return found;
}

/** By the library each would be looked for in the whole text. */
function anchoredIn(document: Document): Map<string, Node> {
  const found = new Map<string, Node>();
  visit(document, {
    Value(_key, node) {
      if (node.anchor !== undefined) found.set(node.anchor, node);
    },
  });
  return found;
}

function wrongIn(map: YAMLMap, resolve: (alias: Alias) => Node | undefined): readonly WrongKey[] {
  const seen = new Map<string, number>();
  return map.items.flatMap(({ key }): WrongKey[] => {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    const text = isAlias(key) ? resolve(key) : key;
    // A scalar with a tag of ours is an object.
    if (isCollection(text) || (isScalar(text) && typeof text.value === 'object' && text.value !== null))
      return [{ offset }];
    // What is merged may be so from several places.
    if (!isScalar(text) || text.source === '<<') return [];
    const name = String(text.value);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, offset);
    return first === undefined ? [] : [{ offset, first }];
  });
}
