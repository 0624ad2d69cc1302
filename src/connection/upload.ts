import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Client, SFTPWrapper } from 'ssh2';
import { Interrupted, StepFailed } from '../errors.ts';
import { type Command, sh } from '../shell/command.ts';
import { freeSpace } from '../shell/files.ts';
import type { Upload } from './connection.ts';
import { relabelled } from './label.ts';
import type { Loss } from './lost.ts';
import { orInterrupted } from './or-interrupted.ts';
import type { ShellConnection } from './shell-connection.ts';

/** What was measured to be as fast as scp: so many writes of this size under way. */
const writesAtOnce = 16;
const writeSize = 128 * 1024;
const progressEveryMs = 100;

const sums = new Map<string, Promise<string>>();

/** SHA-256 of a local file in hex; worked out once a run for each state of the file. */
export async function localChecksum(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file).catch((error: Error) => {
    throw new StepFailed({ cause: `the file to upload cannot be read: ${error.message}` });
  });
  const key = `${file} ${size} ${mtimeMs}`;
  const known = sums.get(key) ?? hashFile(file);
  sums.set(key, known);
  return known;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Refuses a file that is not the one that was asked for, before a byte of it travels. */
export async function verifyLocal(content: { file: string; sha256?: string }): Promise<string> {
  const sum = await localChecksum(content.file);
  if (content.sha256 !== undefined && content.sha256 !== sum)
    throw new StepFailed({
      cause: `${content.file} has SHA-256 ${sum}, but ${content.sha256} is wanted`,
      hint: 'correct the checksum in the inventory, or fetch the file again',
    });
  return sum;
}

/** A connection that files go over. */
interface Way {
  readonly client: Client;
  readonly shell: ShellConnection;
  readonly name: string;
  readonly loss: Loss;
}

/**
 * Uploads a local file by SFTP, beside its target, carrying on where an earlier attempt broke off; compares checksums
 * at the server; then renames. For another owner than the login the file is staged in the login's home first.
 */
export async function uploadFile({ client, shell, name, loss }: Way, upload: Upload): Promise<void> {
  const { path, mode, user, content } = upload;
  if (typeof content !== 'object' || !('file' in content)) throw new TypeError('only a file is uploaded');
  const sum = await verifyLocal(content);
  const own = user === undefined || (shell.identity(user).preamble === '' && isLogin(shell, user));
  const tag = sum.slice(0, 16);
  const staged = own ? `${path}.part-${tag}` : `.apim-orchestrate/staging/${tag}`;
  if (!own)
    await must(shell, sh`mkdir -p -m 700 .apim-orchestrate/staging`, 'make a folder for uploads', name);
  const answered: Answered = (work) =>
    loss.orLost(orInterrupted(upload.signal, work), `${name} went away while ${path} was uploaded`);
  const sftp = await answered(openSftp(client, name));
  try {
    for (const attempt of [1, 2]) {
      await send({ sftp, answered }, content.file, staged, upload, attempt === 1).catch((error: Error) => {
        if (!(error instanceof Refused)) throw error;
        return explain(shell, name, path, staged, error);
      });
      const found = (await shell.ask(sh`sha256sum ${staged}`, 600_000)).stdout.split(' ')[0];
      if (found === sum) break;
      if (attempt === 2) throw new StepFailed({ cause: `${path} arrived damaged at ${name}, twice` });
    }
  } finally {
    sftp.end();
  }
  const bits = mode.toString(8).padStart(4, '0');
  if (own) {
    await must(
      shell,
      {
        text: `${sh`chmod ${bits} ${staged} && { sync ${staged} 2>/dev/null || sync; } && mv -f ${staged} ${path}`.text} && ${relabelled(path)}`,
      },
      `put ${path} in place`,
      name,
    );
    return;
  }
  const home = (await shell.ask(sh`pwd`)).stdout.trim();
  const from = posix.join(home, staged);
  const part = `${path}.part-${tag}`;
  const move: Command = {
    text: `${sh`cp ${from} ${part} && chmod ${bits} ${part} && chown ${user ?? ''} ${part} && { sync ${part} 2>/dev/null || sync; } && mv -f ${part} ${path} && rm -f ${from}`.text} && ${relabelled(path)}`,
    user: 'root',
  };
  await must(shell, move, `put ${path} in place`, name);
}

function isLogin(shell: ShellConnection, user: string): boolean {
  return shell.identity(undefined).user === user;
}

