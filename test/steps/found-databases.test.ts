import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marks } from '../../src/apim/cluster/paths.ts';
import { portNumbers } from '../../src/apim/cluster/topology.ts';
import { type DatabaseNeed, databaseNeeds } from '../../src/apim/database/databases.ts';
import { loadingMarker } from '../../src/apim/database/words.ts';
import { findServer } from '../../src/apim/server/commands.ts';
import type { Database, Rows, SqlResult } from '../../src/connection/sql.ts';
import type { Change } from '../../src/engine/plan.ts';
import { Secret } from '../../src/secret.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { createDatabases } from '../../src/steps/create-databases.ts';
import { inspectServer } from '../../src/steps/server-state.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { material, writeFolder } from '../support/material.ts';
import { untold } from '../support/step-cases.ts';
import { nodeFor, type Values } from '../support/topologies.ts';

/** A database server that answers questions by who asks what. */
type Answer = (database: Database, question: string) => SqlResult;
const ok = (...rows: Rows): SqlResult => ({ ok: true, rows });
const no = (code: string, why = 'refused'): SqlResult => ({ ok: false, code, why });

let ground: Ground;
const database = (more: Values = {}): Values => ({
  type: 'mysql',
  host: 'db.example.com',
  driver: { path: './driver.jar' },
  administrator: { username: 'root', password: 'fake-password' },
  apim: { username: 'apim', password: 'fake-password' },
  shared: { username: 'shared', password: 'fake-password' },
  ...more,
});
const on = async (more: Values = {}) => {
  ground?.remove();
  ground = await createGround({ apim: { database: database(more) } });
};
beforeEach(() => on());
afterEach(() => ground.remove());

const need = (which: 'shared' | 'apim') =>
  databaseNeeds(ground.topology)[which === 'shared' ? 0 : 1] as DatabaseNeed;
const inspect = (sql: Answer) =>
  createDatabases.inspect(
    ground.at('km', {}),
    ground.from('km', { sql: async (database, question) => sql(database, question) }),
  );
const plan = (facts: Awaited<ReturnType<typeof inspect>>): readonly Change[] =>
  createDatabases.plan(ground.at('km', {}), facts);

const complete = {
  shared: ['REG_CLUSTER_LOCK', 'REG_RESOURCE', 'UM_TENANT', 'UM_USER'],
  apim: ['IDN_BASE_TABLE', 'IDN_OAUTH2_ACCESS_TOKEN', 'AM_API', 'AM_SUBSCRIBER'],
};
const tables = (names: readonly string[], more: object = {}) =>
  ok(...names.map((name) => ({ name, kind: 'table', readable: 1, ...more })));
/** Whoever asks for tables is told that all of his are there; of the shared database it is told what is given. */
const withShared =
  (shared: Answer): Answer =>
  (asked, question) =>
    asked.username === 'apim' ? tables(complete.apim) : shared(asked, question);

