import { databasePlace, isSpoken } from '../apim/database-urls.ts';
import { type DatabaseNeed, databaseNeeds, judgeTables } from '../apim/databases.ts';
import { nodeOf } from '../apim/topology.ts';
import type { SqlResult } from '../connection/sql.ts';
import { type Action, type Change, run, sql } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { nothing, step } from './define.ts';
import { inspectServer, isReady } from './server-state.ts';

/** How one database was found. `closed`: the product's own user cannot get in. */
type Found =
  | { readonly kind: 'open'; readonly tables: readonly string[] }
  | { readonly kind: 'closed'; readonly why: string };

/**
 * Creates the databases, their users and their tables, through the node it runs at. Tables that are there are left
 * alone: the vendor's scripts cannot be run twice, and the PostgreSQL ones would erase everything.
 */
export const createDatabases = step({
  name: 'create-databases',
  summary:
    'Create the databases, their users, and the tables of the archive’s own scripts; for servers that it cannot talk to, only see that they answer.',
  at: 'node',
  params: nothing,

  async inspect(site, asks) {
    const { topology } = site.world;
    const state = await inspectServer(site, asks);
    // A server that became ready with these very settings has proven its databases: nothing to ask.
    if (isReady(nodeOf(topology, site.host), state)) return { proven: true, found: [] };
    const { database } = topology.settings;
    if (!isSpoken(database.type)) {
      for (const which of ['apim', 'shared'] as const) {
        const { host, port } = databasePlace(database, which);
        const answer = await asks.probe({ host, port });
        if (!answer.ok)
          throw new StepFailed({
            cause: `the database server ${host}:${port} does not answer: ${answer.why}`,
            hint: 'check database.host and database.port in the inventory, and that the server accepts connections from this node',
          });
      }
      return { proven: true, found: [] };
    }
    const found = await Promise.all(
      databaseNeeds(topology).map(async (need) => tablesOf(await asks.sql(need.asUser, need.tablesQuery))),
    );
    return { proven: false, found };
  },

  plan({ host, world }, { proven, found }) {
    if (proven) return [];
    const node = nodeOf(world.topology, host);
    return databaseNeeds(world.topology).flatMap((need, index): Change[] => {
      const each = found[index];
      if (each === undefined) return [];
      const tables = each.kind === 'open' ? each.tables : [];
      const load = loadTables(need, need.scriptPath(node), node.user, tables);
      if (each.kind === 'closed') return [createDatabase(need, each.why), ...load];
      return load;
    });
  },
});

function createDatabase(need: DatabaseNeed, why: string): Change {
  if (need.asAdministrator === undefined)
    throw new StepFailed({
      cause: `${need.asUser.username} cannot use the database ${need.name} at ${need.asUser.host}:${need.asUser.port}: ${why}`,
      hint: 'create the database and its user, or give database.administrator in the inventory so that it is done for you',
    });
  const administrator = need.asAdministrator;
  return {
    summary: `create the database ${need.name} and its user ${need.asUser.username}`,
    actions: need.creation.map((statement) =>
      sql({
        database: administrator,
        shown: `create the database ${need.name}`,
        script: statement,
        tolerate: need.alreadyThere,
      }),
    ),
  };
}

/**
 * A marker table stands for as long as tables are being made. If a run dies meanwhile, the next one finds the marker,
 * knows that nobody has used these tables yet, and begins again.
 */
function loadTables(
  need: DatabaseNeed,
  scriptPath: string,
  user: string,
  tables: readonly string[],
): Change[] {
  const interrupted = tables.includes(need.loadingMarker);
  const judged = interrupted ? 'empty' : judgeTables(need, tables);
  if (judged === 'complete') return [];
  if (judged === 'half')
    throw new StepFailed({
      cause: `the database ${need.name} holds part of the product’s tables: ${need.missing(tables).join(', ')} ${need.missing(tables).length === 1 ? 'is' : 'are'} missing`,
      hint: `if nobody needs its data, drop the database ${need.name} and run the same command again; otherwise name another database in the inventory`,
    });
  const clear: Action[] = interrupted
    ? [
        sql({
          database: need.asUser,
          shown: `drop the tables of a load that broke off`,
          script: need.dropAll(tables),
        }),
      ]
    : [];
  return [
    {
      summary: `create the tables of ${need.name}${interrupted ? ' (an earlier attempt broke off)' : ''}`,
      actions: [
        run(as(user, sh`test -s ${scriptPath}`), {
          shown: `find the script ${scriptPath}`,
          hint: 'the archive has no script for this type of database',
        }),
        ...clear,
        sql({ database: need.asUser, shown: 'mark the load as begun', script: need.beginLoading }),
        sql({
          database: need.asUser,
          shown: `run ${scriptPath}`,
          script: as(user, sh`cat ${scriptPath}`),
        }),
        sql({ database: need.asUser, shown: 'mark the load as done', script: need.endLoading }),
      ],
    },
  ];
}

function tablesOf(result: SqlResult): Found {
  if (result.ok)
    return { kind: 'open', tables: result.rows.map((row) => String(Object.values(row)[0]).toLowerCase()) };
  if (isClosed(result.code)) return { kind: 'closed', why: result.why };
  throw new StepFailed({
    cause: `the database server does not answer as it should: ${result.code}: ${result.why}`,
    hint: 'check database.host and database.port in the inventory, and that the server accepts connections from this node',
  });
}

/** The codes by which MySQL and PostgreSQL say that a user or a database is not there, or the password is wrong. */
function isClosed(code: string): boolean {
  return [
    'ER_ACCESS_DENIED_ERROR',
    'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
    'ER_DBACCESS_DENIED_ERROR',
    'ER_BAD_DB_ERROR',
    'ER_HOST_NOT_PRIVILEGED',
    '28P01',
    '28000',
    '3D000',
    '42501',
  ].includes(code);
}
