import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type Mysql from 'mysql2';
import type Pg from 'pg';
import { ConnectionFailed, KnownError } from '../errors.ts';
import { redact, Secret } from '../secret.ts';
import type { Connection } from './connection.ts';
import type { Database, Rows, SqlResult, SqlSession } from './sql.ts';

const connectMs = 10_000;
const askMs = 30_000;

/** A driver's client, once it is logged in. */
interface Client {
  run(sql: string, timeoutMs: number): Promise<Rows>;
  close(): void;
}

type Login = (stream: Duplex, database: Database) => Promise<Client>;

type Failure = Extract<SqlResult, { ok: false }>;

/** Logs in at a database server, through a tunnel from the server at the other end of the connection. */
export async function openSqlSession(
  connection: Connection,
  database: Database,
): Promise<{ readonly ok: true; readonly session: SqlSession } | Failure> {
  let stream: Duplex | undefined;
  try {
    const login = await loginOf(database.type);
    stream = await connection.tunnel(database.host, database.port, connectMs);
    const client = await login(stream, database);
    return { ok: true, session: sessionOf(client, stream, database) };
  } catch (error) {
    stream?.destroy();
    if (error instanceof ConnectionFailed) throw error;
    return failureOf(error);
  }
}

/**
 * The driver of one kind of server, loaded when the first database is asked, and before the way there is opened: what the
 * server says first must find somebody who listens.
 */
async function loginOf(type: Database['type']): Promise<Login> {
  if (type === 'postgresql') {
    const { default: pg } = await import('pg');
    return (stream, database) => loginPostgresql(pg, stream, database);
  }
  const { default: mysql } = await import('mysql2');
  return (stream, database) => loginMysql(mysql, stream, database);
}

function sessionOf(client: Client, stream: Duplex, { type }: Database): SqlSession {
  let closed: (failure: Failure) => void = () => undefined;
  const ended = new Promise<Failure>((resolve) => {
    closed = resolve;
  });
  return {
    async ask(sql, timeoutMs = askMs) {
      const text = sql instanceof Secret ? sql.reveal() : sql;
      if (type === 'mysql' && /^\s*delimiter\s/im.test(text))
        return {
          ok: false,
          code: 'DELIMITER',
          why: 'the script uses DELIMITER, which only the mysql client knows',
        };
      const answer = client.run(text, timeoutMs).then((rows): SqlResult => ({ ok: true, rows }), failureOf);
      return Promise.race([answer, ended]);
    },
    close() {
      closed({ ok: false, code: 'CLOSED', why: 'the session was closed' });
      client.close();
      stream.destroy();
    },
  };
}

function failureOf(error: unknown): Failure {
  const { code, message } = error as Error & { code?: string };
  if (error instanceof KnownError)
    return { ok: false, code: 'UNREACHABLE', why: redact(message.split('\n')[0] ?? '') };
  return { ok: false, code: code ?? 'ERROR', why: redact(message || 'the server closed the connection') };
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

async function loginMysql(mysql: typeof Mysql, stream: Duplex, database: Database): Promise<Client> {
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
  let lost: (error: Error) => void = () => undefined;
  const loss = new Promise<never>((_resolve, reject) => {
    lost = reject;
  });
  loss.catch(() => undefined);
  client.on('error', (error) => lost(error));
  const run = (sql: string, timeoutMs: number) => {
    const answer = new Promise<Rows>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      client.query(sql, (error, rows) => {
        clearTimeout(timer);
        if (error === null || error === undefined) resolve(Array.isArray(rows) ? (rows as Rows) : []);
        else reject(error);
      });
    });
    return Promise.race([answer, loss]);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      loss.catch(reject);
      client.connect((error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
  return { run, close: () => client.destroy() };
}

async function loginPostgresql(pg: typeof Pg, stream: Duplex, database: Database): Promise<Client> {
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
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    async run(text, timeoutMs) {
      const asked = { text, query_timeout: timeoutMs };
      const result: { rows?: Rows } | { rows?: Rows }[] = await client.query(asked);
      const last = Array.isArray(result) ? result.at(-1) : result;
      return last?.rows ?? [];
    },
    close: () => void client.end().catch(() => undefined),
  };
}
