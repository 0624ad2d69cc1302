import { isAlias, isCollection, isNode, isPair, type Node } from 'yaml';

/** So many values a document may come to: more than any inventory, and no more than is read in a moment. */
const mostValues = 1_000_000;

/** Why a document is not read, and where that stands. */
export interface TooMuch {
  readonly offset: number;
  readonly message: string;
}

/**
 * What keeps a document from being read: an alias within what it stands for, or aliases that together come to more values
 * than an inventory can have. How often an alias is used says nothing: a hundred hosts may share what each says once.
 */
export function tooMuchIn(contents: Node | null): TooMuch | undefined {
  const named = new Map<string, Node>();
  const sizes = new Map<Node, number>();
  let wrong: TooMuch | undefined;
  const sizeOf = (node: unknown): number => {
    if (wrong !== undefined) return 0;
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (!isNode(node)) return 1;
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node)) {
      const target = named.get(node.source);
      const size = target === undefined ? 1 : sizes.get(target);
      if (size === undefined) wrong = { offset, message: `*${node.source} stands within what it stands for` };
      return size ?? 0;
    }
    if (node.anchor !== undefined) named.set(node.anchor, node);
    let size = 1;
    if (isCollection(node)) for (const item of node.items) size += sizeOf(item);
    if (size > mostValues)
      wrong ??= { offset, message: `comes to more than ${mostValues} values once its aliases are filled in` };
    sizes.set(node, size);
    return size;
  };
  sizeOf(contents);
  return wrong;
}
