import type { Asking } from '../connection/asking.ts';
import { printable } from '../display/words.ts';
import { Interrupted } from '../errors.ts';
import { Secret } from '../secret.ts';
import { ask, askSecret, isTerminal } from './prompt.ts';

/** Does something on the terminal while nothing else is drawn there. */
export type Aside = <T>(work: () => Promise<T>) => Promise<T>;

let aside: Aside = (work) => work();
let last: Promise<unknown> = Promise.resolve();

/** While a view stands on the terminal, it knows how to make room for a question. */
export function drawnBy(makeRoom: Aside): void {
  aside = makeRoom;
}

/** Asks whoever runs this, one question after another; undefined where there is no terminal to ask on. */
export function asker(stop: AbortSignal): Asking | undefined {
  if (!isTerminal()) return undefined;
  return (question, { hidden }) => {
    const text = printable(question.trimEnd()).concat(' ');
    const asked = last.then(() =>
      aside(async () => {
        const typed = hidden ? await askSecret(text, undefined, stop) : await ask(text, stop);
        // What proves who somebody is stands nowhere in what is told.
        return hidden ? new Secret(typed).reveal() : typed;
      }),
    );
    last = asked.catch((error: unknown) => {
      // Typed there, Ctrl-C is a key like others, and reaches nobody else.
      if (error instanceof Interrupted && !stop.aborted) process.kill(process.pid, 'SIGINT');
    });
    return asked;
  };
}
