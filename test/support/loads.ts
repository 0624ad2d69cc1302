import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { ownNote } from '../../src/apim/database/accounts.ts';
import { databaseNeeds } from '../../src/apim/database/databases.ts';
import { splitScript } from '../../src/apim/database/sql-script.ts';
import { runScript } from '../../src/connection/ask-sql.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { openLocal } from '../../src/connection/local.ts';
import type { Database, Rows, SqlSession } from '../../src/connection/sql.ts';
import { openSqlSession } from '../../src/connection/sql-session.ts';
import type { Event } from '../../src/engine/event.ts';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import { createTurns } from '../../src/engine/turns.ts';
import { type Outcome, visit } from '../../src/engine/visit.ts';
import { Secret } from '../../src/secret.ts';
import { createDatabases } from '../../src/steps/create-databases.ts';
import type { World } from '../../src/steps/define.ts';
import { login, startDatabase } from '../standin/rig/database.ts';
import { commonSettings, fiveNodes, nodeNamed } from './deployments.ts';
import { startPostgresql } from './postgresql.ts';

const standIn = 'test/standin';

/** A database server of one kind, on loopback, and who administers it. */
export interface Server {
  readonly type: 'mariadb' | 'postgresql';
  readonly port: number;
  readonly administrator: { readonly username: string; readonly password: string };
  stop(): Promise<void>;
}

