import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../src/apim/database/databases.ts';
import { type Server, type Site, siteAt, startServer, statementsOf, tablesOf } from '../support/loads.ts';
import { failuresIn, runJson, startTool } from '../support/tool.ts';

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
  "INSERT INTO UM_USER (UM_ID, UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_CHANGED_TIME) VALUES (7, 'x', 'alice', 'y', NOW())";

describe.each([
  ['mariadb', 0],
  ['postgresql', 55_433],
] as const)('the tables at a server of %s', (type, port) => {
  let server: Server;
  const open: Site[] = [];
  const newSite = (over: object = {}) => {
    const site = siteAt(server, over);
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
  /** A script of shared_db that stops in the middle until the gate is closed; there is no table yet. */
  const gateIn = async (site: Site) => {
    const all = await tablesOf(site, 'shared');
    await site.sql('shared', `DROP TABLE ${all.map((name) => nameOf(name)).join(', ')}`);
    const file = join(site.scripts, `${type === 'mariadb' ? 'mysql' : type}.sql`);
    const [wait, hold] =
      type === 'mariadb'
        ? ["DO GET_LOCK('gate', 600);", "SELECT GET_LOCK('gate', 0)"]
        : ['SELECT pg_advisory_lock(7);', 'SELECT pg_advisory_lock(7)'];
    const parts = readFileSync(file, 'utf8').split('\n');
    parts.splice(parts.length / 2, 0, wait);
    writeFileSync(file, parts.join('\n'));
    const gate = await site.session('shared');
    expect(await gate.ask(hold)).toMatchObject({ ok: true });
    return gate;
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

  it('are complete after the tool was killed in the middle of a load', async () => {
    const site = await loaded();
    const gate = await gateIn(site);
    const killed = startTool(['run', site.playbook, site.inventory, '--output', 'json']);
    await loading(site);
    killed.child.kill('SIGKILL');
    await killed.ended;
    gate.close();
    const again = await runJson('run', site.playbook, site.inventory);
    expect(failuresIn(again)).toEqual([]);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect(await tablesOf(site, 'apim')).toEqual(complete.apim);
    expect((await site.run()).outcome).toEqual({ kind: 'unchanged' });
  });

  it('are made once if two want them at once: the second says for whom it waits, and clears nothing', async () => {
    const site = await loaded();
    const gate = await gateIn(site);
    const first = startTool(['run', site.playbook, site.inventory, '--output', 'json']);
    await loading(site);
    expect((await site.run({ dryRun: true })).planned).toEqual([
      expect.stringMatching(
        `^wait until the load of ${site.shared} that is under way ends, begun by .*@.*, process ${first.child.pid}, .*, through key_manager, since 20`,
      ),
    ]);
    const waits: object[] = [];
    const second = await site.run({
      told(event) {
        if (event.type !== 'waiting') return;
        waits.push(event);
        gate.close();
      },
    });
    expect(second.outcome).toEqual({ kind: 'changed', changes: 1 });
    expect(waits[0]).toMatchObject({
      what: `another load of ${site.shared} to end`,
      why: expect.stringContaining(`process ${first.child.pid}, `),
    });
    expect(failuresIn(await first.ended)).toEqual([]);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect((await site.run()).outcome).toEqual({ kind: 'unchanged' });
  });

  it('are made with their databases and users if two begin at once', async () => {
    const site = newSite();
    const other = join(site.folder, 'other');
    mkdirSync(other);
    for (const name of ['wso2am-3.2.0.zip', 'driver.jar', 'inventory.yaml'])
      copyFileSync(join(site.folder, name), join(other, name));
    const runs = await Promise.all(
      [site.inventory, join(other, 'inventory.yaml')].map((file) => runJson('run', site.playbook, file)),
    );
    expect(runs.flatMap(failuresIn)).toEqual([]);
    expect(await tablesOf(site, 'shared')).toEqual(complete.shared);
    expect(await tablesOf(site, 'apim')).toEqual(complete.apim);
  });

  it('have a new password after it was changed in the inventory, which the plan says, and keep their data', async () => {
    const site = await loaded();
    await site.sql('shared', addUser);
    const changed = newSite({
      shared: { name: site.shared, username: site.sharedUser, password: 'fake-next-word' },
      apim: { name: site.apim, username: site.apimUser, password: 'fake-word-of-apim' },
    });
    const { outcome, planned } = await changed.run();
    expect(planned).toEqual([
      expect.stringMatching(
        `change the password of the user ${site.sharedUser}, which exists, and give it the database ${site.shared}, which exists and holds 8 tables`,
      ),
    ]);
    expect(outcome).toMatchObject({ kind: 'changed' });
    expect(await rowsOf(changed, 'UM_USER')).toBe(1);
  });

  it('do not take the user of somebody else, nor its password, unless that is said', async () => {
    const other = await loaded();
    const mine = {
      name: `mine_${other.shared}`,
      username: `theirs_${other.sharedUser}`,
      password: 'fake-mine',
    };
    const create =
      type === 'mariadb'
        ? `CREATE USER '${mine.username}'@'%' IDENTIFIED BY 'fake-theirs'; GRANT ALL ON \`${other.shared}\`.* TO '${mine.username}'@'%'`
        : `CREATE ROLE "${mine.username}" LOGIN PASSWORD 'fake-theirs'`;
    await other.sql('administrator', create);
    const refused = await newSite({ shared: mine }).run();
    expect(refused.outcome).toMatchObject({
      kind: 'failed',
      error: {
        cause: expect.stringContaining(`the user ${mine.username} is at 127.0.0.1:${server.port} already`),
      },
    });
    const adopting = newSite({ shared: mine, adopt: true });
    const { outcome, planned } = await adopting.run();
    expect(planned[0]).toBe(
      `create the database ${mine.name}, and change the password of the user ${mine.username}, which exists`,
    );
    expect(outcome).toMatchObject({ kind: 'changed' });
    expect((await adopting.run()).outcome).toEqual({ kind: 'unchanged' });
  });

  it('do not go into the database of somebody else', async () => {
    const other = await loaded();
    const theirs = `theirs_of_${other.shared}`;
    await other.sql('administrator', `CREATE DATABASE ${theirs}`);
    const access = { name: theirs, username: `new_${other.sharedUser}`, password: 'fake-new' };
    const site = newSite({ shared: access });
    await site.sql(
      'administrator',
      type === 'mariadb' ? `CREATE TABLE ${theirs}.orders (id INT)` : 'SELECT 1',
    );
    if (type === 'postgresql') await site.administer(theirs, 'CREATE TABLE orders (id INT)');
    const { outcome } = await site.run();
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: {
        cause: expect.stringMatching(`the database ${theirs} is at .* already, holds 1 table \\(orders\\)`),
      },
    });
  });
});
