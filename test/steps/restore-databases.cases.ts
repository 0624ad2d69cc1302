import { readTables } from '../../src/apim/database/found-tables.ts';
import { restoredNote, restoringMarker } from '../../src/apim/database/restores.ts';
import { loadingMarker } from '../../src/apim/database/words.ts';
import { restoreDatabases } from '../../src/steps/restore-databases.ts';
import { programAt } from '../support/backups.ts';
import { commonSettings } from '../support/deployments.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };
const administered = { ...at, topology: await topologyOf({ apim: { database: commonSettings().database } }) };

function open(names: readonly string[], of?: string) {
  const tables = readTables(names.map((name) => ({ name, kind: 'table', readable: 1 })));
  return { found: { kind: 'open', tables, ...(of === undefined ? {} : { of }) }, authority: '' };
}
const empty = open([]);
const done = open(['UM_USER', restoredNote], 'one');
const account = {
  database: false,
  user: false,
  entered: false,
  tables: [] as string[],
  databaseIsOurs: false,
  userIsOurs: false,
  rights: [],
};
const closed = (tables: string[] = []) => ({
  found: {
    kind: 'closed',
    why: 'Access denied',
    account: { ...account, database: tables.length > 0, tables },
  },
  authority: '',
});
const mark = (user: string, name: string) => [
  `at km: sql ${user}@db.example.com/${name} note in ${name} what is restored`,
];
const load = (which: string, name: string) => [
  new RegExp(
    `^at km: feed /srv/backups/one/databases/${which}\\.sql\\.gz to [\\s\\S]*\\| mariadb --defaults-file=/dev/fd/3 ${name}$`,
  ),
];
const both = {
  'note in shared_db that the backup one is being restored there': mark('shared', 'shared_db'),
  'note in apim_db that the backup one is being restored there': mark('apim', 'apim_db'),
  'load the dump of shared_db at db.example.com:3306 by mariadb of km': load('shared', 'shared_db'),
  'load the dump of apim_db at db.example.com:3306 by mariadb of km': load('apim', 'apim_db'),
};

export const step = restoreDatabases(
  { id: 'one', folder: '/srv/backups/one', files: [] },
  [
    { which: 'shared', name: 'shared_db', type: 'mysql' },
    { which: 'apim', name: 'apim_db', type: 'mysql' },
  ],
  programAt('mariadb'),
);
export const command = 'restore';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'both are empty: both are marked before one is loaded',
    facts: [empty, empty],
    plans: both,
  },
  { ...at, when: 'both were restored from this backup', facts: [done, done], plans: {} },
  {
    ...administered,
    when: 'there is none: they are made first',
    facts: [closed(), done],
    plans: {
      'create the database shared_db and its user sharedadmin': [
        /^at km: sql root@db/,
        /^at km: sql root@db/,
        /^at km: sql root@db/,
        /^at km: sql root@db/,
        /^at km: sql root@db/,
      ],
      'note in shared_db that the backup one is being restored there': mark('sharedadmin', 'shared_db'),
      'load the dump of shared_db at db.example.com:3306 by mariadb of km': load('shared', 'shared_db'),
    },
  },
  {
    ...at,
    when: 'a restore broke off in one: it is begun anew, and the other is left as it is',
    facts: [done, open(['AM_API', restoringMarker], 'one')],
    plans: {
      'note in apim_db that the backup one is being restored there': mark('apim', 'apim_db'),
      'load the dump of apim_db at db.example.com:3306 by mariadb of km; what an attempt that broke off has left is replaced':
        load('apim', 'apim_db'),
    },
  },
  {
    ...at,
    when: 'one holds tables',
    facts: [empty, open(['AM_API'])],
    refuses:
      /apim_db at db\.example\.com:3306 is not empty: it holds 1 table \(AM_API\); nothing was written into it[\s\S]*without --databases/,
  },
  {
    ...at,
    when: 'another backup was restored there',
    facts: [open(['UM_USER', 'UM_ROLE', restoredNote], 'two'), empty],
    refuses: /shared_db .* holds 2 tables \(UM_USER, …\), of the backup two;/,
  },
  {
    ...administered,
    when: 'it holds tables, and its user cannot get in',
    facts: [closed(['UM_USER']), empty],
    refuses: /shared_db .* is not empty/,
  },
  {
    ...at,
    when: 'somebody makes its tables',
    facts: [open([loadingMarker]), empty],
    refuses: /a load of the tables of shared_db is under way, or broke off/,
  },
  {
    ...at,
    when: 'its user cannot get in, and nobody is there to make it',
    facts: [{ found: { kind: 'closed', why: 'Access denied' }, authority: '' }, empty],
    refuses: /shared cannot use the database shared_db .*: Access denied[\s\S]*database\.administrator/,
  },
];
