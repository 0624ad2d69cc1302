import { optimizeProfileStep } from '../../src/steps/optimize-profile.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const optimized = {
  'optimize /opt/wso2/gateway for the profile gateway-worker': [
    /^run \(wso2\) [\s\S]*profileSetup\.sh[\s\S]*gateway-worker/,
  ],
};

export const step = optimizeProfileStep;

export const cases: readonly StepCase[] = [
  { when: 'it was not optimized yet', topology, at: 'gw', facts: { profile: '' }, plans: optimized },
  { when: 'it is optimized', topology, at: 'gw', facts: { profile: 'gateway-worker' }, plans: {} },
  {
    when: 'it is optimized for another component',
    topology,
    at: 'gw',
    facts: { profile: 'api-publisher' },
    plans: optimized,
  },
  {
    when: 'the server does it at each start',
    topology: await topologyOf({ apim: { optimize: 'starting' } }),
    at: 'gw',
    facts: { profile: '' },
    plans: {},
  },
];
