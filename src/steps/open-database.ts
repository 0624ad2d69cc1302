import { type FoundAccount, planAccount, readAccount } from '../apim/database/accounts.ts';
import type { DatabaseNeed } from '../apim/database/databases.ts';
import { readTables } from '../apim/database/found-tables.ts';
import type { Database, SqlResult } from '../connection/sql.ts';
import { type Change, sql } from '../engine/plan.ts';
import type { Asks, AsksThere } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { readText } from '../shell/files.ts';

/** What an administrator does so that the product's user gets in. */
export function openDatabase(need: DatabaseNeed, why: string, found: FoundAccount | undefined): Change {
  const { own, asUser, asAdministrator: administrator } = need;
  const place = `${asUser.host}:${asUser.port}`;
  if (administrator === undefined || found === undefined)
    throw new StepFailed({
      cause: `${own.username} cannot use the database ${own.name} at ${place}: ${why}`,
      hint: 'create the database and its user, or give database.administrator in the inventory so that it is done for you',
    });
  const planned = planAccount(need.account, own, found, place, need.adopt);
  if ('cause' in planned) throw new StepFailed(planned);
  const { summary, statements } = planned;
  return {
    summary,
    actions: statements.map((script) =>
      sql({ database: administrator, shown: summary, script, tolerate: need.alreadyThere }),
    ),
  };
}

/** Looks as the administrator, if there is one, at what the product's user cannot get into. */
export async function accountOf(
  { own, account, asAdministrator: administrator, words }: DatabaseNeed,
  entered: boolean,
  asks: Pick<AsksThere, 'sql'>,
): Promise<FoundAccount | undefined> {
  if (administrator === undefined) return undefined;
  const ask = async (question: string, database: Database = administrator) => {
    const answer = await asks.sql(database, question);
    if (answer.ok) return answer.rows;
    throw new StepFailed({
      cause: `${administrator.username} cannot look at ${administrator.host}:${administrator.port}: ${answer.code}: ${answer.why}`,
      hint: 'check database.administrator in the inventory: it needs to see databases and users, and to create them',
    });
  };
  const [row = {}] = await ask(account.survey(own));
  if (Number(row.database) === 0) return readAccount(row, own, { entered, tables: [], note: undefined });
  const inside = { ...administrator, name: own.name };
  const found = readTables(await ask(words.tables(own.name), inside));
  const [noted = {}] = account.note === undefined || !found.noted ? [] : await ask(account.note, inside);
  return readAccount(row, own, {
    entered,
    tables: found.tables.map(({ name }) => name),
    note: 'username' in noted ? { username: String(noted.username), nodes: String(noted.nodes) } : undefined,
  });
}

/** The certificate of the authority that vouches for the server, as the inventory brings it; empty if it brings none. */
export async function authorityOf({ asUser }: DatabaseNeed, here: Asks['here']): Promise<string> {
  const { caFile } = asUser.tls ?? {};
  return caFile === undefined ? '' : (await here(readText(caFile))).stdout;
}

/** What a database server says that is no refusal. */
export function badAnswer(
  { asUser: { host, port } }: Pick<DatabaseNeed, 'asUser'>,
  { code, why }: Extract<SqlResult, { ok: false }>,
): StepFailed {
  return new StepFailed({
    cause: `the database server ${host}:${port} does not answer as it should: ${code}: ${why}`,
    hint: 'check database.host and database.port in the inventory, and that the server accepts connections from this node',
  });
}
