import type { Readable, Writable } from 'node:stream';

/** One command under way at a server. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code (128 + n for signal n), or undefined if the connection went away before there was one. */
  readonly exited: Promise<number | undefined>;
  /** Lets go of it. Does not end the command. */
  destroy(): void;
}

/** A way to run `sh` text somewhere. Throws `ConnectionFailed` if that place cannot be reached. */
export interface Transport {
  open(text: string): Promise<Channel>;
  /** Why that place is lost for good, once it is. */
  lost?(): string | undefined;
}
