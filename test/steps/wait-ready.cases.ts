import { waitReady } from '../../src/steps/wait-ready.ts';
import { readyServer } from '../support/server-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const topology = await fiveHosts();
const ready = readyServer(nodeFor(topology, 'key-manager'));
const at = { topology, at: 'km' };
const waits = {
  'wait until km is ready': [
    /^wait for km to be ready: the started line in its log; then https:.*9443/,
    /^run \(wso2\) .*a-print.*ready/s,
  ],
};

export const step = waitReady;

export const cases: readonly StepCase[] = [
  { when: 'it was found ready and has all its ports', ...at, facts: ready, plans: {} },
  { when: 'it was never found ready', ...at, facts: { ...ready, ready: '' }, plans: waits },
  {
    when: 'another process was found ready',
    ...at,
    facts: { ...ready, ready: 'a-print 6 99' },
    plans: waits,
  },
  { when: 'a port is closed', ...at, facts: { ...ready, listening: [9763] }, plans: waits },
  {
    when: 'it is to run with something else',
    ...at,
    facts: { ...ready, running: 'old' },
    plans: { 'wait until km is ready': ['after start-server'] },
  },
  {
    when: 'it is ready, and is to be restarted because somebody asked for it',
    ...at,
    params: { requested: true },
    facts: ready,
    plans: { 'wait until km is ready': ['after start-server'] },
  },
  {
    when: 'it was restarted because somebody asked for it, and is ready',
    ...at,
    params: { requested: true },
    facts: { ...ready, restarted: '2026-03-01T12:00:00.000Z' },
    plans: {},
  },
  {
    when: 'it is ready, and is to be restarted by force',
    ...at,
    params: { forced: true },
    facts: { ...ready, restarted: '2026-03-01T11:00:00.000Z' },
    plans: { 'wait until km is ready': ['after start-server'] },
  },
  {
    when: 'a gateway was never found ready: it keeps a link to a Traffic Manager',
    topology,
    at: 'gw',
    facts: { ...readyServer(nodeFor(topology, 'gateway')), ready: '' },
    plans: {
      'wait until gw is ready': [
        /^wait for gw to be ready: the started line in its log; then https:.*8099, its link to a Traffic Manager, at tm\.example\.com:5672$/,
        /^run \(wso2\) /,
      ],
    },
  },
  { when: 'it does not run', ...at, facts: { ...ready, process: undefined }, plans: waits },
];
