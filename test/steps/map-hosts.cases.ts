import { mergeHosts } from '../../src/apim/cluster/hosts-file.ts';
import { mapHosts } from '../../src/steps/map-hosts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await topologyOf({ apim: { map_hosts: true } });
const mapped = mergeHosts('127.0.0.1 localhost\n', topology);
const summary = 'map the names of the nodes in /etc/hosts';
const write = (text: string) => [`put (root) /etc/hosts 644 ${JSON.stringify(text)}`];

export const step = mapHosts;

export const cases: readonly StepCase[] = [
  {
    when: 'names come from elsewhere',
    topology: await fiveHosts(),
    at: 'km',
    facts: { text: undefined },
    plans: {},
  },
  {
    when: 'no name is known',
    topology,
    at: 'km',
    facts: { text: '127.0.0.1 localhost\n' },
    plans: { [summary]: write(mapped) },
  },
  { when: 'all names are known', topology, at: 'km', facts: { text: mapped }, plans: {} },
  {
    when: 'one address is another',
    topology,
    at: 'km',
    facts: { text: mapped.replace('10.0.0.15', '10.0.0.99') },
    plans: { [summary]: write(mapped) },
  },
  {
    when: 'somebody has written below our names',
    topology,
    at: 'km',
    facts: { text: `${mapped}10.0.0.99 other\n` },
    plans: {},
  },
];
