import { describe, expect, it } from 'vitest';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { interruptionsBy } from '../../src/cli/interruptions.ts';
import type { World } from '../../src/steps/define.ts';
import { fiveHosts, tenHosts } from '../support/topologies.ts';

function told(topology: Topology, server: 'start' | 'restart' | 'stop', ...hosts: string[]): string[] {
  const world: World = {
    topology,
    now: new Date(0),
    baseDirectory: '/srv',
    hosts: new Set(topology.nodes.map(({ host }) => host.name)),
  };
  const at = { play: 'p', step: 's', summary: 'it' };
  const changes = hosts.map((host) => ({ type: 'change-planned', ...at, host, server }) as const);
  return interruptionsBy(world, { changes, failures: [] });
}

const namesOf = (topology: Topology) => topology.nodes.map(({ host }) => host.name);

describe('what users notice', () => {
  it('is nothing where servers are started, as in a first deployment', async () => {
    const topology = await fiveHosts();
    expect(told(topology, 'start', ...namesOf(topology))).toEqual([]);
  });

  it('is that the only node of a role is restarted, and only such a one', async () => {
    expect(told(await fiveHosts(), 'restart', 'gw')).toEqual([
      'gw (Gateway) has no twin: nobody serves in its place while it is restarted',
    ]);
    expect(told(await tenHosts(), 'restart', 'gw1', 'gw2')).toEqual([]);
  });

  it('is that a node is stopped in whose place nobody stays', async () => {
    const topology = await tenHosts();
    expect(told(topology, 'stop', 'gw1')).toEqual([]);
    expect(told(topology, 'stop', 'gw1', 'gw2')).toEqual([
      'gw1 (Gateway) is stopped, and nobody serves in its place',
      'gw2 (Gateway) is stopped, and nobody serves in its place',
    ]);
    expect(told(topology, 'stop', ...namesOf(topology))).toEqual([
      'all servers are stopped: nobody is served until start',
    ]);
  });
});
