import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { printable } from '../display/words.ts';
import { Interrupted, UsageError } from '../errors.ts';

/** Whether somebody can be asked, and sees the question. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Tells what would be done and what that means, and asks whether to go on. `yes` is an answer given before. Throws
 * `UsageError` where there is no terminal to ask on, `Interrupted` if the answer is no, and at Ctrl-C.
 */
export async function confirm(
  warnings: readonly string[],
  yes: boolean,
  { what = [], stop }: { readonly what?: readonly string[]; readonly stop?: AbortSignal } = {},
): Promise<void> {
  for (const line of what) process.stderr.write(`${printable(line)}\n`);
  for (const line of warnings) process.stderr.write(`! ${printable(line)}\n`);
  if (yes) return;
  if (!isTerminal())
    throw new UsageError('there is no terminal to ask on whether that may be; --yes says that it may');
  if (!/^y(es)?$/i.test((await ask('Go on? [y/N] ', stop)).trim())) throw new Interrupted();
}

/** Asks for a line. Throws `Interrupted` at Ctrl-C, when nothing more can be typed, and when the operator ends the run. */
export async function ask(question: string, stop?: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const close = () => lines.close();
  stop?.addEventListener('abort', close);
  try {
    return await new Promise<string>((resolve, reject) => {
      const ended = () => {
        // Whatever is written next begins a line.
        process.stderr.write('\n');
        reject(new Interrupted());
      };
      lines.once('close', ended);
      if (stop?.aborted === true) return close();
      lines.question(question, (answer) => {
        // Only this one: by another it lets go of the terminal.
        lines.off('close', ended);
        resolve(answer);
      });
    });
  } finally {
    stop?.removeEventListener('abort', close);
    lines.close();
  }
}

/**
 * Asks for a secret on the terminal, without showing what is typed. Without a terminal nothing is waited for. Throws
 * `Interrupted` at Ctrl-C, when nothing more can be typed, and when the operator ends the run.
 */
export async function askSecret(
  question: string,
  option = '--vault-password-file',
  stop?: AbortSignal,
): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(`there is no terminal to ask for the vault password on; use ${option}`);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const close = () => lines.close();
  stop?.addEventListener('abort', close);
  // Only now is nothing shown any more of what is typed.
  process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question('', resolve);
      lines.once('close', () => reject(new Interrupted()));
      if (stop?.aborted === true) lines.close();
    });
  } finally {
    stop?.removeEventListener('abort', close);
    lines.close();
    process.stderr.write('\n');
  }
}
