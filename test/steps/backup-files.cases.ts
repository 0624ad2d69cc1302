import { backupFilesOf } from '../../src/steps/backup-files.ts';
import { backupPlace } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'gw' };

export const step = backupFilesOf(backupPlace);
export const command = 'backup';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'an installation of ours stands there',
    facts: { home: { kind: 'own' }, kept: false },
    plans: {
      'keep what /opt/wso2/gateway owns': [
        /^receive \/srv\/backups\/\.partial-abc-20260301T120000Z\/nodes\/gw\.tar\.gz: cd \/opt\/wso2\/gateway [\s\S]*tar -cf -/,
      ],
    },
  },
  { ...at, when: 'it was brought', facts: { home: { kind: 'own' }, kept: true }, plans: {} },
  {
    ...at,
    when: 'nothing is there',
    facts: { home: { kind: 'none' }, kept: false },
    refuses: /nothing in \/opt\/wso2\/gateway, so nothing to keep[\s\S]*--limit/,
  },
  {
    ...at,
    when: 'what is there is somebody else’s',
    facts: {
      home: { kind: 'foreign', version: 'WSO2 v3', owner: 'ann', names: [], server: undefined },
      kept: false,
    },
    refuses: /holds WSO2 v3, which this tool did not install/,
  },
];
