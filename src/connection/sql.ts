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

export type SqlResult =
  | { readonly ok: true; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly ok: false; readonly code: string; readonly why: string };
