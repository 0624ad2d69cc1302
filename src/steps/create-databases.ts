import { type Node, nodeOf } from '../apim/cluster/topology.ts';
import type { FoundAccount } from '../apim/database/accounts.ts';
import { type DatabaseNeed, databaseNeeds } from '../apim/database/databases.ts';
import {
  type FoundTables,
  furtherQuestion,
  judgeTables,
  readTables,
  type Verdict,
  withRows,
} from '../apim/database/found-tables.ts';
import { refusalOf } from '../apim/database/refusals.ts';
import { oldServer } from '../apim/database/server-versions.ts';
import { databaseAddress, isSpoken } from '../apim/database/urls.ts';
import { type Change, converse, run } from '../engine/plan.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { nothing, step, type World } from './define.ts';
import { loadTables, refusal, whatIsMore } from './load-tables.ts';
import { accountOf, badAnswer, openDatabase } from './open-database.ts';
import { inspectServer, isReady } from './server-state.ts';

/** The tables of a database; where a load broke off, also the archive's script, and who began. */
interface FoundHere {
  readonly tables: FoundTables;
  readonly script?: string;
  readonly by?: string;
}

/** How one database was found. `closed`: the product's own user cannot get in. */
type Found = { readonly version?: string } & (
  | ({ readonly kind: 'open' } & FoundHere)
  | { readonly kind: 'closed'; readonly why: string; readonly account?: FoundAccount }
);

const emptyDatabase: FoundHere = { tables: readTables([]) };

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

  async inspect(spot, asks) {
    const { topology } = spot.world;
    const node = nodeOf(topology, spot.host);
    const state = await inspectServer(spot, asks);
    // A server that became ready with these very settings has proven its databases: nothing to ask.
    if (isReady(node, state)) return { proven: true, found: [] };
    const { database } = topology.settings;
    if (!isSpoken(database.type)) {
      for (const which of ['apim', 'shared'] as const) {
        const { host, port } = databaseAddress(database, which);
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
      databaseNeeds(topology).map((need) => lookAt(need, need.scriptPath(node), node, asks)),
    );
    return { proven: false, found };
  },

  plan({ host, world }, { proven, found }) {
    if (proven) return [];
    const node = nodeOf(world.topology, host);
    return databaseNeeds(world.topology).flatMap((need, index): Change[] => {
      const each = found[index];
      if (each === undefined) return [];
      const tooOld = oldServer(need, each.version);
      if (tooOld !== undefined) throw new StepFailed(tooOld);
      const path = need.scriptPath(node);
      if (each.kind === 'open') return changesOf(need, each, path, node, world);
      const here = each.account?.tables.length === 0 ? emptyDatabase : undefined;
      const open = openDatabase(need, each.why, each.account);
      // Tables of a database that nobody can get into yet are looked at once somebody can.
      return [open, ...(here === undefined ? [] : changesOf(need, here, path, node, world))];
    });
  },
});

function changesOf(need: DatabaseNeed, found: FoundHere, path: string, node: Node, world: World): Change[] {
  const verdict = judgeTables(need, found.tables, found.script);
  if (verdict.kind === 'complete') return [];
  if (verdict.kind === 'half' || verdict.kind === 'mixed' || verdict.kind === 'restoring')
    throw refusal(need, verdict);
  const who = `${world.operator ?? 'somebody'}, through ${node.host.name}`;
  return [
    {
      summary: summaryOf(need, verdict, found),
      actions: [
        run(as(node.user, sh`test -s ${path}`), {
          shown: `find the script ${path}`,
          hint: 'the archive has no script for this type of database',
        }),
        converse({
          database: need.asUser,
          shown: `create the tables of ${need.name}`,
          reads: as(node.user, sh`cat ${path}`),
          talk: (script) => loadTables(need, script, who, path),
        }),
      ],
    },
  ];
}

function summaryOf(
  { name }: DatabaseNeed,
  verdict: Extract<Verdict, { kind: 'load' | 'loading' | 'unknown' | 'unmark' }>,
  { tables, by }: FoundHere,
): string {
  const whose = by === undefined ? '' : `, begun by ${by}`;
  const count = (some: number) => (some === 1 ? '1 table' : `${some} tables`);
  if (verdict.kind === 'loading')
    return `wait until the load of ${name} that is under way ends${whose}, and see what it leaves to do`;
  if (verdict.kind === 'unmark')
    return `remove the marker of an unfinished load from ${name}${whose}: its tables are complete and hold data (${whatIsMore(verdict.data)}); nothing is dropped`;
  const create = `create the tables of ${name}`;
  if (verdict.kind === 'unknown')
    return `${create} (an earlier attempt broke off${whose}; of the ${count(tables.tables.length)} there, those are dropped that hold no more than the script of the archive puts there, which is not here yet)`;
  if (!tables.marked) return create;
  return `${create} (an earlier attempt broke off${whose}; ${verdict.drop.length === 0 ? 'it left no table' : `${count(verdict.drop.length)} of it ${verdict.drop.length === 1 ? 'is' : 'are'} dropped first, which hold${verdict.drop.length === 1 ? 's' : ''} no more than the script put there`})`;
}

/** Looks at the tables as the product's own user; at more than their names only where a load broke off. */
async function lookAt(need: DatabaseNeed, path: string, node: Node, asks: Asks): Promise<Found> {
  const { asUser, words, name } = need;
  for (let times = 0; ; times++) {
    const listed = await asks.sql(asUser, words.tables(name));
    if (!listed.ok) {
      const refused = refusalOf(listed.code);
      if (refused === undefined) throw badAnswer(need, listed);
      const [account, version] = await Promise.all([
        accountOf(need, refused === 'database', asks),
        versionOf(need.asAdministrator, need, asks),
      ]);
      // Somebody may have made the user between these two looks: who asks again is let in then.
      if (times === 0 && account?.user === true && !account.entered && !account.userIsOurs) continue;
      return { kind: 'closed', why: listed.why, ...version, ...(account === undefined ? {} : { account }) };
    }
    const tables = readTables(listed.rows);
    // Where there are tables, the product has its server.
    const version = tables.tables.length > 0 && !tables.marked ? {} : await versionOf(asUser, need, asks);
    if (!tables.marked) return { kind: 'open', tables, ...version };
    const further = furtherQuestion(need, tables);
    const [marker, script, counted] = await Promise.all([
      asks.sql(asUser, words.holder(name)[0] ?? ''),
      asks.there(as(node.user, sh`cat ${path}`)),
      further === undefined ? undefined : asks.sql(asUser, further),
    ]);
    // Tables that are gone a moment later: somebody is at work.
    if (counted?.ok === false && times < 3) continue;
    if (counted?.ok === false) throw badAnswer(need, counted);
    const by = marker.ok ? Object.values(marker.rows[0] ?? {})[0] : undefined;
    return {
      kind: 'open',
      ...version,
      tables: counted === undefined ? tables : withRows(tables, counted.rows),
      ...(script.code === 0 ? { script: script.stdout } : {}),
      ...(typeof by === 'string' ? { by } : {}),
    };
  }
}

/** What the server says that it is, to somebody who gets in. */
async function versionOf(
  database: DatabaseNeed['asAdministrator'],
  { words }: DatabaseNeed,
  asks: Asks,
): Promise<{ readonly version?: string }> {
  const answer = database === undefined ? undefined : await asks.sql(database, words.version);
  return answer?.ok === true ? { version: String(answer.rows[0]?.version) } : {};
}
