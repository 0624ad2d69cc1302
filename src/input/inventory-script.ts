import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { extname, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { beginsAsProgram } from './program-start.ts';
import { textOf } from './text.ts';

/** Long enough for one that asks a cloud about all of its machines. */
const deadlineMs = 120_000;
const mostBytes = 20 * 1024 * 1024;
const tailLines = 10;

/**
 * Whether a file is a program that prints an inventory: one that may be executed, and can be. A text that may be executed
 * without a `#!`, as on some file systems all may, is read. Throws `UsageError` for a script that nobody may execute.
 */
export function isInventoryScript(file: string): boolean {
  // Whoever reads it says why it cannot be read.
  if (beginsAsProgram(file) !== true) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    if (['.yaml', '.yml', '.json'].includes(extname(file))) return false;
    throw new UsageError(`${file} begins as a program, and may not be executed: chmod +x ${file}`);
  }
}

/** What an inventory script answers to `--list` or `--host NAME`, as JSON; undefined for nothing. Throws `UsageError`. */
export async function askInventoryScript(
  file: string,
  words: readonly string[],
  timeoutMs: number = deadlineMs,
): Promise<unknown> {
  const shown = [file, ...words].join(' ');
  const { stdout, stderr, error } = await new Promise<{
    stdout: Buffer;
    stderr: Buffer;
    error: (Error & { code?: number | string | null; signal?: string | null; killed?: boolean }) | null;
  }>((done) => {
    const options = {
      encoding: 'buffer',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: mostBytes,
    } as const;
    const child = execFile(resolve(file), words, options, (problem, out, err) =>
      done({ stdout: out, stderr: err, error: problem }),
    );
    child.stdin?.end();
  });
  const refused = (why: string): UsageError => {
    const lines = stderr.toString('utf8').trim().split(/\r?\n/);
    const tail = lines.slice(-tailLines).filter((line) => line !== '');
    return new UsageError(
      [
        `the inventory script ${shown} ${why}`,
        ...tail.map((line) => `  | ${line}`),
        '  → run it by hand to see what it says',
      ].join('\n'),
    );
  };
  if (error !== null) {
    if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      throw refused(`prints more than ${mostBytes / 1024 / 1024} MB`);
    if (error.killed === true) throw refused(`did not end within ${timeoutMs / 1000} s, and was ended`);
    if (typeof error.code === 'string') throw refused(`cannot be run: ${error.message}`);
    throw refused(
      typeof error.code === 'number'
        ? `exited with ${error.code}`
        : `was ended by ${error.signal ?? 'a signal'}`,
    );
  }
  const { text, issues } = textOf(file, stdout);
  if (issues.length > 0) throw refused('prints what is no UTF-8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    // Not with what stands there: it may be a secret.
    const [, place] = /position (\d+)/.exec((error as Error).message) ?? [];
    throw refused(
      `prints what is no JSON${place === undefined ? '' : `, from character ${Number(place) + 1} on`}`,
    );
  }
}
