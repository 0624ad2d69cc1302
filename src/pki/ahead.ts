import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';

/** Things that take long to make, each asked for in its turn. */
export interface Ahead<T> {
  /** Announces one more. Nothing is made before somebody calls what this returns; whoever calls it again gets the same. */
  add(make: () => Promise<T>): () => Promise<T>;
}

/** The pool of node has four threads unless told otherwise; one is left for all else. */
const width = Math.min(availableParallelism(), 3);

/** Whoever stops early has not made many in vain. */
const reach = 4 * width;

/**
 * Makes things on the thread pool ahead of need: when one is asked for, those that were announced after it are made
 * meanwhile, as many at a time as there are cores.
 */
export function createAhead<T>(): Ahead<T> {
  const limit = pLimit(width);
  const makers: (() => Promise<T>)[] = [];
  const begun: Promise<T>[] = [];
  return {
    add(make) {
      const index = makers.push(make) - 1;
      return () => {
        for (const next of makers.slice(begun.length, index + reach)) {
          const made = limit(next);
          // Its failure counts for whoever asks for it; until then it must not end the process.
          made.catch(() => undefined);
          begun.push(made);
        }
        return begun[index] as Promise<T>;
      };
    },
  };
}
