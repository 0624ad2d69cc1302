import { spawn } from 'node:child_process';
import { closeSync, constants, copyFileSync, existsSync, linkSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Interrupted, StepFailed, UsageError } from '../errors.ts';

/** Better before a bundle is made than after it. Throws `UsageError`. */
export function refuseTaken(out: string): void {
  if (!existsSync(dirname(out)))
    throw new UsageError(`there is no folder ${dirname(out)} to write a bundle into`);
  if (existsSync(out)) throw taken(out);
}

/** Packs a folder of `inside` as a compressed archive, which only the user may read. It comes whole or not at all, and over nothing. */
export async function packBundle(
  inside: string,
  name: string,
  out: string,
  stop: AbortSignal,
): Promise<void> {
  const part = join(inside, 'archive.tar.gz');
  closeSync(openSync(part, 'wx', 0o600));
  const { code, said } = await runTar(['-czf', part, '-C', inside, name], stop);
  if (stop.aborted) throw new Interrupted();
  if (code !== 0)
    throw new StepFailed({
      cause: `the bundle could not be packed: ${said.trim().split('\n')[0] || `tar ended with ${code}`}`,
      hint: `is tar installed here, and is there room in ${dirname(out)}?`,
    });
  putThere(part, out);
}

const packingMs = 600_000;

/** Ends only when tar has ended, and whatever it started: nobody writes into the folder any more, which is removed then. */
function runTar(words: readonly string[], stop: AbortSignal): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = spawn('tar', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const end = () => child.kill();
    const timer = setTimeout(end, packingMs);
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', (error) => {
      said ||= error.message;
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve({ code: code ?? 1, said });
    });
  });
}

/** By a second name, which is refused where there is a file; some file systems have none. */
function putThere(part: string, out: string): void {
  try {
    linkSync(part, out);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(out);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    copyFileSync(part, out, constants.COPYFILE_EXCL);
  }
}

function taken(out: string): UsageError {
  return new UsageError(`${out} is there already, and is not overwritten: give another name with --out`);
}
