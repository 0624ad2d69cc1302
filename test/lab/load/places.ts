import type { Sender } from './sender.ts';

/** Who is at which node, so that the next goes elsewhere. Those of one kind choose one after the other. */
export interface Places {
  choose(
    key: string,
    find: (taken: ReadonlySet<string>) => Promise<{ sender: Sender; node: string }>,
  ): Promise<Sender>;
}

/** Nobody is anywhere yet. */
export function createPlaces(): Places {
  const groups = new Map<string, { readonly taken: Set<string>; turn: Promise<unknown> }>();
  return {
    async choose(key, find) {
      const group = groups.get(key) ?? { taken: new Set<string>(), turn: Promise.resolve() };
      groups.set(key, group);
      const found = group.turn.then(() => find(group.taken));
      group.turn = found.then(
        ({ node }) => group.taken.add(node),
        () => undefined,
      );
      return (await found).sender;
    },
  };
}
