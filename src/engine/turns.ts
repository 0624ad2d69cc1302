/** Whoever wants a turn, and is told who has it if it has to wait. */
interface Guest {
  readonly who: string;
  waits(before: readonly string[]): void;
}

/** Lets those who want one of the same places go one after another, and all others at once. */
export type Turns = <T>(places: readonly string[], work: () => Promise<T>, guest?: Guest) => Promise<T>;

/** The last who wanted a place. */
interface Last {
  readonly who: string | undefined;
  readonly over: Promise<unknown>;
}

/**
 * Two entries of the inventory can be one machine, and several machines can share files: there, steps take turns, so that
 * they never race for a file. Whoever wants several places queues at all of them in the same instant, so that no two
 * can wait for one another.
 */
export function createTurns(): Turns {
  const last = new Map<string, Last>();
  return (places, work, guest) => {
    const before = [...new Set(places)].flatMap((place) => last.get(place) ?? []);
    if (before.length > 0) guest?.waits([...new Set(before.flatMap(({ who }) => who ?? []))]);
    const turn = Promise.all(before.map(({ over }) => over)).then(work);
    const mine: Last = { who: guest?.who, over: turn.catch(() => undefined) };
    for (const place of places) last.set(place, mine);
    // Before whoever asked hears of its end: nobody is told to wait for what is over.
    const free = () => {
      for (const place of places) if (last.get(place) === mine) last.delete(place);
    };
    return turn.finally(free);
  };
}
