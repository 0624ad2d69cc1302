import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import mysql from 'mysql2';
import pg from 'pg';
import { KnownError } from '../errors.ts';
import { redact, Secret } from '../secret.ts';
import type { Connection } from './connection.ts';
import type { Database, SqlResult } from './sql.ts';

const connectMs = 10_000;
const queryMs = 30_000;
const scriptMs = 300_000;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Asks a database server, through a tunnel from the server at the other end of the connection. */
export function query(connection: Connection, database: Database, sql: string): Promise<SqlResult> {
  return throughTunnel(connection, database, sql, queryMs);
}

/** Runs statements, separated by semicolons, in one session. MySQL's DELIMITER is not a statement and is refused. */
export async function runScript(
  connection: Connection,
  database: Database,
  script: Secret | string,
): Promise<SqlResult> {
  const text = script instanceof Secret ? script.reveal() : script;
  if (database.type === 'mysql' && /^\s*delimiter\s/im.test(text))
    return {
      ok: false,
      code: 'DELIMITER',
      why: 'the script uses DELIMITER, which only the mysql client knows',
    };
  return throughTunnel(connection, database, text, scriptMs);
}

async function throughTunnel(
  connection: Connection,
  database: Database,
  text: string,
  timeoutMs: number,
): Promise<SqlResult> {
  let stream: Duplex | undefined;
  try {
    stream = await connection.tunnel(database.host, database.port, connectMs);
    const ask = database.type === 'mysql' ? askMysql : askPostgresql;
    return { ok: true, rows: await ask(stream, database, text, timeoutMs) };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (error instanceof KnownError)
      return { ok: false, code: 'UNREACHABLE', why: redact(message.split('\n')[0] ?? '') };
    return { ok: false, code: code ?? 'ERROR', why: redact(message || 'the server closed the connection') };
  } finally {
    stream?.destroy();
  }
}

/** The name is verified by hand: through a tunnel the driver would take another. */
function tlsOf({ tls, host }: Database) {
  const ca = tls?.caFile === undefined ? {} : { ca: readFileSync(tls.caFile, 'utf8') };
  return {
    ...ca,
    rejectUnauthorized: tls?.verified === true,
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      tls?.verified === true ? checkServerIdentity(host, certificate) : undefined,
  };
}

function askMysql(stream: Duplex, database: Database, text: string, timeoutMs: number): Promise<Rows> {
  // An address is no server name, so the driver passes none on; node then looks here for what to verify.
  Object.assign(stream, { _host: database.host });
  const client = mysql.createConnection({
    stream,
    user: database.username,
    password: database.password.reveal(),
    multipleStatements: true,
    host: database.host,
    ...(database.tls === undefined
      ? {}
      : { ssl: { ...tlsOf(database), verifyIdentity: database.tls.verified } }),
    connectTimeout: connectMs,
    ...(database.name === undefined ? {} : { database: database.name }),
  });
  return new Promise<Rows>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    client.on('error', reject);
    client.query(text, (error, rows) => {
      clearTimeout(timer);
      if (error === null || error === undefined) resolve(Array.isArray(rows) ? (rows as Rows) : []);
      else reject(error);
    });
  }).finally(() => client.destroy());
}

async function askPostgresql(
  stream: Duplex,
  database: Database,
  text: string,
  timeoutMs: number,
): Promise<Rows> {
  const client = new pg.Client({
    stream: () =>
      Object.assign(stream, {
        connect: () => setImmediate(() => stream.emit('connect')),
        setNoDelay: () => stream,
        setKeepAlive: () => stream,
        ref: () => stream,
        unref: () => stream,
      }) as never,
    user: database.username,
    password: database.password.reveal(),
    database: database.name ?? 'postgres',
    connectionTimeoutMillis: connectMs,
    host: database.host,
    ...(database.tls === undefined ? {} : { ssl: tlsOf(database) }),
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result: { rows?: Rows } | { rows?: Rows }[] = await client.query(text);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last?.rows ?? [];
  } finally {
    void client.end().catch(() => undefined);
  }
}
