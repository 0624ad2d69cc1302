import { exitCodes } from './exit-codes.ts';

const lost = new AbortController();
let code: number | undefined;

/** Fires when what is said can be written no more. A run then ends as by Ctrl-C: nobody would see what it goes on with. */
export const outputLost: AbortSignal = lost.signal;

/** The exit code where what was said could not be written. */
export function codeOfLostOutput(): number | undefined {
  return code;
}

/**
 * Has whoever reads what we print go away, as `head` does, without a word, and a full disk with one line, instead of the
 * stack that Node ends a program with at once, whatever it is doing.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (code !== undefined) return;
    const isGone = error.code === 'EPIPE';
    code = isGone ? exitCodes.readerGone : exitCodes.outputLost;
    process.exitCode = code;
    if (!isGone) process.stderr.write(`what this prints cannot be written: ${error.message}\n`);
    lost.abort();
  });
  // There is no place left to say it.
  process.stderr.on('error', () => undefined);
}
