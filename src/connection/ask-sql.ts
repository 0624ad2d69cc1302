import type { Secret } from '../secret.ts';
import type { Connection } from './connection.ts';
import type { Database, SqlResult } from './sql.ts';
import { openSqlSession } from './sql-session.ts';

const queryMs = 30_000;
const scriptMs = 300_000;

/** Asks a database server, through a tunnel from the server at the other end of the connection. */
export function query(connection: Connection, database: Database, sql: string): Promise<SqlResult> {
  return inOneSession(connection, database, sql, queryMs);
}

/** Runs statements, separated by semicolons, in one session. MySQL's DELIMITER is not a statement and is refused. */
export async function runScript(
  connection: Connection,
  database: Database,
  script: Secret | string,
): Promise<SqlResult> {
  return inOneSession(connection, database, script, scriptMs);
}

async function inOneSession(
  connection: Connection,
  database: Database,
  sql: Secret | string,
  timeoutMs: number,
): Promise<SqlResult> {
  const opened = await openSqlSession(connection, database);
  if (!opened.ok) return opened;
  try {
    return await opened.session.ask(sql, timeoutMs);
  } finally {
    opened.session.close();
  }
}
