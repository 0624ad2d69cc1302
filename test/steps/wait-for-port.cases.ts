import { waitForPort } from '../../src/steps/wait-for-port.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();

export const step = waitForPort;

export const cases: readonly StepCase[] = [
  { when: 'it is open', topology, at: 'km', params: { port: 9443 }, facts: { open: true }, plans: {} },
  {
    when: 'it is closed',
    topology,
    at: 'km',
    params: { port: 3306, host: 'db.example.com' },
    facts: { open: false },
    plans: { 'wait for db.example.com:3306': ['wait for db.example.com:3306: a connection'] },
  },
];
