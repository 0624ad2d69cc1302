import { copyFile } from '../../src/steps/copy-file.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const sum = 'a'.repeat(64);
const params = { from: 'motd', to: '/etc/motd', mode: '0640', user: 'root' };
const copied = { 'copy motd to /etc/motd': ['put (root) /etc/motd 640 (file /srv/apim/motd)'] };
const at = { topology, at: 'km', params };

export const step = copyFile;

export const cases: readonly StepCase[] = [
  { when: 'it is not there', ...at, facts: { wanted: sum, found: '', mode: '' }, plans: copied },
  { when: 'it is there', ...at, facts: { wanted: sum, found: sum, mode: '640' }, plans: {} },
  { when: 'another is there', ...at, facts: { wanted: sum, found: 'b', mode: '640' }, plans: copied },
  { when: 'others may read it', ...at, facts: { wanted: sum, found: sum, mode: '644' }, plans: copied },
  {
    when: 'there is no such file here',
    ...at,
    facts: { wanted: '', found: sum, mode: '640' },
    refuses: /there is no file \/srv\/apim\/motd/,
  },
  {
    when: 'nobody is named',
    topology,
    at: 'km',
    params: { from: 'motd', to: '/etc/motd' },
    facts: { wanted: sum, found: '', mode: '' },
    plans: { 'copy motd to /etc/motd': ['put /etc/motd 644 (file /srv/apim/motd)'] },
  },
];
