import { restoringMarker } from '../../src/apim/database/restores.ts';
import { loadingMarker } from '../../src/apim/database/words.ts';
import { backupDatabases } from '../../src/steps/backup-databases.ts';
import { backupPlace, programAt } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };
const tables = (...names: string[]) => ({
  ok: true,
  rows: names.map((name) => ({ name, kind: 'table', readable: 1 })),
});
const sound = { kept: false, tables: tables('UM_USER'), authority: '' };
const kept = { ...sound, kept: true };
const dump = (which: string, name: string) =>
  new RegExp(
    `^at km: receive /srv/backups/\\.partial-abc-20260301T120000Z/databases/${which}\\.sql\\.gz: [\\s\\S]*exec mariadb-dump --defaults-file=/dev/fd/3 .* ${name}$`,
  );

export const step = backupDatabases(backupPlace, programAt('mariadb-dump'));
export const command = 'backup';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'both hold tables',
    facts: [sound, sound],
    plans: {
      'dump shared_db at db.example.com:3306 by mariadb-dump of km': [dump('shared', 'shared_db')],
      'dump apim_db at db.example.com:3306 by mariadb-dump of km': [dump('apim', 'apim_db')],
    },
  },
  {
    ...at,
    when: 'one was dumped',
    facts: [kept, sound],
    plans: { 'dump apim_db at db.example.com:3306 by mariadb-dump of km': [dump('apim', 'apim_db')] },
  },
  { ...at, when: 'both were dumped', facts: [kept, kept], plans: {} },
  {
    ...at,
    when: 'its user cannot get in',
    facts: [{ ...sound, tables: { ok: false, code: 'X', why: 'Access denied' } }, sound],
    refuses: /shared cannot use the database shared_db at db\.example\.com:3306: Access denied/,
  },
  {
    ...at,
    when: 'it is empty',
    facts: [{ ...sound, tables: tables() }, sound],
    refuses: /there is no table in the database shared_db/,
  },
  {
    ...at,
    when: 'its tables are being made',
    facts: [sound, { ...sound, tables: tables('AM_API', loadingMarker) }],
    refuses: /apim_db at .* is not whole: a load of its tables is under way there, or broke off/,
  },
  {
    ...at,
    when: 'another backup is being loaded into it',
    facts: [sound, { ...sound, tables: tables('AM_API', restoringMarker) }],
    refuses: /apim_db at .* is not whole: a restore is under way there, or broke off/,
  },
];
