import { finishRestart } from '../../src/steps/finish-restart.ts';
import { caseTime, type StepCase } from '../support/step-cases.ts';
import { tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();
const at = { topology, at: 'controller' };
const restarted = (time: string, name: string) =>
  topology.nodes.filter(({ host }) => host.name === name).map((node) => ({ node, time }));
const now = caseTime.toISOString();
const forgets = (name: string) =>
  `at ${name}: run (wso2) rm -f /opt/wso2/gateway/.apim-orchestrate/restarted`;

export const step = finishRestart;

export const cases: readonly StepCase[] = [
  { when: 'nobody was restarted', ...at, facts: { restarted: [] }, plans: {} },
  {
    when: 'some were restarted',
    ...at,
    facts: { restarted: [...restarted(now, 'gw1'), ...restarted(now, 'gw2')] },
    plans: { 'note that the restart of gw1, gw2 is over': [forgets('gw1'), forgets('gw2')] },
  },
  {
    when: 'this run has carried on what another had begun',
    ...at,
    facts: { restarted: [...restarted('2026-02-28T23:59:00.000Z', 'gw1'), ...restarted(now, 'gw2')] },
    plans: {
      'note that the restart of gw1, gw2 is over; a run that broke off had restarted gw1 at 2026-02-28T23:59:00.000Z':
        [forgets('gw1'), forgets('gw2')],
    },
  },
];
