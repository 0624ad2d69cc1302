import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planAccount } from '../../src/apim/database/accounts.ts';
import { type DatabaseNeed, databaseNeeds } from '../../src/apim/database/databases.ts';
import { dumpDatabase, findPrograms, loadDatabase, readPrograms } from '../../src/apim/database/dump.ts';
import { markRestore, restoredNote, restoringMarker } from '../../src/apim/database/restores.ts';
import { query, runScript } from '../../src/connection/ask-sql.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { feedFile, receiveFile } from '../../src/connection/files-in-streams.ts';
import { openLocal } from '../../src/connection/local.ts';
import { Secret } from '../../src/secret.ts';
import { commonSettings, fiveNodes } from '../support/deployments.ts';
import { type PostgresqlServer, startPostgresql } from '../support/postgresql.ts';

let server: PostgresqlServer;
let connection: Connection;

beforeAll(async () => {
  server = await startPostgresql(55_432);
  connection = openLocal();
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

function needs() {
  const administrator = { username: server.username, password: new Secret(server.password) };
  const database = {
    ...commonSettings().database,
    type: 'postgresql',
    host: '127.0.0.1',
    port: server.port,
    administrator,
    apim: { name: 'apim_db', username: 'apim', password: "it's a \\ word" },
  };
  return databaseNeeds(fiveNodes({ database }));
}

/** What makes a database and its user, where neither is there. */
function statements(need: DatabaseNeed) {
  const nothing = {
    database: false,
    user: false,
    entered: false,
    tables: [],
    databaseIsOurs: false,
    userIsOurs: false,
    rights: [],
  };
  const planned = planAccount(need.account, need.own, nothing, 'here', false);
  if ('cause' in planned) throw new Error(planned.cause);
  return planned.statements;
}

describe('a PostgreSQL server', () => {
  it.each([0, 1])('gets database %i with its user, from nothing', async (index) => {
    const need = needs()[index];
    if (need?.asAdministrator === undefined) throw new Error('an administrator is needed');
    expect(await query(connection, need.asUser, need.words.tables(need.name))).toMatchObject({
      ok: false,
      code: '28P01',
    });
    for (const statement of statements(need))
      expect(await runScript(connection, need.asAdministrator, statement)).toMatchObject({ ok: true });
    expect(await query(connection, need.asUser, need.words.tables(need.name))).toEqual({
      ok: true,
      rows: [],
    });
  });

  it('says of what is there already that it is, so that creation can be repeated', async () => {
    for (const need of needs()) {
      if (need.asAdministrator === undefined) throw new Error('an administrator is needed');
      for (const statement of statements(need)) {
        const result = await runScript(connection, need.asAdministrator, statement);
        expect(result.ok || need.alreadyThere.includes(result.code)).toBe(true);
      }
    }
  });
});

describe('databases of a PostgreSQL server', () => {
  const silent = { signal: new AbortController().signal, timeoutMs: 60_000, onProgress: () => undefined };
  const rowsOf = async (need: DatabaseNeed, table = 'ORDERS') =>
    query(connection, need.asUser, `SELECT * FROM ${table} ORDER BY 1`);
  const program = async (...names: string[]) => {
    const [found] = readPrograms((await connection.ask(findPrograms(names))).stdout);
    if (found === undefined) throw new Error(`${names.join()} is not there`);
    return found;
  };
  const markOf = (need: DatabaseNeed) =>
    runScript(connection, need.asUser, markRestore('postgresql', { backup: 'one', who: 'ann' }));

  it.each(['plain', 'verified'])(
    'are dumped and loaded by its own programs, %s, whole or not at all',
    async (way) => {
      const folder = mkdtempSync(join(tmpdir(), 'dumps-'));
      const [first] = needs();
      if (first?.asAdministrator === undefined) throw new Error('an administrator is needed');
      const { certificateFile: caFile } = server;
      const need =
        way === 'plain' ? first : { ...first, asUser: { ...first.asUser, tls: { verified: true, caFile } } };
      const authority = readFileSync(caFile, 'utf8');
      const path = join(folder, 'dump.gz');
      const administrator = first.asAdministrator;
      const again = async () => {
        const drop = `DROP DATABASE "${need.name}"`;
        expect(await runScript(connection, administrator, drop)).toMatchObject({ ok: true });
        for (const statement of statements(first).slice(1))
          await runScript(connection, administrator, statement);
      };
      const load = async (of: string, cut = (after: string) => after) => {
        const { command, before, after } = loadDatabase(need, await program('psql'), authority);
        return feedFile(connection, command, { ...silent, path: of, before, after: cut(after) });
      };
      await again();
      const made = `CREATE TABLE ORDERS (id INT PRIMARY KEY, words TEXT, bytes BYTEA); INSERT INTO ORDERS VALUES (1, 'naïve \\\\ 😀', '\\x00ff0a'); CREATE TABLE apim_orchestrate_restored (id INT)`;
      expect(await runScript(connection, need.asUser, made)).toMatchObject({ ok: true });
      const before = await rowsOf(need);
      expect(before).toMatchObject({ ok: true, rows: [{ id: 1 }] });
      const { ends, ...dump } = dumpDatabase(need, await program('pg_dump'), authority);
      let said = '';
      await receiveFile(connection, dump.command, {
        ...silent,
        ...{ path, silentMs: 60_000, stdin: dump.stdin },
        accept: ({ code, stderr, tail }) => {
          said = `${code} ${stderr} ${tail.includes(ends)}`;
        },
      });
      expect(said).toBe('0  true');
      expect(gunzipSync(readFileSync(path)).toString()).not.toContain('apim_orchestrate');

      await again();
      await markOf(need);
      expect(await load(path, () => '')).toMatchObject({ code: 0 });
      expect(await rowsOf(need)).toMatchObject({ ok: false, code: '42P01' });
      expect(await rowsOf(need, restoringMarker)).toMatchObject({ ok: true, rows: [{ backup: 'one' }] });
      expect(await load(path)).toMatchObject({ code: 0, stderr: '' });
      expect(await rowsOf(need)).toEqual(before);
      expect(await rowsOf(need, restoredNote)).toMatchObject({ ok: true, rows: [{ backup: 'one' }] });
      expect(await load(path)).toMatchObject({ code: 3, stderr: expect.stringContaining('already exists') });
      await again();
      rmSync(folder, { recursive: true });
    },
    60_000,
  );
});

describe('a PostgreSQL server with TLS', () => {
  const access = (host: string, tls: { verified: boolean; caFile?: string }) => ({
    type: 'postgresql' as const,
    host,
    port: server.port,
    username: server.username,
    password: new Secret(server.password),
    tls,
  });
  const used = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

  it('is talked to in secret, verified or not', async () => {
    const verified = { verified: true, caFile: server.certificateFile };
    for (const tls of [{ verified: false }, verified])
      expect(await query(connection, access('127.0.0.1', tls), used)).toEqual({
        ok: true,
        rows: [{ ssl: true }],
      });
  });

  it('is not talked to under another name, or if nobody vouches for it', async () => {
    const verified = { verified: true, caFile: server.certificateFile };
    const named = await query(connection, access('localhost', verified), used);
    expect(named).toMatchObject({
      ok: false,
      why: expect.stringContaining("does not match certificate's altnames"),
    });
    expect(await query(connection, access('127.0.0.1', { verified: true }), used)).toMatchObject({
      ok: false,
    });
  });
});
