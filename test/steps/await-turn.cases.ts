import { awaitTurn } from '../../src/steps/await-turn.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();
const { sha256 } = topology.settings.pack;
const older = {
  pack: 'f'.repeat(64),
  broken: false,
  home: { kind: 'own' },
  cached: true,
  writable: true,
  running: true,
  open: [],
  authority: '',
  unpacked: '',
};
const at = { topology, at: 'gw1' };
const turn = { 'replace the archive in /opt/wso2/gateway when its turn has come': ['after install-pack'] };

export const step = awaitTurn;

export const cases: readonly StepCase[] = [
  { when: 'it serves with another archive', ...at, facts: older, plans: turn },
  { when: 'its twin is not in the run', ...at, hosts: ['gw1'], facts: older, plans: turn },
  { when: 'it runs with the wanted one', ...at, facts: { ...older, pack: sha256 }, plans: {} },
  { when: 'it does not run', ...at, facts: { ...older, running: false }, plans: {} },
  { when: 'nothing is there', ...at, facts: { ...older, home: { kind: 'none' } }, plans: {} },
  { when: 'it has no twin', topology: await fiveHosts(), at: 'gw', facts: older, plans: {} },
];
