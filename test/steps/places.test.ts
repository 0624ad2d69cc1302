import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { controller } from '../../src/engine/controller.ts';
import { schedule } from '../../src/engine/schedule.ts';
import type { Host } from '../../src/input/inventory.ts';
import { loadPlaybook } from '../../src/input/playbook.ts';
import { register } from '../../src/steps/index.ts';
import { misplaced } from '../../src/steps/places.ts';
import { fakeHost } from '../support/fake-connection.ts';
import { inventoryFrom, inventoryText, tenEntries, tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();
const hostAt = (members: readonly { readonly host: Host }[]) => {
  const [first] = members;
  if (first === undefined) throw new Error('the sample has none');
  return first.host;
};
const hosts = {
  node: hostAt(topology.nodes),
  balancer: hostAt(topology.balancers),
  other: fakeHost('db1'),
  controller,
};

/** Where each step can be, of these four. */
const places: Record<string, readonly (keyof typeof hosts)[]> = {
  ...Object.fromEntries([...register.keys()].map((name) => [name, ['node']])),
  'issue-certificates': ['controller'],
  'install-balancer': ['balancer'],
  'drain-nodes': ['balancer'],
  'finish-restart': ['controller'],
  'make-next-authority': ['controller'],
  'replace-certificates': ['controller'],
  'withdraw-authority': ['controller'],
  'finish-rotation': ['controller'],
  'make-next-signing-key': ['controller'],
  'switch-signing-key': ['controller'],
  'withdraw-signing-key': ['controller'],
  'finish-signing-key': ['controller'],
  'map-hosts': ['node', 'balancer', 'other'],
  'run-command': ['node', 'balancer', 'other', 'controller'],
  'copy-file': ['node', 'balancer', 'other', 'controller'],
  'wait-for-port': ['node', 'balancer', 'other', 'controller'],
};

describe('a step', () => {
  it.each([...register.values()])('$name says where it belongs', (step) => {
    const fits = Object.entries(hosts).filter(([, host]) => misplaced(step, [host], topology) === undefined);
    expect(fits.map(([place]) => place)).toEqual(places[step.name]);
  });

  it.each([...register.values()].filter(({ at }) => at !== 'any'))('$name needs a deployment', (step) => {
    expect(misplaced(step, Object.values(hosts), undefined)).toContain('needs a deployment');
  });

  it('says where else it is', () => {
    const at = (name: string) => register.get(name) ?? { at: '' };
    expect(misplaced(at('write-config'), Object.values(hosts), topology)).toBe(
      'belongs at components of API Manager, not at lb, db1, controller',
    );
    expect(misplaced(at('issue-certificates'), [hosts.node], topology)).toBe(
      'belongs at the machine that this runs on (hosts: controller), not at km1',
    );
  });
});

describe('a playbook that ships', () => {
  it.each(readdirSync('playbooks'))('%s has every step where it belongs', async (name) => {
    const playbook = await loadPlaybook(`playbooks/${name}`);
    const inventory = await inventoryFrom(inventoryText({ groups: tenEntries() }));
    const options = {
      inventory,
      misplaced: (step: { at: string }, at: readonly Host[]) => misplaced(step, at, topology),
    };
    expect(schedule(playbook, register, options).every((play) => play.hosts.length > 0)).toBe(true);
  });
});