describe('databases as they are found', () => {
  it('are not asked for more than their tables where all are there', async () => {
    const asked: string[] = [];
    const facts = await inspect(({ username, name }, question) => {
      asked.push(`${username}@${name}: ${question}`);
      return tables(username === 'apim' ? complete.apim : complete.shared);
    });
    expect(asked).toEqual([
      `shared@shared_db: ${need('shared').words.tables('shared_db')}`,
      `apim@apim_db: ${need('apim').words.tables('apim_db')}`,
    ]);
    expect(facts).toMatchObject({ proven: false, found: [{ kind: 'open' }, { kind: 'open' }] });
    expect(plan(facts)).toEqual([]);
  });

  it('get their tables where there are none', async () => {
    const facts = await inspect(withShared(() => ok()));
    expect(plan(facts).map(({ summary }) => summary)).toEqual(['create the tables of shared_db']);
    expect(untold(plan(facts))).toEqual([]);
  });

  it.each([
    ['ann@ci', 'ann@ci, through km'],
    [undefined, 'somebody, through km'],
  ])('are marked while they are made, with who makes them: %j', async (operator, who) => {
    const facts = await inspect(withShared(() => ok()));
    const spot = ground.at('km', {});
    const world = operator === undefined ? spot.world : { ...spot.world, operator };
    const [change] = createDatabases.plan({ ...spot, world }, facts);
    const action = change?.actions[1];
    if (action?.kind !== 'converse') throw new Error('there is no talk');
    const said: string[] = [];
    const talk = action.talk('CREATE TABLE UM_USER (x INT);');
    for (let next = talk.next(); next.done !== true; next = talk.next([])) said.push(String(next.value.sql));
    expect(said.find((sql) => sql.includes('INSERT INTO'))).toContain(who);
    expect(action.shown).toContain('shared_db');
  });

  it.each(['shared', 'root'])(
    'are asked of their server what it is where none is there, by %s',
    async (who) => {
      const old = async (version: string) => {
        const facts = await inspect(
          withShared(({ username }, question) => {
            if (question === need('shared').words.version)
              return username === who ? ok({ version }) : no('ER_ACCESS_DENIED_ERROR');
            if (username === 'root') return ok({ database: 0, account: 0 });
            return who === 'root' ? no('ER_ACCESS_DENIED_ERROR') : ok();
          }),
        );
        return plan(facts);
      };
      await expect(old('5.1.73')).rejects.toThrow('is MySQL 5.1.73, and the product is made for MySQL 5.7');
      expect((await old('5.7.44')).at(-1)?.summary).toBe('create the tables of shared_db');
    },
  );

  it('are told by an error that is no refusal, with where to look', async () => {
    await expect(inspect(() => no('ECONNREFUSED', 'nobody there'))).rejects.toMatchObject({
      cause:
        'the database server db.example.com:3306 does not answer as it should: ECONNREFUSED: nobody there',
      hint: expect.stringContaining('database.host'),
    });
  });
});

describe('databases of a server that became ready with these settings', () => {
  it('are proven by that: nobody asks, and nothing is planned', async () => {
    const node = nodeFor(ground.topology, 'key-manager');
    writeFolder(`${ground.folder}/pki`, material);
    const ports = portNumbers(node).map((port) => port.toString(16).padStart(4, '0').toUpperCase());
    ground.say(findServer(node), '7 1234\n');
    ground.say(listeningPorts(), `${ports.join('\n')}\n`);
    const { wanted } = await inspectServer(ground.at('km', {}), ground.from('km'));
    ground.write(marks(node).running, `${wanted}\n`);
    ground.write(marks(node).ready, `${wanted} 7 1234\n`);
    const asked: string[] = [];
    const facts = await inspect((_, question) => {
      asked.push(question);
      return ok();
    });
    expect(asked).toEqual([]);
    expect(facts).toEqual({ proven: true, found: [] });
    expect(plan(facts)).toEqual([]);
  });
});

