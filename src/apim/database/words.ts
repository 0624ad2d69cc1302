import { createHash } from 'node:crypto';
import type { Dialect } from './sql-script.ts';

/** The note that stands in a database for as long as its tables are being made. */
export const loadingMarker = 'apim_orchestrate_loading';

/** More rows than this are not counted. */
export const manyRows = 10_000;

/** Who loads, from where, and what. */
interface Loader {
  readonly who: string;
  readonly script: string;
}

/** What is said to a kind of server. Names of tables are as the server keeps them. */
export interface Words {
  /**
   * A row a table: `name`; `kind`: table, view or other; `readable`; `folded`: names are in lower case whatever a script
   * says; `loading`: somebody else has the lock.
   */
  tables(database: string): string;
  /** One row: `version`, in the server's own words. */
  readonly version: string;
  /** A row a table: `name` and `counted`. */
  count(tables: readonly string[]): string;
  /** So that a session that nobody is at any more ends soon, and none waits for long for somebody else's. */
  readonly settle: string;
  /** Brings 1 or true if the lock is ours now. It is free again when the session ends. */
  lock(database: string): string;
  /** An expression that waits for it a minute at most. */
  awaitLock(database: string): string;
  unlock(database: string): string;
  /** Questions for who has the lock: the first that has an answer. */
  holder(database: string): string[];
  /** Nobody else writes into these until `thaw`. */
  freeze(tables: readonly string[]): string;
  drop(tables: readonly string[], sequences: readonly string[]): string;
  readonly thaw: string;
  /** Puts the marker there, in place of any. */
  mark(loader: Loader): string;
}

/** Locks of MySQL are of the whole server, and their names have at most 64 characters. */
function mysqlLock(database: string): string {
  const name = `apim_orchestrate:${database}`;
  if (name.length <= 64) return mysqlText(name);
  return mysqlText(`apim_orchestrate:${createHash('sha256').update(database).digest('hex').slice(0, 40)}`);
}

const mysql: Words = {
  tables: (database) =>
    [
      "SELECT table_name AS name, CASE table_type WHEN 'BASE TABLE' THEN 'table' WHEN 'VIEW' THEN 'view' ELSE 'other' END AS kind,",
      '1 AS readable, @@lower_case_table_names > 0 AS folded,',
      `COALESCE(IS_USED_LOCK(${mysqlLock(database)}) <> CONNECTION_ID(), 0) AS loading`,
      'FROM information_schema.tables WHERE table_schema = DATABASE()',
    ].join(' '),
  version: 'SELECT VERSION() AS version',
  count: (tables) => count(tables, mysqlText, mysqlName),
  settle: 'SET SESSION wait_timeout = 120, SESSION lock_wait_timeout = 60',
  lock: (database) => `SELECT GET_LOCK(${mysqlLock(database)}, 0) AS ours`,
  awaitLock: (database) => `GET_LOCK(${mysqlLock(database)}, 60)`,
  unlock: (database) => `SELECT RELEASE_LOCK(${mysqlLock(database)})`,
  holder: (database) => [
    `SELECT CONCAT(who, ', since ', since) FROM ${loadingMarker}`,
    `SELECT CONCAT(user, ' from ', host) FROM information_schema.processlist WHERE id = IS_USED_LOCK(${mysqlLock(database)})`,
  ],
  // Under such locks no table can be read that is not among them.
  freeze: (tables) =>
    `LOCK TABLES ${[...tables, loadingMarker].map((name) => `${mysqlName(name)} WRITE`).join(', ')}`,
  drop: (tables) =>
    `SET FOREIGN_KEY_CHECKS = 0; DROP TABLE ${tables.map(mysqlName).join(', ')}; SET FOREIGN_KEY_CHECKS = 1`,
  thaw: 'UNLOCK TABLES',
  mark: (loader) => mark(loader, mysqlText, "DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ')"),
};

const heldHere = [
  // These two numbers spell `apim` and `load`. Locks of PostgreSQL are of one database.
  "locktype = 'advisory' AND classid = 1634756973 AND objid = 1819238756 AND objsubid = 2 AND granted",
  'AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
].join(' ');

const postgresql: Words = {
  // Not of information_schema: that leaves out what we have no rights on.
  tables: () =>
    [
      "SELECT relname AS name, CASE WHEN relkind IN ('r', 'p') THEN 'table' WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'other' END AS kind,",
      "has_table_privilege(c.oid, 'SELECT') AS readable, false AS folded,",
      `EXISTS (SELECT 1 FROM pg_locks WHERE ${heldHere} AND pid <> pg_backend_pid()) AS loading`,
      'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace',
      "WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm', 'f')",
    ].join(' '),
  version: "SELECT current_setting('server_version') AS version",
  count: (tables) => count(tables, postgresqlText, postgresqlName),
  // idle_session_timeout is not known to servers before 14.
  settle:
    "SET idle_in_transaction_session_timeout = '120s'; SET lock_timeout = '60s'; SELECT set_config(name, '120s', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
  lock: () => 'SELECT pg_try_advisory_lock(1634756973, 1819238756) AS ours',
  awaitLock: () => 'pg_advisory_lock(1634756973, 1819238756)',
  unlock: () => 'SELECT pg_advisory_unlock(1634756973, 1819238756)',
  holder: () => [
    `SELECT who || ', since ' || since FROM ${loadingMarker}`,
    `SELECT concat(usename, ' from ', client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE ${heldHere}`,
  ],
  freeze: (tables) =>
    `BEGIN; LOCK TABLE ${[...tables, loadingMarker].map(postgresqlName).join(', ')} IN ACCESS EXCLUSIVE MODE`,
  // Without CASCADE: what somebody else hung on them is not ours to drop.
  drop: (tables, sequences) =>
    [
      `DROP TABLE ${tables.map(postgresqlName).join(', ')}`,
      ...sequences.map((name) => `DROP SEQUENCE IF EXISTS ${postgresqlName(name)}`),
    ].join('; '),
  thaw: 'COMMIT',
  mark: (loader) =>
    mark(loader, postgresqlText, `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`),
};

/** The words of each kind of server. */
export const wordsOf: Readonly<Record<Dialect, Words>> = { mysql, postgresql };

function count(
  tables: readonly string[],
  text: (value: string) => string,
  name: (value: string) => string,
): string {
  return tables
    .map(
      (table) =>
        `SELECT ${text(table)} AS name, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${name(table)} LIMIT ${manyRows + 1}) AS those) AS counted`,
    )
    .join(' UNION ALL ');
}

/** With a primary key, because some servers want one of every table; in ASCII, because the database has latin1. */
function mark({ who, script }: Loader, text: (value: string) => string, now: string): string {
  const ascii = (value: string) => text(value.replaceAll(/[^ -~]/g, '?').slice(0, 250));
  return [
    `DROP TABLE IF EXISTS ${loadingMarker}`,
    `CREATE TABLE ${loadingMarker} (id INT NOT NULL PRIMARY KEY, who VARCHAR(250), since VARCHAR(30), script VARCHAR(250))`,
    `INSERT INTO ${loadingMarker} (id, who, since, script) VALUES (1, ${ascii(who)}, ${now}, ${ascii(script)})`,
  ].join('; ');
}

export function mysqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function mysqlText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function postgresqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function postgresqlText(value: string): string {
  return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
