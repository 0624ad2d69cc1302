import { finishRestart } from '../../src/steps/finish-restart.ts';
import type { StepCase } from '../support/step-cases.ts';
import { tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();
const at = { topology, at: 'controller' };
const nodes = topology.nodes.filter(({ host }) => host.name.startsWith('gw'));

export const step = finishRestart;

export const cases: readonly StepCase[] = [
  { when: 'nobody was restarted', ...at, facts: { restarted: [] }, plans: {} },
  {
    when: 'some were restarted',
    ...at,
    facts: { restarted: nodes },
    plans: {
      'note that the restart of gw1, gw2 is over': [
        'at gw1: run (wso2) rm -f /opt/wso2/gateway/.apim-orchestrate/restarted',
        'at gw2: run (wso2) rm -f /opt/wso2/gateway/.apim-orchestrate/restarted',
      ],
    },
  },
];
