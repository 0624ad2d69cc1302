import { backupFiles, type Manifest } from '../apim/cluster/backup.ts';
import type { FoundAccount } from '../apim/database/accounts.ts';
import { type DatabaseNeed, databaseNeeds, databasePlace } from '../apim/database/databases.ts';
import { loadDatabase } from '../apim/database/dump.ts';
import { type FoundTables, readTables } from '../apim/database/found-tables.ts';
import { refusalOf } from '../apim/database/refusals.ts';
import { markRestore, restoredNote, restoreQuestion, restoringMarker } from '../apim/database/restores.ts';
import { at, type Change, feed, sql } from '../engine/plan.ts';
import type { AsksThere } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import type { ProgramAt } from './backup-databases.ts';
import { nothing, step } from './define.ts';
import { accountOf, authorityOf, badAnswer, openDatabase } from './open-database.ts';
import type { SoundBackup } from './restore-pki.ts';

/** How a database was found. `closed`: the product's own user cannot get in. */
type Found =
  | { readonly kind: 'open'; readonly tables: FoundTables; readonly of?: string }
  | { readonly kind: 'closed'; readonly why: string; readonly account?: FoundAccount };

/**
 * Loads dumps into databases that are empty, by the server's own program where it was found; makes a database and its user
 * where there is none. What holds tables is never written into, unless they are what a restore that broke off has left.
 * Runs at the controller.
 */
export function restoreDatabases(
  { id, folder }: SoundBackup,
  saved: Manifest['databases'],
  { host, program }: ProgramAt,
) {
  return step({
    name: 'restore-databases',
    summary: 'Load the databases of a backup, where they are empty.',
    at: 'controller',
    params: nothing,

    async inspect({ world }, { here, at: from }) {
      return Promise.all(
        databaseNeeds(world.topology).map(async (need) => {
          const [found, authority] = await Promise.all([lookAt(need, from(host)), authorityOf(need, here)]);
          return { found, authority };
        }),
      );
    },

    plan({ world }, all) {
      const wanted = databaseNeeds(world.topology).flatMap((need, index) => {
        const each = all[index];
        const isSaved = saved.some(({ which }) => which === need.which);
        return each === undefined || !isSaved || isThere(need, each.found, id) ? [] : [{ need, ...each }];
      });
      const who = world.operator ?? 'somebody';
      const openings = wanted.flatMap(({ need, found }): Change[] => {
        if (found.kind === 'open') return [];
        const change = openDatabase(need, found.why, found.account);
        return [{ ...change, actions: at(host, change.actions) }];
      });
      // All of them before any is loaded: until they are whole, no deploy takes one of them for new.
      const marks = wanted.map(
        ({ need }): Change => ({
          summary: `note in ${need.name} that the backup ${id} is being restored there`,
          actions: at(host, [
            sql({
              database: need.asUser,
              shown: `note in ${need.name} what is restored`,
              script: markRestore(need.asUser.type, { backup: id, who }),
            }),
          ]),
        }),
      );
      const loads = wanted.map(({ need, found, authority }): Change => {
        const again = found.kind === 'open' && found.tables.restoring;
        return {
          summary: `load the dump of ${databasePlace(need)} by ${program.name} of ${host.name}${again ? '; what an attempt that broke off has left is replaced' : ''}`,
          actions: at(host, [
            feed({
              ...loadDatabase(need, program, authority),
              path: `${folder}/${backupFiles.database(need.which)}`,
              shown: `${program.name} of ${need.name}`,
              hint: 'mend what it says, and run the same command again: it begins this database anew',
            }),
          ]),
        };
      });
      return [...openings, ...marks, ...loads];
    },
  });
}

/** Whether all of this backup is in a database. Throws `StepFailed` if something else is. */
function isThere(need: DatabaseNeed, found: Found, id: string): boolean {
  if (found.kind === 'closed') {
    const tables = found.account?.tables ?? [];
    if (tables.length > 0) throw notEmpty(need, tables);
    return false;
  }
  const { tables, of } = found;
  if (tables.marked) throw loadingThere(need);
  if (tables.restoring) return false;
  if (tables.restored && of === id) return true;
  if (tables.tables.length === 0) return false;
  throw notEmpty(
    need,
    tables.tables.map(({ name }) => name),
    of,
  );
}

function loadingThere({ name }: DatabaseNeed): StepFailed {
  return new StepFailed({
    cause: `a load of the tables of ${name} is under way, or broke off`,
    hint: `if nobody is at work there, drop the database ${name} and run the same command again`,
  });
}

/** Only the operator can know that nobody needs what is there. */
function notEmpty(need: DatabaseNeed, tables: readonly string[], of?: string): StepFailed {
  const { name } = need;
  const counted =
    tables.length === 1 ? `1 table (${tables[0]})` : `${tables.length} tables (${tables[0]}, …)`;
  return new StepFailed({
    cause: `the database ${databasePlace(need)} is not empty: it holds ${counted}${of === undefined ? '' : `, of the backup ${of}`}; nothing was written into it`,
    hint: `if it is the one to go on with, restore without --databases; if nobody needs it, drop the database ${name} there and run the same command again; or name another database in the inventory`,
  });
}

/** Looks at the tables as the product's own user, and as the administrator where that one cannot get in. */
async function lookAt(need: DatabaseNeed, asks: AsksThere): Promise<Found> {
  const { asUser, words, name } = need;
  const listed = await asks.sql(asUser, words.tables(name));
  if (!listed.ok) {
    const refused = refusalOf(listed.code);
    if (refused === undefined) throw badAnswer(need, listed);
    const account = await accountOf(need, refused === 'database', asks);
    return { kind: 'closed', why: listed.why, ...(account === undefined ? {} : { account }) };
  }
  const tables = readTables(listed.rows);
  if (!tables.restored && !tables.restoring) return { kind: 'open', tables };
  const noted = await asks.sql(asUser, restoreQuestion(tables.restoring ? restoringMarker : restoredNote));
  const of = noted.ok ? noted.rows[0]?.backup : undefined;
  return { kind: 'open', tables, ...(typeof of === 'string' ? { of } : {}) };
}