describe('a database in which a load broke off', () => {
  const script = complete.shared.map((name) => `CREATE TABLE ${name} (x INT);`).join('\n');
  const left = tables(['UM_USER', loadingMarker]);
  const broken = (
    count: SqlResult | (() => SqlResult),
    holder: SqlResult = ok({ x: 'ann@ci, since noon' }),
  ) =>
    withShared((_, question) => {
      const { words } = need('shared');
      if (question === words.tables('shared_db')) return left;
      if (question === words.holder('shared_db')[0]) return holder;
      if (question === words.count(['UM_USER'])) return typeof count === 'function' ? count() : count;
      return no('never', question);
    });
  const withScript = () => {
    const node = nodeFor(ground.topology, 'key-manager');
    ground.write(need('shared').scriptPath(node), script);
  };

  it('is seen with its rows, who began, and the script of the archive', async () => {
    withScript();
    const facts = await inspect(broken(ok({ name: 'UM_USER', counted: 0 })));
    expect(facts.found[0]).toMatchObject({ kind: 'open', script, by: 'ann@ci, since noon' });
    expect(plan(facts)[0]?.summary).toContain(
      'begun by ann@ci, since noon; 1 table of it is dropped first, which holds no more than the script put there',
    );
  });

  it('is seen without what nobody can tell', async () => {
    const facts = await inspect(broken(ok({ name: 'UM_USER', counted: 0 }), no('ER_NO_SUCH_TABLE')));
    expect(facts.found[0]).not.toHaveProperty('by');
    expect(facts.found[0]).not.toHaveProperty('script');
    const unnamed = await inspect(broken(ok({ name: 'UM_USER', counted: 0 }), ok({ x: null })));
    expect(unnamed.found[0]).not.toHaveProperty('by');
    await expect(inspect(broken(ok({ name: 'UM_USER', counted: 0 }), ok()))).resolves.toBeDefined();
  });

  it('is looked at again if a table is gone a moment later, and not for ever', async () => {
    let times = 0;
    const gone = no('ER_NO_SUCH_TABLE', 'no such table');
    const facts = await inspect(broken(() => (++times < 3 ? gone : ok({ name: 'UM_USER', counted: 0 }))));
    expect(facts.found[0]).toMatchObject({ kind: 'open' });
    expect(times).toBe(3);
    times = 0;
    await expect(inspect(broken(() => (++times > 0 ? gone : gone)))).rejects.toThrow(
      'the database server db.example.com:3306 does not answer as it should: ER_NO_SUCH_TABLE: no such table',
    );
    expect(times).toBe(4);
  });

  it('is not counted while somebody is at work in it', async () => {
    const facts = await inspect(
      withShared((_, question) =>
        question === need('shared').words.tables('shared_db')
          ? tables(['UM_USER', loadingMarker], { loading: 1 })
          : question === need('shared').words.holder('shared_db')[0]
            ? ok({ x: 'ann' })
            : no('never', question),
      ),
    );
    expect(plan(facts)[0]?.summary).toBe(
      'wait until the load of shared_db that is under way ends, begun by ann, and see what it leaves to do',
    );
  });
});

