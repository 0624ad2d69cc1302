import { checkSharedDirectories } from '../../src/steps/check-shared-directories.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();

/** This step plans nothing: what it is there for is what it tries out at every run. */
export const step = checkSharedDirectories;

export const cases: readonly StepCase[] = [
  {
    when: 'nothing is shared',
    topology: await fiveHosts(),
    at: 'gw',
    facts: { written: undefined },
    plans: {},
    proves: [],
  },
  {
    when: 'a gateway shares with its twin',
    topology,
    at: 'gw1',
    facts: { written: undefined },
    plans: {},
    proves: [
      /^wait for what the others wrote into nas\.example\.com:\/apim: the file of gw2 in /,
      /^wait for what the others wrote into nas\.example\.com:\/apim: the file of gw2 in /,
    ],
  },
  {
    when: 'the twin is not in this run',
    topology,
    at: 'gw1',
    hosts: ['gw1'],
    facts: { written: undefined },
    plans: {},
    proves: [],
  },
  {
    when: 'the twin has written the truststore of both',
    topology,
    at: 'gw2',
    facts: { written: { by: 'gw1', sum: 'abc' } },
    plans: {},
    proves: [
      /the file of gw1 in /,
      /the file of gw1 in /,
      /^wait for the truststore that gw1 has written: .* as it is at gw1$/,
    ],
  },
  {
    when: 'a role shares nothing',
    topology,
    at: 'pub1',
    facts: { written: undefined },
    plans: {},
    proves: [],
  },
];
