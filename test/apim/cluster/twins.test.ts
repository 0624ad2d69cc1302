import { describe, expect, it } from 'vitest';
import { nodeOf, type Topology } from '../../../src/apim/cluster/topology.ts';
import { twinsOf } from '../../../src/apim/cluster/twins.ts';
import { fiveEntries, fiveHosts, tenHosts, topologyOf } from '../../support/topologies.ts';

function twins(topology: Topology, name: string): string[] {
  const node = topology.nodes.find(({ host }) => host.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return twinsOf(topology, nodeOf(topology, node.host)).map(({ host }) => host.name);
}

describe('the twins of a node', () => {
  it('are the others of its role', async () => {
    const topology = await tenHosts();
    expect(twins(topology, 'km1')).toEqual(['km2']);
    expect(twins(topology, 'gw2')).toEqual(['gw1']);
  });

  it('are none where it is the only one', async () => {
    expect(twins(await fiveHosts(), 'gw')).toEqual([]);
  });

  it('are of its environment, if it is a gateway', async () => {
    const at = (name: string, environment: string) => ({
      ansible_host: `10.0.1.${environment.length}`,
      apim: { hostname: `${name}.example.com`, environment },
    });
    const gateway = { gw1: at('gw1', 'Production'), gw2: at('gw2', 'Sandbox') };
    const apart = await topologyOf({ groups: { ...fiveEntries(), gateway } });
    expect(twins(apart, 'gw1')).toEqual([]);
  });
});
