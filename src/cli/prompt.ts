import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** Asks for a secret on the terminal, without showing what is typed. Without a terminal nothing is waited for. */
export async function askSecret(question: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask for the vault password on; use --vault-password-file');
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = await new Promise<string>((resolve) => lines.question('', resolve));
  lines.close();
  process.stderr.write('\n');
  return new Secret(answer);
}
