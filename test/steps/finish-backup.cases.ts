import type { Manifest } from '../../src/apim/cluster/backup.ts';
import { finishBackup } from '../../src/steps/finish-backup.ts';
import { backupPlace, savedFile } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };

export const step = finishBackup(backupPlace, (files) => ({ files }) as unknown as Manifest);
export const command = 'backup';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'all was brought: what is there is written down before it gets its name',
    facts: { done: false, files: [savedFile('pki/ca.key')] },
    plans: {
      'name it /srv/backups/20260301T120000Z': [
        /^put \S+\.partial-abc-20260301T120000Z\/manifest\.json 600 .*pki\/ca\.key.*1111/,
        /^put \S+\.partial-abc-20260301T120000Z\/manifest\.json\.sha256 600 "[0-9a-f]{64} {2}manifest\.json\\n"$/,
        /^run if test -e \/srv\/backups\/20260301T120000Z; [\s\S]*exit 1; fi\nrm -f \S+\/\.files; sync; mv -T \S+\.partial-abc-20260301T120000Z \/srv\/backups\/20260301T120000Z/,
      ],
    },
  },
  { ...at, when: 'it has its name', facts: { done: true, files: [] }, plans: {} },
];
