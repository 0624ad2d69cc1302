import type { DatabaseNeed } from '../apim/database/databases.ts';
import {
  type FoundTables,
  furtherQuestion,
  judgeTables,
  type More,
  readTables,
  type Verdict,
  withRows,
} from '../apim/database/found-tables.ts';
import { loadingMarker } from '../apim/database/words.ts';
import type { Rows } from '../connection/sql.ts';
import type { Sentence, Talk } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';

const minute = 60_000;

/** Longer than a load may take, so that whoever waits for one sees its end. */
const waitMs = 20 * minute;
const scriptMs = 15 * minute;

/**
 * Makes the tables of a database, in one session that holds a lock of its server from before it looks until all is
 * done: whoever comes meanwhile waits. What it does is decided by what it finds then. A marker table stands for as long
 * as tables are being made, and goes in one go with the end of the script.
 */
export function* loadTables(need: DatabaseNeed, script: string, who: string, scriptPath: string): Talk {
  const { words, name } = need;
  yield { shown: `set the limits of a session at ${name}`, sql: words.settle };
  yield {
    shown: `take the lock of ${name}`,
    sql: words.lock(name),
    until: {
      what: `another load of ${name} to end`,
      timeoutMs: waitMs,
      why: words.holder(name),
      hint: 'if nobody is at work there, end that session at the database server: the lock goes with it',
    },
  };
  const verdict = judgeTables(need, yield* look(need), script);
  if (verdict.kind === 'unmark') yield { shown: 'remove the marker', sql: `DROP TABLE ${loadingMarker}` };
  else if (verdict.kind === 'load') {
    if (verdict.drop.length > 0) yield* dropTables(need, script, verdict.drop);
    const { closed } = need.madeBy(script);
    yield { shown: 'mark the load as begun', sql: words.mark({ who, script: scriptPath }) };
    yield {
      shown: `run ${scriptPath}`,
      sql: `${script}${closed ? '' : '\n;'}\nDROP TABLE ${loadingMarker}`,
      timeoutMs: scriptMs,
    };
  } else if (verdict.kind !== 'complete') throw refusal(need, verdict);
  yield { shown: `release the lock of ${name}`, sql: words.unlock(name) };
}

function* dropTables(need: DatabaseNeed, script: string, doomed: readonly string[]): Talk {
  const { words } = need;
  yield { shown: 'keep others from writing', sql: words.freeze(doomed), timeoutMs: 2 * minute };
  // Once more, now that nobody can write into them any more.
  const again = judgeTables(need, yield* look(need), script);
  if (again.kind !== 'load' || again.drop.join() !== doomed.join())
    throw new StepFailed({
      cause: `the tables of ${need.name} changed while they were looked at; nothing was dropped`,
      hint: 'stop whatever writes into this database, and run the same command again',
    });
  yield {
    shown: 'drop the tables of a load that broke off',
    sql: words.drop(doomed, need.madeBy(script).sequences),
    timeoutMs: 5 * minute,
  };
  yield { shown: 'let others write again', sql: words.thaw };
}

function* look(need: DatabaseNeed): Generator<Sentence, FoundTables, Rows> {
  const { words, name } = need;
  const found = readTables(yield { shown: `list the tables of ${name}`, sql: words.tables(name) });
  const further = furtherQuestion(need, found);
  if (further === undefined) return found;
  return withRows(found, yield { shown: 'count their rows', sql: further, timeoutMs: 2 * minute });
}

/** Why nothing is done about tables like these. */
export function refusal(
  { name }: DatabaseNeed,
  verdict: Extract<Verdict, { kind: 'half' | 'mixed' | 'loading' | 'unknown' | 'restoring' }>,
): StepFailed {
  if (verdict.kind === 'restoring')
    return new StepFailed({
      cause: `a restore of the database ${name} broke off, or is under way: not all of its rows are there`,
      hint: 'run the same restore again, with --databases: it carries on; then run this command again',
    });
  if (verdict.kind === 'half')
    return new StepFailed({
      cause: `the database ${name} holds part of the product’s tables: ${verdict.missing.join(', ')} ${verdict.missing.length === 1 ? 'is' : 'are'} missing`,
      hint: `if nobody needs its data, drop the database ${name} and run the same command again; otherwise name another database in the inventory`,
    });
  if (verdict.kind !== 'mixed')
    return new StepFailed({ cause: `the tables of ${name} are being made by somebody else` });
  const { missing, all, more, short } = verdict;
  return new StepFailed({
    cause: [
      `a load of the database ${name} broke off, and what is there is more than its script put there`,
      whatIsMore(more),
      missing.length === 0
        ? undefined
        : `of its ${all} tables ${several(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`,
      short.length === 0 ? undefined : `rows of the script are missing in ${several(short)}`,
    ]
      .filter((part) => part !== undefined)
      .join('; '),
    hint: `nothing was dropped. If the data is needed, take a backup, add what is missing by hand, and drop the table ${loadingMarker}; if nobody needs it, drop the database ${name} and run the same command again`,
  });
}

/** `UM_USER (3 rows), AM_API (1 row) and 4 more`. */
export function whatIsMore(more: readonly More[]): string {
  return several(more.map(({ what }) => what));
}

function several(words: readonly string[]): string {
  const shown = words.slice(0, 5).join(', ');
  return words.length <= 5 ? shown : `${shown} and ${words.length - 5} more`;
}
