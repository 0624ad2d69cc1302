import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Puts another content into a file that is there, or leaves it as it was. Its owner stays, and its mode but for what `mayRead`
 * takes away. A link stays one. Throws `UsageError`.
 */
export function replaceFile(file: string, content: string | Uint8Array, mayRead = 0o7777): void {
  let part: string | undefined;
  try {
    const target = realpathSync(file);
    const { uid, gid, mode } = statSync(target);
    part = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
    const descriptor = openSync(part, 'wx', 0o600);
    try {
      const own = statSync(part);
      writeAll(descriptor, Buffer.from(content as string));
      if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, mode & mayRead & 0o7777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, target);
    flush(dirname(target));
  } catch (error) {
    if (part !== undefined) rmSync(part, { force: true });
    throw new UsageError(`${file} cannot be written, and is as it was: ${(error as Error).message}`);
  }
}

/** Writes over what is in a file before it is removed; what a disk keeps elsewhere is out of reach. */
export function wipeFile(file: string): void {
  try {
    const descriptor = openSync(file, 'r+');
    try {
      writeAll(descriptor, randomBytes(statSync(file).size));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done, done);
}

/** What stands in a folder is only there for good once the folder itself is written. */
function flush(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
