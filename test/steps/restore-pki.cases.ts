import { restorePki } from '../../src/steps/restore-pki.ts';
import { savedFile } from '../support/backups.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const at = { topology: await fiveHosts(), at: 'controller' };
const folder = '/srv/backups/20260301T120000Z';
const names = ['ca.pem', 'nodes/gw.pem', 'nodes/gw.key', 'primary.key.kept-12345678'];
const sums = (all: readonly (readonly [string, string])[]) =>
  new Map(all.map(([name, digit]) => [`/srv/apim/pki/${name}`, digit.repeat(64)] as const));
const same = names.map((name) => [name, '1'] as const);

export const step = restorePki({
  id: '20260301T120000Z',
  folder,
  files: [...names.map((name) => savedFile(`pki/${name}`)), savedFile('nodes/gw.tar.gz')],
});
export const command = 'restore';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'the folder is gone: it appears as a whole, what is no certificate for its owner alone',
    facts: { sums: sums([]), there: false },
    plans: {
      'put nodes/gw.key, primary.key.kept-12345678, ca.pem, nodes/gw.pem into /srv/apim/pki': [
        /^run set -e; umask 077\nrm -rf \/srv\/apim\/pki\.restoring\nmkdir -p .*\/srv\/apim\/pki\.restoring\/nodes/,
        `put /srv/apim/pki.restoring/nodes/gw.key 600 (file ${folder}/pki/nodes/gw.key)`,
        `put /srv/apim/pki.restoring/primary.key.kept-12345678 600 (file ${folder}/pki/primary.key.kept-12345678)`,
        `put /srv/apim/pki.restoring/ca.pem 644 (file ${folder}/pki/ca.pem)`,
        `put /srv/apim/pki.restoring/nodes/gw.pem 644 (file ${folder}/pki/nodes/gw.pem)`,
        'run sync; mv -T /srv/apim/pki.restoring /srv/apim/pki',
      ],
    },
  },
  { ...at, when: 'all is there', facts: { sums: sums(same), there: true }, plans: {} },
  {
    ...at,
    when: 'one file is missing, and a key is another: that one is kept aside before it is written over',
    facts: {
      sums: sums([
        ['nodes/gw.pem', '1'],
        ['nodes/gw.key', 'a'],
        ['ca.pem', '1'],
      ]),
      there: true,
    },
    plans: {
      'put nodes/gw.key, primary.key.kept-12345678 into /srv/apim/pki; nodes/gw.key of now stays beside': [
        /^run set -e; umask 077\nmkdir -p \/srv\/apim\/pki /,
        /^run .*\/srv\/apim\/pki\/nodes\/gw\.key \/srv\/apim\/pki\/nodes\/gw\.key\.kept-aaaaaaaa/,
        `put /srv/apim/pki/nodes/gw.key 600 (file ${folder}/pki/nodes/gw.key)`,
        `put /srv/apim/pki/primary.key.kept-12345678 600 (file ${folder}/pki/primary.key.kept-12345678)`,
      ],
    },
  },
];