describe('a database that its user cannot get into', () => {
  /** What the administrator sees; the user is refused by this code. */
  const closed = (code: string, row: Values, inside: { tables?: SqlResult; note?: SqlResult } = {}) =>
    withShared(({ username, name }, question) => {
      const { words, account, own } = need('shared');
      if (username === 'shared') return no(code, 'not for you');
      if (username !== 'root') return no('never', username);
      if (question === account.survey(own) && name === undefined) return ok(row);
      if (question === words.tables('shared_db') && name === 'shared_db') return inside.tables ?? ok();
      if (question === account.note && name === 'shared_db') return inside.note ?? ok();
      return no('never', question);
    });
  const summaries = async (sql: Answer) => plan(await inspect(sql)).map(({ summary }) => summary);

  it('is made with its user and its tables where neither is there', async () => {
    const facts = await inspect(closed('ER_ACCESS_DENIED_ERROR', { database: 0, account: 0 }));
    const changes = plan(facts);
    expect(changes.map(({ summary }) => summary)).toEqual([
      'create the database shared_db and its user shared',
      'create the tables of shared_db',
    ]);
    const statements = changes[0]?.actions.flatMap((action) => (action.kind === 'sql' ? [action] : [])) ?? [];
    expect(new Set(statements.map((action) => action.database.username))).toEqual(new Set(['root']));
    const texts = statements.map(({ script }) => (script instanceof Secret ? script.reveal() : ''));
    expect(texts).toContainEqual(expect.stringMatching(/^CREATE DATABASE/));
    expect(changes[1]?.actions).toMatchObject([
      {
        kind: 'run',
        command: { user: 'wso2', text: expect.stringMatching(/^test -s .*\/dbscripts\/mysql.sql$/) },
        hint: expect.stringContaining('no script for this type of database'),
      },
      {
        kind: 'converse',
        database: { username: 'shared', name: 'shared_db' },
        reads: { user: 'wso2', text: expect.stringMatching(/^cat .*\/dbscripts\/mysql.sql$/) },
      },
    ]);
  });

  it('keeps the password of a user who was let in', async () => {
    expect(await summaries(closed('ER_BAD_DB_ERROR', { database: 0, account: 1 }))).toEqual([
      'create the database shared_db for the user shared, which exists',
      'create the tables of shared_db',
    ]);
  });

  it('is given to its user with what is in it, which is looked at once he gets in', async () => {
    const row = { database: 1, account: 1 };
    const inside = {
      tables: tables(['UM_USER', 'apim_orchestrate']),
      note: ok({ username: 'shared', nodes: need('shared').own.nodes[0] }),
    };
    expect(await summaries(closed('ER_DBACCESS_DENIED_ERROR', row, inside))).toEqual([
      'give the user shared, which exists, the database shared_db, which exists and holds 1 table (UM_USER)',
    ]);
    expect(await summaries(closed('ER_DBACCESS_DENIED_ERROR', row))).toEqual([
      'give the user shared, which exists, the database shared_db, which exists and is empty',
      'create the tables of shared_db',
    ]);
  });

  it('is asked for again if its user came to be between two looks: another run made it', async () => {
    let times = 0;
    const facts = await inspect(
      withShared(({ username }, question) => {
        if (username === 'root') return ok({ database: 0, account: 1 });
        if (question === need('shared').words.version) return ok();
        times += 1;
        return times === 1 ? no('ER_ACCESS_DENIED_ERROR') : ok();
      }),
    );
    expect(times).toBe(2);
    expect(plan(facts).map(({ summary }) => summary)).toEqual(['create the tables of shared_db']);
  });

  it('is left alone if it is somebody else’s', async () => {
    const row = { database: 1, account: 1, rights: 'orders' };
    await expect(summaries(closed('ER_ACCESS_DENIED_ERROR', row))).rejects.toThrow(
      'the user shared is at db.example.com:3306 already, with another password than the inventory says, and nothing tells that this tool made it; it has rights on orders',
    );
    const inside = {
      tables: tables(['ORDERS', 'apim_orchestrate']),
      note: ok({ username: 'shared', nodes: 'elsewhere' }),
    };
    await expect(summaries(closed('ER_DBACCESS_DENIED_ERROR', row, inside))).rejects.toThrow(
      'the database shared_db is at db.example.com:3306 already, holds 1 table (ORDERS), and nothing tells that this tool made it; shared cannot use it',
    );
  });

  it('is for somebody else to make where the inventory names no administrator', async () => {
    await on({ administrator: undefined });
    const facts = await inspect(withShared(() => no('ER_ACCESS_DENIED_ERROR', 'not for you')));
    expect(facts.found[0]).toEqual({ kind: 'closed', why: 'not for you' });
    expect(() => plan(facts)).toThrow(
      expect.objectContaining({
        cause: 'shared cannot use the database shared_db at db.example.com:3306: not for you',
        hint: expect.stringContaining('give database.administrator in the inventory'),
      }) as Error,
    );
  });

  it('is told if the administrator cannot look, either', async () => {
    const blind = withShared(({ username }) =>
      username === 'root' ? no('ER_ACCESS_DENIED_ERROR', 'nor for root') : no('ER_ACCESS_DENIED_ERROR'),
    );
    await expect(inspect(blind)).rejects.toMatchObject({
      cause: 'root cannot look at db.example.com:3306: ER_ACCESS_DENIED_ERROR: nor for root',
      hint: expect.stringContaining('database.administrator'),
    });
  });
});

describe('a database server that the tool cannot talk to', () => {
  const look = (answers: boolean) =>
    createDatabases.inspect(
      ground.at('km', {}),
      ground.from('km', {
        probe: async ({ host, port }) =>
          answers ? { ok: true } : { ok: false, why: `nobody at ${host}:${port}` },
      }),
    );
  beforeEach(() => on({ type: 'oracle', administrator: undefined }));

  it('is only seen to answer', async () => {
    expect(await look(true)).toEqual({ proven: true, found: [] });
    expect(plan(await look(true))).toEqual([]);
  });

  it('is told if it does not', async () => {
    await expect(look(false)).rejects.toMatchObject({
      cause: 'the database server db.example.com:1521 does not answer: nobody at db.example.com:1521',
      hint: expect.stringContaining('check database.host and database.port'),
    });
  });
});
