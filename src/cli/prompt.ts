import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Interrupted, UsageError } from '../errors.ts';

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
