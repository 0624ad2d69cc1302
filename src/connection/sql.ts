import type { Secret } from '../secret.ts';

/** A database server, asked through a tunnel from the server that a step is at. */
export interface Database {
  readonly type: 'mysql' | 'postgresql';
  readonly host: string;
  readonly port: number;
  /** Without it, the server's own (`mysql`: none, `postgresql`: `postgres`). */
  readonly name?: string;
  readonly username: string;
  readonly password: Secret;
  /** Encrypts the way to it; its certificate is verified by the authorities of a PEM file here, or those of the system. */
  readonly tls?: { readonly verified: boolean; readonly caFile?: string };
}

/** Rows as the driver reads them: by the name of the column. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/** What came of statements: the rows of the last one, or the server's code and words. */
export type SqlResult =
  | { readonly ok: true; readonly rows: Rows }
  | { readonly ok: false; readonly code: string; readonly why: string };

/** One session of a database server. What it locks is free again when it ends, however it ends. */
export interface SqlSession {
  /** Runs statements, separated by semicolons. A session that did not answer in time is of no more use. */
  ask(sql: Secret | string, timeoutMs?: number): Promise<SqlResult>;
  close(): void;
}
