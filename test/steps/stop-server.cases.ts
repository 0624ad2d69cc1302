import { stopServerStep } from '../../src/steps/stop-server.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();

export const step = stopServerStep;

export const cases: readonly StepCase[] = [
  { when: 'no server runs', topology, at: 'gw', facts: { process: undefined }, plans: {} },
  {
    when: 'the server runs',
    topology,
    at: 'gw',
    facts: { process: { pid: 7, startedAt: '1234' } },
    plans: {
      'stop the server in /opt/wso2/gateway': [
        /^run /,
        'wait for the server in /opt/wso2/gateway to stop: its process to end',
      ],
    },
  },
];
