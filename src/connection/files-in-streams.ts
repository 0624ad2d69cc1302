import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Interrupted, StepFailed } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Command } from '../shell/command.ts';
import type { Connection, Output } from './connection.ts';

/** The end of what a command printed: as much as tells whether it is whole. */
const keptTail = 4096;

/** What becomes of what a command prints. */
export interface Receiving {
  /** A file here, packed by gzip, for its owner alone. It appears once it is whole. */
  readonly path: string;
  readonly stdin?: Secret;
  readonly timeoutMs: number;
  /** Who prints nothing for so long is ended. */
  readonly silentMs: number;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
  /** Hears how it ended, with the end of what it printed. Throws where that is not to be kept. */
  accept(output: Output & { readonly tail: string }): void;
}

/** Keeps what a command prints in a file here: all of it or nothing, and never in memory. */
export async function receiveFile(
  connection: Connection,
  command: Command,
  { path, stdin, timeoutMs, silentMs, signal, onProgress, accept }: Receiving,
): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part-${randomBytes(6).toString('hex')}`);
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silentMs);
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silentMs);
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk.subarray(-keptTail)]).subarray(-keptTail);
      onProgress(bytes, 0);
      done(null, chunk);
    },
  });
  try {
    // Whatever cannot be written is told once whoever prints has ended.
    const kept = pipeline(meter, createGzip(), createWriteStream(part, { flags: 'wx', mode: 0o600 }));
    kept.catch(() => undefined);
    try {
      const output = await connection.execute(command, {
        output: meter,
        timeoutMs,
        signal: AbortSignal.any([signal, silence.signal]),
        ...(stdin === undefined ? {} : { stdin }),
      });
      await kept;
      accept({ ...output, tail: tail.toString() });
    } finally {
      meter.destroy();
      await kept.catch(() => undefined);
    }
    const file = await open(part, 'r+');
    await file.sync().finally(() => file.close());
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Interrupted && silence.signal.aborted && !signal.aborted)
      throw new StepFailed({ cause: `it printed nothing for ${silentMs / 1000} s and was stopped` });
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    throw new StepFailed({ cause: `${path} cannot be written: ${(error as Error).message}` });
  } finally {
    clearTimeout(timer);
  }
}

/** What a command is fed with. */
export interface Feeding {
  /** A file here, packed by gzip. */
  readonly path: string;
  /** What goes before what is in it, and what after. */
  readonly before: Secret;
  readonly after: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Bytes of the packed file. */
  onProgress(done: number, total: number): void;
}

/** Feeds a command with what is in a file here. One that breaks off ends before what goes after it. */
export async function feedFile(
  connection: Connection,
  command: Command,
  { path, before, after, timeoutMs, signal, onProgress }: Feeding,
): Promise<Output> {
  let total: number;
  try {
    total = (await stat(path)).size;
  } catch (error) {
    throw new StepFailed({ cause: `${path} cannot be read: ${(error as Error).message}` });
  }
  async function* content() {
    yield Buffer.from(before.reveal());
    const packed = createReadStream(path);
    const unpacked = packed.pipe(createGunzip());
    packed.on('error', (error) => unpacked.destroy(error));
    try {
      for await (const chunk of unpacked) {
        onProgress(packed.bytesRead, total);
        yield chunk as Buffer;
      }
    } finally {
      packed.destroy();
    }
    yield Buffer.from(after);
  }
  return connection.execute(command, {
    stdin: Readable.from(content(), { objectMode: false }),
    timeoutMs,
    signal,
  });
}
