import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Interrupted, UsageError } from '../errors.ts';
import { shellWords } from '../input/shell-words.ts';
import { wipeFile } from './replace-file.ts';

/**
 * Has a person edit a content in an editor, in a file (0600) of the same name in a folder of its own (0700). Whatever lies there
 * in the end is written over and removed, also if we are ended meanwhile. Throws `UsageError` if the editor fails, `Interrupted`.
 */
export async function editPrivately(
  file: string,
  content: Uint8Array,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Buffer> {
  const words = shellWords(environment.EDITOR || environment.VISUAL || 'vi');
  const [program, ...rest] = words ?? [];
  if (program === undefined) throw new UsageError('EDITOR names no program');
  const folder = privateFolder(environment);
  const wipe = () => wipeFolder(folder);
  process.on('exit', wipe);
  try {
    const path = join(folder, basename(file));
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    await run(program, [...rest, path], file);
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError(`the editor ${program} took the text away; ${file} is as it was`);
    throw error;
  } finally {
    wipe();
    process.off('exit', wipe);
  }
}

/** In memory, where there is such a folder. */
export function privateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const runtime = environment.XDG_RUNTIME_DIR;
  const parents = [...(runtime === undefined || runtime === '' ? [] : [runtime]), tmpdir()];
  const problems: string[] = [];
  for (const parent of parents) {
    try {
      return mkdtempSync(join(parent, 'apim-orchestrate-'));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new UsageError(`no private folder can be made: ${problems.join('; ')}`);
}

/** Ctrl-C is for the editor, which has the terminal; being ended ends the editor as well. */
async function run(program: string, words: readonly string[], file: string): Promise<void> {
  const child = spawn(program, words, { stdio: 'inherit' });
  let ended = false;
  const ignore = () => undefined;
  const end = (signal: NodeJS.Signals) => {
    ended = true;
    child.kill(signal);
  };
  process.on('SIGINT', ignore).on('SIGTERM', end).on('SIGHUP', end);
  try {
    const how = await new Promise<string | undefined>((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new UsageError(`the editor ${program} cannot be run: ${error.message}; EDITOR says which one is`),
        ),
      );
      child.on('close', (code, signal) => resolve(code === 0 ? undefined : `${signal ?? code}`));
    });
    if (ended) throw new Interrupted();
    if (how !== undefined)
      throw new UsageError(`the editor ${program} exited with ${how}; ${file} is as it was`);
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', end).off('SIGHUP', end);
  }
}

/** Also copies that the editor left. */
function wipeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) wipeFile(path);
  }
  rmSync(folder, { recursive: true, force: true });
}
