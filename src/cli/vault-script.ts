import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { Interrupted, UsageError } from '../errors.ts';
import { beginsAsProgram } from '../input/program-start.ts';

const deadlineMs = 60_000;
const graceMs = 2_000;
/** No password is longer; a script that never stops talking must not fill the memory. */
const mostBytes = 65_536;

/**
 * Runs a program that prints the vault password, as Ansible does: it has our terminal to ask on, and what it says on
 * stderr is seen. One that is called `…-client` is told which password is wanted, if somebody said it. Throws `UsageError`,
 * `Interrupted`.
 */
export async function askScript(
  file: string,
  id: string | undefined,
  timeoutMs: number = deadlineMs,
): Promise<Buffer> {
  // A text without `#!` would be run by sh, which would show the password as a command not found. A program need not be readable.
  if (beginsAsProgram(file) === false)
    throw new UsageError(
      `the vault password file ${file} may be executed, but is no program: chmod -x it if it holds the password itself`,
    );
  const isClient = /-client(\.[^./]*)?$/.test(basename(file));
  const child = spawn(file, isClient && id !== undefined ? ['--vault-id', id] : [], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  let bytes = 0;
  let problem: Error | undefined;
  const end = (why: Error) => {
    problem ??= why;
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    // Something it started may hold its output open; nobody listens any more.
    child.stdout.destroy();
  };
  let killer: NodeJS.Timeout | undefined;
  const timer = setTimeout(
    () =>
      end(
        new UsageError(
          `the vault password script ${file} did not end within ${timeoutMs / 1000} s, and was ended: run it by hand to see what it waits for`,
        ),
      ),
    timeoutMs,
  );
  const interrupted = () => end(new Interrupted());
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    child.stdout.on('data', (chunk: Buffer) => {
      said.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes)
        end(new UsageError(`the vault password script ${file} prints more than a password`));
    });
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new UsageError(
            `the vault password script ${file} cannot be run: ${error.message}; chmod -x it if it holds the password itself`,
          ),
        ),
      );
      child.on('close', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
    if (problem !== undefined) throw problem;
    const lacks = isClient && code === 2 ? `: it has no password called ${id ?? 'default'}` : '';
    if (code !== 0) throw new UsageError(`the vault password script ${file} exited with ${code}${lacks}`);
    return Buffer.concat(said);
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}
