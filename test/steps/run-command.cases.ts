import { runCommand } from '../../src/steps/run-command.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const params = { command: 'install-it\nand-more', unless: 'is-there' };

export const step = runCommand;

export const cases: readonly StepCase[] = [
  { when: 'its work is done', topology, at: 'km', params, facts: { done: true }, plans: {} },
  {
    when: 'its work is not done',
    topology,
    at: 'km',
    params,
    facts: { done: false },
    plans: { 'run install-it': ['run install-it\nand-more'] },
  },
  {
    when: 'somebody else is to run it',
    topology,
    at: 'km',
    params: { ...params, user: 'root' },
    facts: { done: false },
    plans: { 'run install-it': ['run (root) install-it\nand-more'] },
  },
];
