import { markSharedDirectories } from '../../src/steps/mark-shared-directories.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, tenHosts } from '../support/topologies.ts';

export const step = markSharedDirectories;

export const cases: readonly StepCase[] = [
  { when: 'nothing is shared', topology: await fiveHosts(), at: 'gw', facts: undefined, plans: {} },
  {
    when: 'directories are shared',
    topology: await tenHosts(),
    at: 'gw1',
    facts: undefined,
    plans: {},
    proves: [/^run \(wso2\) mountpoint -q .*synapse_configs\.gw1/, /^run \(wso2\) .*truststore\.gw1/],
  },
];
