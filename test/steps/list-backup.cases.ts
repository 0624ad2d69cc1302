import { listBackup } from '../../src/steps/list-backup.ts';
import { backupPlace } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };

export const step = listBackup(backupPlace);
export const command = 'backup';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'they are not listed',
    facts: false,
    plans: {
      'list its files with their checksums': [
        /^run set -e; umask 077\ncd \S+\n[\s\S]*sha256sum[\s\S]*mv \.files\.new \S+\/\.files$/,
      ],
    },
  },
  { ...at, when: 'they are', facts: true, plans: {} },
];