async function must(shell: ShellConnection, command: Command, what: string, name: string): Promise<void> {
  const { code, stderr } = await shell.execute(command, { timeoutMs: 600_000 });
  if (code === 0) return;
  throw new StepFailed({
    cause: `${name} could not ${what}`,
    tail: stderr
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-5),
    hint: 'is there room on its disk, and may this user write there?',
  });
}

function openSftp(client: Client, name: string): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined || error === null) resolve(sftp);
      else
        reject(
          new StepFailed({
            cause: `${name} offers no SFTP: ${error.message}`,
            hint: 'sshd_config there needs: Subsystem sftp internal-sftp',
          }),
        );
    });
  });
}

/** What SFTP says to all that is wrong with a disk: no more than “Failure”. */
class Refused extends Error {}

/** Asks the server for what SFTP does not tell: why this file cannot be written there. */
async function explain(
  shell: ShellConnection,
  name: string,
  path: string,
  staged: string,
  refused: Error,
): Promise<never> {
  const folder = posix.dirname(staged);
  const [free, attempt] = await Promise.all([
    shell.ask(freeSpace(folder)),
    shell.ask(sh`t=${folder}/.apim-orchestrate-test; : > "$t" && rm -f "$t"`),
  ]);
  const said = attempt.stderr.trim().split('\n').at(-1) ?? '';
  const megabytes = (Number(free.stdout.trim()) / 1024).toFixed(1);
  const why = attempt.code === 0 ? `${refused.message}; ${megabytes} MB are free there` : said;
  throw new StepFailed({
    cause: `${path} could not be uploaded to ${name}: ${why}`,
    hint: /read-only/i.test(why)
      ? 'mount it for writing there, or name another folder'
      : /denied|not permitted/i.test(why)
        ? 'let this user write there, or have another one own the file'
        : 'free space on its disk; then run the same command again: it carries on',
  });
}

/** Rejects if the answer will never come. */
type Answered = <T>(work: Promise<T>) => Promise<T>;

async function send(
  { sftp, answered }: { readonly sftp: SFTPWrapper; readonly answered: Answered },
  file: string,
  target: string,
  { onProgress, signal }: Upload,
  resume: boolean,
): Promise<void> {
  const source = await open(file, 'r');
  const total = (await source.stat()).size;
  const there = resume ? await answered(sizeOf(sftp, target)) : 0;
  const from = there <= total ? there : 0;
  const handle = await answered(opened(sftp, target, from === 0 ? 'w' : 'r+'));
  let next = from;
  let done = from;
  let told = 0;
  let failure: Error | undefined;
  const tell = (force: boolean) => {
    const now = Date.now();
    if (!force && now - told < progressEveryMs) return;
    told = now;
    onProgress?.(done, total);
  };
  const worker = async () => {
    const buffer = Buffer.allocUnsafe(writeSize);
    while (failure === undefined && next < total) {
      if (signal?.aborted === true) throw new Interrupted();
      const at = next;
      const length = Math.min(writeSize, total - at);
      next += length;
      await source.read(buffer, 0, length, at);
      await answered(written(sftp, handle, buffer, length, at));
      done += length;
      tell(false);
    }
  };
  try {
    const results = await Promise.allSettled(
      Array.from({ length: writesAtOnce }, () =>
        worker().catch((error: Error) => {
          failure ??= error;
          throw error;
        }),
      ),
    );
    if (failure !== undefined) {
      // Writes are under way at once, so the partial may have holes: only its sound beginning is kept.
      await answered(truncated(sftp, target, from)).catch(() => undefined);
      throw failure;
    }
    void results;
    tell(true);
  } finally {
    await source.close();
    await answered(new Promise<void>((resolve) => sftp.close(handle, () => resolve()))).catch(
      () => undefined,
    );
  }
}

function sizeOf(sftp: SFTPWrapper, path: string): Promise<number> {
  return new Promise((resolve) => sftp.stat(path, (error, stats) => resolve(error ? 0 : stats.size)));
}

function opened(sftp: SFTPWrapper, path: string, flags: 'w' | 'r+'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sftp.open(path, flags, 0o600, (error, handle) =>
      error ? reject(new Refused(error.message)) : resolve(handle),
    );
  });
}

function written(
  sftp: SFTPWrapper,
  handle: Buffer,
  bytes: Buffer,
  length: number,
  at: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    sftp.write(handle, bytes, 0, length, at, (error) =>
      error ? reject(new Refused(error.message)) : resolve(),
    );
  });
}

function truncated(sftp: SFTPWrapper, path: string, size: number): Promise<void> {
  return new Promise((resolve) => {
    sftp.setstat(path, { size } as Parameters<SFTPWrapper['setstat']>[1], () => resolve());
  });
}
