import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseNeeds, judgeTables } from '../../src/apim/databases.ts';
import { query, runScript } from '../../src/connection/ask-sql.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { openLocal } from '../../src/connection/local.ts';
import type { SqlResult } from '../../src/connection/sql.ts';
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

function tables(result: SqlResult): string[] {
  if (!result.ok) throw new Error(result.why);
  return result.rows.map((row) => String(row.name));
}

describe('a PostgreSQL server', () => {
  it.each([0, 1])('gets database %i with its user and tables, from nothing', async (index) => {
    const need = needs()[index];
    if (need?.asAdministrator === undefined) throw new Error('an administrator is needed');
    expect(await query(connection, need.asUser, need.tablesQuery)).toMatchObject({
      ok: false,
      code: '28P01',
    });
    for (const statement of need.creation)
      expect(await runScript(connection, need.asAdministrator, statement)).toMatchObject({ ok: true });
    const name = need.scriptPath(fiveNodes().nodes[0] as never).replace(/^.*dbscripts/, '');
    const script = readFileSync(`test/standin/dbscripts${name}`, 'utf8');
    for (const text of [need.beginLoading, script, need.endLoading])
      expect(await runScript(connection, need.asUser, text)).toMatchObject({ ok: true });
    const found = tables(await query(connection, need.asUser, need.tablesQuery));
    expect(judgeTables(need, found)).toBe('complete');
  });

  it('says of what is there already that it is, so that creation can be repeated', async () => {
    for (const need of needs()) {
      if (need.asAdministrator === undefined) throw new Error('an administrator is needed');
      for (const statement of need.creation) {
        const result = await runScript(connection, need.asAdministrator, statement);
        expect(result.ok || need.alreadyThere.includes(result.code)).toBe(true);
      }
    }
  });

  it('loses all tables of a load that broke off', async () => {
    const [need] = needs();
    if (need === undefined) throw new Error('a database is needed');
    await runScript(connection, need.asUser, need.beginLoading);
    const found = tables(await query(connection, need.asUser, need.tablesQuery));
    expect(await runScript(connection, need.asUser, need.dropAll(found))).toMatchObject({ ok: true });
    expect(tables(await query(connection, need.asUser, need.tablesQuery))).toEqual([need.loadingMarker]);
  });
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
