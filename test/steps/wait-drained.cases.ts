import { waitDrained } from '../../src/steps/wait-drained.ts';
import { soundBalancer, behindNginx as topology } from '../support/balancer-facts.ts';
import { oldServer } from '../support/server-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const old = oldServer(nodeFor(topology, 'gateway'));
const facts = { state: old, balancers: [await soundBalancer([], ['gw1'])], missing: [] };
const at = { topology, at: 'gw1' };
const waits = ['at lb: wait for gw1 to finish what is in flight: what lb had sent to it'];

/** This step plans nothing: what it is there for is what it tries out at every run. */
export const step = waitDrained;

export const cases: readonly StepCase[] = [
  { when: 'it was drained for its restart', ...at, facts, plans: {}, proves: waits },
  {
    when: 'it was drained by hand',
    ...at,
    facts: { ...facts, balancers: [await soundBalancer(['gw1'])] },
    plans: {},
    proves: waits,
  },
  {
    when: 'nobody drained it',
    ...at,
    facts: { ...facts, balancers: [await soundBalancer([])] },
    plans: {},
    proves: [],
  },
  {
    when: 'it is not to be restarted',
    ...at,
    facts: { ...facts, state: { ...old, running: 'a-print' } },
    plans: {},
    proves: [],
  },
  {
    when: 'it does not run',
    ...at,
    facts: { ...facts, state: { ...old, process: undefined } },
    plans: {},
    proves: [],
  },
  {
    when: 'there is no balancer',
    topology: await fiveHosts(),
    at: 'gw',
    facts: { ...facts, balancers: [] },
    plans: {},
    proves: [],
  },
];
