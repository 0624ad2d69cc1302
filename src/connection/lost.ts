import { ConnectionFailed } from '../errors.ts';

/** What to do when a connection is lost. */
export const hintForLost = 'see whether it is up and reached; then run the same command again: it carries on';

/** What a server was doing for us when the connection to it was lost, and why, if that is known. */
export function wentAway(what: string, why: string | undefined): ConnectionFailed {
  return new ConnectionFailed({
    cause: why === undefined ? what : `${what} (${why})`,
    hint: hintForLost,
  });
}

/** Whether a connection is lost, for those who wait for an answer that will never come. */
export interface Loss {
  /** Why it is lost, once it is. */
  why(): string | undefined;
  /** It is lost. The first reason counts. */
  tell(why: string): void;
  /** What comes of the work; rejects at once if the connection is lost before: its library then calls nobody back. */
  orLost<T>(work: Promise<T>, what: string): Promise<T>;
}

/** A connection that is not lost yet. */
export function createLoss(): Loss {
  let known: string | undefined;
  const waiting = new Set<(why: string) => void>();
  return {
    why: () => known,
    tell(why) {
      known ??= why;
      for (const hear of waiting) hear(known);
      waiting.clear();
    },
    orLost(work, what) {
      return new Promise((resolve, reject) => {
        const hear = (why: string) => reject(wentAway(what, why));
        if (known !== undefined) hear(known);
        else waiting.add(hear);
        work.then(resolve, reject).finally(() => waiting.delete(hear));
      });
    },
  };
}
