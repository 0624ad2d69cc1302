/** How fast something goes, and since when. */
export interface Measure {
  /** Bytes a second; 0 while that cannot be told. */
  readonly rate: number;
  readonly ms: number;
}

/** Measures one transfer after another. What was there at its first report was not carried by it. */
export function createMeter(clock: () => number): (done: number, total: number) => Measure {
  let first: { done: number; total: number; at: number } | undefined;
  let last = 0;
  return (done, total) => {
    const now = clock();
    if (first === undefined || first.total !== total || done < last) first = { done, total, at: now };
    last = done;
    const ms = now - first.at;
    return { ms, rate: ms > 0 ? Math.round(((done - first.done) / ms) * 1000) : 0 };
  };
}
