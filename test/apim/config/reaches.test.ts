import { describe, expect, it } from 'vitest';
import { nodesOf } from '../../../src/apim/cluster/topology.ts';
import { balancerReaches, nodeReaches } from '../../../src/apim/config/reaches.ts';
import {
  fiveHosts,
  nodeFor,
  tenHosts,
  topologyOf,
  withKeyManagerElsewhere,
} from '../../support/topologies.ts';

const told = (reaches: ReturnType<typeof nodeReaches>) =>
  reaches.map(({ name, port, standing }) => `${name}:${port}${standing ? ' standing' : ''}`).sort();

describe('what a node has to reach', () => {
  it('is what its configuration names, and its databases, which stand before anything is deployed', async () => {
    const five = await fiveHosts();
    expect(told(nodeReaches(five, nodeFor(five, 'gateway')))).toEqual([
      'db.example.com:3306 standing',
      'km.example.com:9443',
      'tm.example.com:5672',
      'tm.example.com:9443',
      'tm.example.com:9611',
      'tm.example.com:9711',
    ]);
  });

  it('is nothing of itself, nor what is only shown to people', async () => {
    const five = await fiveHosts();
    expect(told(nodeReaches(five, nodeFor(five, 'publisher')))).toEqual([
      'db.example.com:3306 standing',
      'gw.example.com:9443',
      'km.example.com:9443',
      'tm.example.com:5672',
      'tm.example.com:9443',
      'tm.example.com:9611',
      'tm.example.com:9711',
    ]);
    expect(told(nodeReaches(five, nodeFor(five, 'traffic-manager')))).not.toContain('tm.example.com:9443');
  });

  it('is the site of the load balancer where a role has one, and a Key Manager elsewhere', async () => {
    const ten = await tenHosts();
    expect(told(nodeReaches(ten, nodeFor(ten, 'gateway')))).toContain('km.example.com:443');
    const elsewhere = await withKeyManagerElsewhere();
    const [gateway] = nodesOf(elsewhere, 'gateway');
    if (gateway === undefined) throw new Error('the sample has no gateway');
    expect(told(nodeReaches(elsewhere, gateway))).toContain('is.example.com:9443 standing');
  });

  it('is asked for by address where names are written into /etc/hosts', async () => {
    const five = await topologyOf({ apim: { map_hosts: true } });
    const gateway = nodeReaches(five, nodeFor(five, 'gateway'));
    expect(gateway.find(({ name }) => name === 'tm.example.com')?.host).toBe('10.0.0.12');
    expect(gateway.find(({ standing }) => standing)?.host).toBe('db.example.com');
  });
});

it('a load balancer has to reach every port of the nodes behind it', async () => {
  const reached = told(balancerReaches(await tenHosts()));
  expect(reached).toEqual(
    expect.arrayContaining(['gw1.example.com:8243', 'gw2.example.com:8243', 'km2.example.com:9443']),
  );
  expect(new Set(reached).size).toBe(reached.length);
});
