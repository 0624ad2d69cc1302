import { restoreFiles } from '../../src/steps/restore-files.ts';
import { savedFile } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'gw' };
const none = { home: { kind: 'none' }, writable: true };
const home = '/opt/wso2/gateway';
const put = [
  `put (wso2) ${home}.restoring.tar.gz 600 (file /srv/backups/one/nodes/gw.tar.gz)`,
  /^run \(wso2\) set -e; umask 077\n[\s\S]*tar -xzf[\s\S]*mv -T \/opt\/wso2\/gateway\.restoring \/opt\/wso2\/gateway\n/,
];
const summary = `put what the node owned into ${home}, for the archive to come`;

export const step = restoreFiles({
  id: 'one',
  folder: '/srv/backups/one',
  files: [savedFile('nodes/gw.tar.gz')],
});
export const command = 'restore';

export const cases: readonly StepCase[] = [
  { ...at, when: 'nothing stands there', facts: none, plans: { [summary]: put } },
  {
    ...at,
    when: 'the server is fresh: the folder of the homes is made for the run user',
    facts: { ...none, writable: false },
    plans: { [summary]: [/^run \(root\) .*chown wso2/, ...put] },
  },
  {
    ...at,
    when: 'an installation stands there, or what was put back',
    facts: { ...none, home: { kind: 'own' } },
    plans: {},
  },
  { ...at, at: 'km', when: 'the backup has nothing of it', facts: none, plans: {} },
  {
    ...at,
    when: 'what stands there is somebody else’s',
    facts: {
      ...none,
      home: { kind: 'foreign', version: 'WSO2 v3', owner: 'ann', names: [], server: undefined },
    },
    refuses: /holds WSO2 v3, which this tool did not install/,
  },
];
