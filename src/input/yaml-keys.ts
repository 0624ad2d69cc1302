import { isCollection, isMap, isPair, isScalar, type Node, type Pair, type YAMLMap } from 'yaml';

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
export function wrongKeys(contents: Node | null): readonly WrongKey[] {
  const found: WrongKey[] = [];
  const look = (node: unknown): void => {
    if (isPair(node)) {
      look(node.key);
      look(node.value);
    } else if (isCollection(node)) {
      if (isMap(node)) found.push(...wrongIn(node));
      for (const item of node.items) look(item);
    }
  };
  look(contents);
  return found;
}

function wrongIn(map: YAMLMap): readonly WrongKey[] {
  const seen = new Map<string, number>();
  return map.items.flatMap(({ key }): WrongKey[] => {
    if (isCollection(key)) return [{ offset: key.range?.[0] ?? 0 }];
    // What is merged may be so from several places.
    if (!isScalar(key) || key.source === '<<') return [];
    const name = String(key.value);
    const offset = key.range?.[0] ?? 0;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, offset);
    return first === undefined ? [] : [{ offset, first }];
  });
}
