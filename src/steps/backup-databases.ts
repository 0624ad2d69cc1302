import { backupFiles } from '../apim/cluster/backup.ts';
import { databaseNeeds, databasePlace } from '../apim/database/databases.ts';
import { type DatabaseProgram, dumpDatabase } from '../apim/database/dump.ts';
import { readTables } from '../apim/database/found-tables.ts';
import { at, receive } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { exists } from '../shell/files.ts';
import { nothing, step } from './define.ts';
import { authorityOf } from './open-database.ts';
import type { BackupPlace } from './prepare-backup.ts';

/** Where a program of the database server was found. */
export interface ProgramAt {
  readonly host: Host;
  readonly program: DatabaseProgram;
}

/** Dumps the databases into the folder of a backup, by the server's own program where it was found. Runs at the controller. */
export function backupDatabases({ partial }: BackupPlace, { host, program }: ProgramAt) {
  return step({
    name: 'backup-databases',
    summary: 'Dump the databases into a backup.',
    at: 'controller',
    params: nothing,

    async inspect({ world }, { here, at: from }) {
      return Promise.all(
        databaseNeeds(world.topology).map(async (need) => {
          const [kept, tables, authority] = await Promise.all([
            here(exists(`${partial}/${backupFiles.database(need.which)}`)),
            from(host).sql(need.asUser, need.words.tables(need.name)),
            authorityOf(need, here),
          ]);
          return { kept: kept.code === 0, tables, authority };
        }),
      );
    },

    plan({ world }, found) {
      return databaseNeeds(world.topology).flatMap((need, index) => {
        const { name, asUser } = need;
        const { kept, tables, authority } = found[index] ?? {};
        if (tables === undefined || kept === true) return [];
        const where = databasePlace(need);
        if (!tables.ok)
          throw new StepFailed({
            cause: `${asUser.username} cannot use the database ${where}: ${tables.why}`,
            hint: 'deploy makes it; --no-databases leaves the databases out',
          });
        const { tables: all, marked, restoring } = readTables(tables.rows);
        if (marked || restoring || all.length === 0)
          throw new StepFailed({
            cause:
              all.length === 0
                ? `there is no table in the database ${where}, so nothing to keep`
                : `the database ${where} is not whole: ${restoring ? 'a restore' : 'a load of its tables'} is under way there, or broke off`,
            hint: 'run deploy, which says what to do; --no-databases leaves the databases out',
          });
        return [
          {
            summary: `dump ${where} by ${program.name} of ${host.name}`,
            actions: at(host, [
              receive({
                ...dumpDatabase(need, program, authority ?? ''),
                shown: `${program.name} of ${name}`,
                path: `${partial}/${backupFiles.database(need.which)}`,
                hint: `it reads as ${asUser.username}, who needs all rights on ${name}; --no-databases leaves the databases out`,
              }),
            ]),
          },
        ];
      });
    },
  });
}
