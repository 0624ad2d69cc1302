import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Interrupted, UsageError } from '../errors.ts';

/**
 * Tells what will happen, and asks whether to go on. `yes` is an answer given before. Throws `UsageError` where there is no
 * terminal to ask on, `Interrupted` if the answer is no.
 */
export async function confirm(what: readonly string[], yes: boolean): Promise<void> {
  for (const line of what) process.stderr.write(`! ${line}\n`);
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask on whether that may be; --yes says that it may');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      lines.question('Go on? [y/N] ', resolve);
      lines.once('close', () => reject(new Interrupted()));
    });
    if (!/^y(es)?$/i.test(answer.trim())) throw new Interrupted();
  } finally {
    lines.close();
  }
}

/**
 * Asks for a secret on the terminal, without showing what is typed. Without a terminal nothing is waited for. Throws
 * `Interrupted` at Ctrl-C, and when nothing more can be typed.
 */
export async function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask for the vault password on; use --vault-password-file');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Only now is nothing shown any more of what is typed.
  process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question('', resolve);
      lines.once('close', () => reject(new Interrupted()));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
