import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planAccount } from '../../src/apim/database/accounts.ts';
import { type DatabaseNeed, databaseNeeds } from '../../src/apim/database/databases.ts';
import { query, runScript } from '../../src/connection/ask-sql.ts';
import type { Connection } from '../../src/connection/connection.ts';
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
