import type { Duplex, Readable, Writable } from 'node:stream';
import type { Secret } from '../secret.ts';
import type { Command } from '../shell/command.ts';

/** What a command gave back. `code` is the exit status; 128 + n if signal n ended it. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command that alters something is run: on a channel of its own, so that it can be fed and ended. */
export interface ExecuteOptions {
  /** Streamed to the command's stdin, then closed. Without it stdin is empty. */
  stdin?: Secret | string | Uint8Array | Readable;
  /** Gets all that the command prints on stdout, byte by byte and at its own pace, and is ended then. Nothing of it is kept. */
  output?: Writable;
  /**
   * Ends the remote process group and throws `StepFailed` after this long. Milliseconds, 24 days at most; `Infinity` for
   * what goes on until it is stopped, whose output is passed on and not kept.
   */
  timeoutMs: number;
  /** Complete lines of stdout and stderr, as they come. */
  onLine?: (line: string) => void;
  /** When it fires, the remote process group is ended (TERM, then KILL) and `Interrupted` thrown. */
  signal?: AbortSignal;
}

/** What is put: text, bytes, or a local file (which must have this SHA-256 in hex, if one is given). */
export type Content = string | Uint8Array | Secret | { readonly file: string; readonly sha256?: string };

/** A file to be at `path`: whole or not at all. Written beside it, flushed, renamed over it. */
export interface Upload {
  readonly path: string;
  readonly content: Content;
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  /** Who owns it; without it, whoever we logged in as. */
  readonly user?: string;
  /** Bytes there so far and in all. Called at most some ten times a second. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Who has the lock of a server: shown to whoever comes second. */
export type Lock = { readonly held: true } | { readonly held: false; readonly by: string };

/**
 * A server we can look at and change. Open from the first use until `close`. Everything that fails because the
 * server cannot be reached throws `ConnectionFailed`; an exit code other than 0 is an answer, not an error.
 */
export interface Connection {
  /** The name of the login, as people know it: `wso2@10.0.0.11`. */
  readonly name: string;
  /** Who we are there. */
  readonly user: string;
  /** How often we waited for an answer from the persistent shell: questions of one tick share one trip. */
  readonly trips: number;
  /** A short question, answered by the persistent shell. Ends with `StepFailed` after `timeoutMs` (default 60 s). */
  ask(command: Command, timeoutMs?: number): Promise<Output>;
  /**
   * The bytes of a file, read as `user` (or as whoever we logged in as); undefined if there is none, or none that may be
   * read. It travels with the questions of its tick.
   */
  read(path: string, user?: string): Promise<Uint8Array | undefined>;
  /** A command with input, long output or a long life, on its own channel. */
  execute(command: Command, options: ExecuteOptions): Promise<Output>;
  put(upload: Upload): Promise<void>;
  /** A stream to `host:port` as seen from the server. Throws `StepFailed` if nothing listens there. */
  tunnel(host: string, port: number, timeoutMs?: number): Promise<Duplex>;
  /**
   * Takes the lock called `name` until `close`, or until this process or its connection dies, whichever is first.
   * Sent ahead of every question asked after it, so it costs no trip of its own.
   */
  lock(name: string, holder: string): Promise<Lock>;
  /** Removes what we keep open. Never throws. */
  close(): Promise<void>;
}
