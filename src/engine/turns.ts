/** Lets those who want one of the same places go one after another, and all others at once. */
export type Turns = <T>(places: readonly string[], work: () => Promise<T>) => Promise<T>;

/**
 * Two entries of the inventory can be one machine, and several machines can share files: there, steps take turns, so that
 * they never race for a file. Whoever wants several places queues at all of them in the same instant, so that no two
 * can wait for one another.
 */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (places, work) => {
    const before = [...new Set(places)].map((place) => last.get(place));
    const turn = Promise.all(before).then(work);
    const over = turn.catch(() => undefined);
    for (const place of places) last.set(place, over);
    return turn;
  };
}