/** Starts a server of its own. The port is for PostgreSQL: MariaDB takes any. */
export async function startServer(type: Server['type'], port: number): Promise<Server> {
  if (type === 'postgresql') {
    const server = await startPostgresql(port);
    const { username, password } = server;
    return { type, port, administrator: { username, password }, stop: () => server.stop() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'mariadb-'));
  const server = await startDatabase(folder, standIn);
  await server.sql(
    `CREATE USER administrator@'%' IDENTIFIED BY 'administrator-word'; GRANT ALL ON *.* TO administrator@'%' WITH GRANT OPTION; DROP DATABASE shared_db; DROP DATABASE apim_db; DROP USER '${login.user}'@'%'`,
  );
  return {
    type,
    port: server.port,
    administrator: { username: 'administrator', password: 'administrator-word' },
    async stop() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A deployment with databases of its own at such a server, and a home that holds the scripts. */
export interface Site {
  readonly topology: Topology;
  readonly folder: string;
  /** The folder of the scripts. */
  readonly scripts: string;
  /** Names of its databases. */
  readonly shared: string;
  readonly apim: string;
  /** Names of their users. */
  readonly sharedUser: string;
  readonly apimUser: string;
  /** Runs statements as the administrator, in a database. */
  administer(database: string, statements: string): Promise<void>;
  /** Runs statements as the product's user, or as the administrator. */
  sql(which: 'shared' | 'apim' | 'administrator', statements: string): Promise<Rows>;
  /** A session of the product's user that keeps what it locks until it is closed. */
  session(which: 'shared' | 'apim'): Promise<SqlSession>;
  /** The step at this site, as a run does it. */
  run(options?: RunOptions): Promise<{ outcome: Outcome; planned: string[] }>;
  /** An inventory of the site for the tool itself, and a playbook of this step alone. */
  readonly inventory: string;
  readonly playbook: string;
  close(): Promise<void>;
}

interface RunOptions {
  readonly dryRun?: boolean;
  /** Hears of every event at once. */
  readonly told?: (event: Event) => void;
}

let sites = 0;

/** `over` is laid over the settings of the database. */
export function siteAt(server: Server, over: object = {}): Site {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  chmodSync(folder, 0o755);
  const number = ++sites;
  const [shared, apim] = [`shared_${number}`, `apim_${number}`];
  const home = join(folder, 'key-manager');
  const scripts = join(home, 'dbscripts');
  mkdirSync(join(home, '.apim-orchestrate'), { recursive: true });
  cpSync(join(standIn, 'dbscripts'), scripts, { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', home]);
  const database = {
    ...commonSettings().database,
    type: server.type,
    host: '127.0.0.1',
    port: server.port,
    administrator: server.administrator,
    shared: { name: shared, username: `shared_user_${number}`, password: 'fake-word-of-shared' },
    apim: { name: apim, username: `apim_user_${number}`, password: 'fake-word-of-apim' },
    ...over,
  };
  const settings = { directory: folder, user: 'nobody', database };
  const topology = fiveNodes(settings);
  const connection = openLocal();
  const { host } = nodeNamed(topology, 'km');
  const inventory = join(folder, 'inventory.yaml');
  const playbook = join(folder, 'playbook.yaml');
  for (const name of ['wso2am-3.2.0.zip', 'driver.jar']) writeFileSync(join(folder, name), '');
  writeFileSync(
    playbook,
    'name: Tables\nplays: [{ name: Tables, hosts: key_manager, steps: [create-databases] }]\n',
  );
  writeFileSync(
    inventory,
    JSON.stringify({
      all: {
        vars: { ansible_connection: 'local', apim: { ...commonSettings(), ...settings } },
        children: Object.fromEntries(
          ['key_manager', 'traffic_manager', 'publisher', 'devportal', 'gateway'].map((group, offset) => [
            group,
            { hosts: { [group]: { apim: { hostname: 'one.example.com', offset } } } },
          ]),
        ),
      },
    }),
    { mode: 0o600 },
  );
  const access = (which: 'shared' | 'apim' | 'administrator'): Database => {
    const needs = databaseNeeds(topology);
    const need = needs[which === 'apim' ? 1 : 0];
    if (need?.asAdministrator === undefined) throw new Error('an administrator is needed');
    if (which !== 'administrator') return need.asUser;
    const { username, password } = server.administrator;
    return { ...need.asAdministrator, username, password: new Secret(password) };
  };
  return {
    topology,
    folder,
    scripts,
    shared,
    apim,
    sharedUser: `shared_user_${number}`,
    apimUser: `apim_user_${number}`,
    async administer(name, statements) {
      const answer = await runScript(connection, { ...access('administrator'), name }, statements);
      if (!answer.ok) throw new Error(`${statements}: ${answer.code}: ${answer.why}`);
    },
    inventory,
    playbook,
    async sql(which, statements) {
      const answer = await runScript(connection, access(which), statements);
      if (!answer.ok) throw new Error(`${statements}: ${answer.code}: ${answer.why}`);
      return answer.rows;
    },
    async session(which) {
      const opened = await openSqlSession(connection, access(which));
      if (!opened.ok) throw new Error(`${opened.code}: ${opened.why}`);
      return opened.session;
    },
    run: (options = {}) => runStep(topology, connection, host, options),
    async close() {
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function runStep(
  topology: Topology,
  connection: Connection,
  host: Parameters<typeof visit>[2],
  { dryRun = false, told = () => undefined }: RunOptions,
) {
  const planned: string[] = [];
  const never = new AbortController().signal;
  const ledger = createLedger();
  const outcome = await visit<World>(
    {
      world: {
        topology,
        now: new Date(),
        baseDirectory: '/nowhere',
        hosts: new Set(['km']),
        operator: 'tester@here, process 1, a test',
      },
      dryRun,
      ledger,
      emit(event) {
        if (event.type === 'change-planned') planned.push(event.summary);
        told(event);
      },
      stop: never,
      abort: never,
      connectionTo: async () => connection,
      lockAt: async () => undefined,
      looker: createLooker(async () => connection, ledger),
      clock: () => Date.now(),
    },
    { play: 'a play', host: host.name, step: 'create-databases' },
    host,
    { step: createDatabases, params: {} },
    undefined,
    createTurns(),
  );
  return { outcome, planned };
}

/** The statements of the stand-in's script for one of the two databases. */
export function statementsOf({ type }: Server, which: 'shared' | 'apim'): string[] {
  const dialect = type === 'postgresql' ? 'postgresql' : 'mysql';
  const text = readFileSync(
    join(standIn, 'dbscripts', which === 'apim' ? 'apimgt' : '', `${dialect}.sql`),
    'utf8',
  );
  return splitScript(text, dialect);
}

/** The tables of one of the two databases, in lower case, sorted. */
export async function tablesOf(site: Site, which: 'shared' | 'apim'): Promise<string[]> {
  const need = databaseNeeds(site.topology)[which === 'apim' ? 1 : 0];
  if (need === undefined) throw new Error('a database is needed');
  const rows = await site.sql(which, need.words.tables(need.name));
  const names = rows.map((row) => String(row.name).toLowerCase());
  return names.filter((name) => name !== ownNote).sort();
}
