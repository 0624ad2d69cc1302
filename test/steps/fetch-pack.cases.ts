import { fetchPack } from '../../src/steps/fetch-pack.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, oneHost } from '../support/topologies.ts';

const topology = await fiveHosts();
const { sha256 } = topology.settings.pack;
const empty = {
  pack: '',
  broken: false,
  home: { kind: 'none' },
  cached: false,
  writable: true,
  running: false,
  open: [],
  authority: '',
  unpacked: '',
};
const at = { topology, at: 'gw' };
const bring = 'bring the archive of API Manager 3.2.0 to /opt/wso2/.packs';
const fetched = [
  /^run \(wso2\) .*mkdir/,
  /^run \(wso2\) .*mkdir/,
  new RegExp(`^put \\(wso2\\) /opt/wso2/.packs/${sha256}.zip 644`),
  new RegExp(`^run \\(wso2\\) .*${sha256}`, 's'),
];

/** Nodes of one server, which keep the archive in one place. */
async function onOneServer(): Promise<StepCase[]> {
  const one = await oneHost();
  return [
    {
      when: 'it is the first of its server',
      topology: one,
      at: 'km',
      facts: empty,
      plans: { [bring]: fetched },
    },
    { when: 'another of its server brings it', topology: one, at: 'gw', facts: empty, plans: {} },
    {
      when: 'the others of its server are left out',
      topology: one,
      at: 'gw',
      hosts: ['gw'],
      facts: empty,
      plans: { [bring]: fetched },
    },
  ];
}

export const step = fetchPack;

export const cases: readonly StepCase[] = [
  { when: 'nothing is there', ...at, facts: empty, plans: { [bring]: fetched } },
  {
    when: 'its user cannot make the folder',
    ...at,
    facts: { ...empty, writable: false },
    plans: { [bring]: [/^run \(root\) /, ...fetched] },
  },
  ...(await onOneServer()),
  { when: 'the archive is there', ...at, facts: { ...empty, cached: true }, plans: {} },
  {
    when: 'it was unpacked and waits to be switched to',
    ...at,
    facts: { ...empty, unpacked: sha256 },
    plans: {},
  },
  { when: 'it is installed', ...at, facts: { ...empty, pack: sha256, home: { kind: 'own' } }, plans: {} },
  {
    when: 'another one is installed',
    ...at,
    facts: { ...empty, pack: 'f'.repeat(64), home: { kind: 'own' } },
    plans: { [bring]: fetched },
  },
  {
    when: 'it broke off while it was optimized',
    ...at,
    facts: { ...empty, pack: sha256, home: { kind: 'own' }, broken: true },
    plans: { [bring]: fetched },
  },
  {
    when: 'somebody else’s home stands there',
    ...at,
    facts: { ...empty, home: { kind: 'foreign', version: '', owner: 'x', names: [], server: undefined } },
    refuses: /something that this tool did not put there/,
  },
];
