import { prepareBackup } from '../../src/steps/prepare-backup.ts';
import { backupPlace } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };
const whole = { done: false, old: [], files: 14, primary: true };
const copy = [
  /^run set -e; umask 077\n[\s\S]*mkdir \S+partial\S+ \S+\/nodes \S+\/databases\n[\s\S]*cp -RL \/srv\/apim\/pki \S+\/pki\.copied\n[\s\S]*go-rwx[\s\S]*mv -T/,
];

export const step = prepareBackup(backupPlace);
export const command = 'backup';

export const cases: readonly StepCase[] = [
  { ...at, when: 'nothing is there', facts: whole, plans: { 'keep /srv/apim/pki (14 files)': copy } },
  { ...at, when: 'it was copied', facts: { ...whole, done: true }, plans: {} },
  {
    ...at,
    when: 'a backup of this cluster broke off: what it left goes first',
    facts: { ...whole, old: ['.partial-abc-20260228T000000Z'] },
    plans: {
      'remove what a backup that broke off has left in /srv/backups': [
        'run rm -rf /srv/backups/.partial-abc-20260228T000000Z',
      ],
      'keep /srv/apim/pki (14 files)': copy,
    },
  },
  {
    ...at,
    when: 'the shared key is not here, so that nothing could be brought back',
    facts: { ...whole, files: 3, primary: false },
    refuses: /pki\/primary\.key is not there[\s\S]*pki recover/,
  },
  {
    ...at,
    when: 'one file is all that there is',
    facts: { ...whole, files: 1 },
    plans: { 'keep /srv/apim/pki (1 file)': copy },
  },
];
