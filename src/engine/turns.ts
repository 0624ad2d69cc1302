/** Lets those who share a place go one after another, and all others at once. */
export type Turns = <T>(place: string, work: () => Promise<T>) => Promise<T>;

/** Two entries of the inventory can be one machine: there, steps take turns, so that they never race for a file. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (place, work) => {
    const turn = (last.get(place) ?? Promise.resolve()).then(work, work);
    last.set(
      place,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
