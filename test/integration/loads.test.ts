import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../src/apim/databases.ts';
import { type Server, type Site, siteAt, startServer, statementsOf, tablesOf } from '../support/loads.ts';
import { changesIn, failuresIn, runJson, startTool } from '../support/tool.ts';

const marker = 'apim_orchestrate_loading';

const complete = {
  shared: [
    'reg_cluster_lock',
    'reg_log',
    'reg_path',
    'reg_resource',
    'um_domain',
    'um_role',
    'um_tenant',
    'um_user',
  ],
  apim: [
    'am_api',
    'am_application',
    'am_key_manager',
    'am_subscriber',
    'cm_receipt',
    'idn_base_table',
    'idn_oauth2_access_token',
    'idn_oauth_consumer_apps',
    'sp_app',
  ],
};
const addUser =
  "INSERT INTO UM_USER (UM_ID, UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD) VALUES (7, 'x', 'alice', 'y')";

describe.each([
  ['mariadb', 0],
  ['postgresql', 55_433],
] as const)('the tables at a server of %s', (type, port) => {
  let server: Server;
  const open: Site[] = [];
  const newSite = () => {
    const site = siteAt(server);
    open.push(site);
    return site;
  };
  const loaded = async () => {
    const site = newSite();
    expect((await site.run()).outcome).toMatchObject({ kind: 'changed' });
    return site;
  };
  /** As an earlier version of the tool left it. */
  const mark = (site: Site, which: 'shared' | 'apim') =>
    site.sql(which, `CREATE TABLE ${marker} (started INT)`);
  const rowsOf = async (site: Site, table: string) =>
    Number((await site.sql('shared', `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);
  /** Everything of one database is dropped, and the first statements of its script are run. */
  const breakOff = async (site: Site, which: 'shared' | 'apim', count: number) => {
    const all = await tablesOf(site, which);
    await site.sql(which, `DROP TABLE ${all.map((name) => nameOf(name)).join(', ')}`);
    await site.sql(which, databaseNeeds(site.topology)[0]?.words.mark({ who: 'a test', script: 'x' }) ?? '');
    for (const statement of statementsOf(server, which).slice(0, count)) await site.sql(which, statement);
  };
  const nameOf = (name: string) => (type === 'mariadb' && name !== marker ? name.toUpperCase() : name);
  /** Puts a long pause into the middle of the script of shared_db. */
  const slowDown = (site: Site, seconds: number) => {
    const file = join(site.scripts, `${type === 'mariadb' ? 'mysql' : type}.sql`);
    const pause = type === 'mariadb' ? `DO SLEEP(${seconds});` : `SELECT pg_sleep(${seconds});`;
    const parts = readFileSync(file, 'utf8').split('\n');
    parts.splice(parts.length / 2, 0, pause);
    writeFileSync(file, parts.join('\n'));
  };
  const loading = (site: Site) =>
    expect
      .poll(
        () =>
          site.sql('shared', `SELECT COUNT(*) AS n FROM ${marker}`).then(
            (rows) => Number(rows[0]?.n),
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(1);

  beforeAll(async () => {
    server = await startServer(type, port);
  }, 120_000);
  afterEach(async () => {
    for (const site of open.splice(0)) await site.close();
  });
  afterAll(() => server?.stop());

  it('are made from nothing, and a second run does nothing', async () => {
    const site = await loaded();
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect(await tablesOf(site, 'apim')).toEqual(complete.apim);
    expect((await site.run()).outcome).toEqual({ kind: 'unchanged' });
  });

  it.each(['shared', 'apim'] as const)(
    'are complete after a load of %s that broke off after any of its statements',
    async (which) => {
      const site = await loaded();
      for (let count = 0; count <= statementsOf(server, which).length; count++) {
        await breakOff(site, which, count);
        const left = (await tablesOf(site, which)).length - 1;
        const { outcome, planned } = await site.run();
        expect(outcome).toEqual({ kind: 'changed', changes: 1 });
        expect(planned[0]).toContain(`create the tables of ${site[which]} (an earlier attempt broke off`);
        expect(planned[0]).toContain('begun by a test, since 20');
        expect(planned[0]).toContain(
          left === 0 ? 'it left no table' : `${left} table${left === 1 ? '' : 's'} of it`,
        );
        expect(await tablesOf(site, which)).toEqual(complete[which]);
      }
      if (which === 'apim')
        expect(await site.sql('apim', 'SELECT PRODUCT_NAME FROM IDN_BASE_TABLE')).toHaveLength(1);
    },
  );

  it('keep their data if they are complete and a marker says otherwise', async () => {
    const site = await loaded();
    await site.sql('shared', addUser);
    await mark(site, 'shared');
    const { outcome, planned } = await site.run();
    expect(outcome).toMatchObject({ kind: 'changed' });
    expect(planned).toEqual([
      `remove the marker of an unfinished load from ${site.shared}: its tables are complete and hold data (${nameOf('um_user')} (1 row)); nothing is dropped`,
    ]);
    expect(await rowsOf(site, 'UM_USER')).toBe(1);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
  });

  it('are left alone if they are half there with data, and what was found is told', async () => {
    const site = await loaded();
    await site.sql('shared', `${addUser}; DROP TABLE REG_LOG; CREATE TABLE orders (id INT)`);
    await mark(site, 'shared');
    const { outcome } = await site.run();
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: {
        cause: expect.stringMatching(
          /broke off, and what is there is more than its script put there; .*um_user \(1 row\).*; of its 8 tables reg_log is missing/i,
        ),
        hint: expect.stringContaining('nothing was dropped'),
      },
    });
    expect(outcome).toMatchObject({
      error: { cause: expect.stringContaining('orders (0 rows) is not of the script') },
    });
    expect(await rowsOf(site, 'UM_USER')).toBe(1);
    expect(await tablesOf(site, 'shared')).toContain('orders');
  });

  it('of a load that broke off are dropped alone: views and all else of others stay', async () => {
    const site = await loaded();
    await breakOff(site, 'shared', 3);
    const others = type === 'postgresql' ? '; CREATE SEQUENCE number_of_others' : '';
    await site.sql('shared', `CREATE VIEW of_others AS SELECT 1 AS one${others}`);
    expect((await site.run()).outcome).toMatchObject({ kind: 'changed' });
    expect(await site.sql('shared', 'SELECT one FROM of_others')).toHaveLength(1);
    if (type === 'postgresql') await site.sql('shared', "SELECT nextval('number_of_others')");
  });

  it('are complete after the tool was killed in the middle, and another run waited for the server', async () => {
    const site = newSite();
    slowDown(site, 5);
    const killed = startTool(['run', site.playbook, site.inventory, '--output', 'json']);
    await loading(site);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const planned = await runJson('run', site.playbook, site.inventory, '--dry-run');
    expect(changesIn(planned).join()).toContain(
      `wait until the load of ${site.shared} that is under way ends`,
    );
    const again = await runJson('run', site.playbook, site.inventory);
    expect(failuresIn(again)).toEqual([]);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect(await tablesOf(site, 'apim')).toEqual(complete.apim);
  });

  it('are made once if two inventories want them at once: the second waits, and says for whom', async () => {
    const site = newSite();
    slowDown(site, 4);
    const first = startTool(['run', site.playbook, site.inventory, '--output', 'json']);
    await loading(site);
    const second = await site.run();
    expect(second.outcome).not.toMatchObject({ kind: 'failed' });
    const waits = second.events.flatMap((event) => (event.type === 'waiting' ? [event] : []));
    expect(waits[0]).toMatchObject({
      what: `another load of ${site.shared} to end`,
      why: expect.stringMatching(/@.*, process \d+, .*, through key_manager, since 20\d\d-/),
    });
    expect(failuresIn(await first.ended)).toEqual([]);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect((await site.run()).outcome).toEqual({ kind: 'unchanged' });
  });
});
