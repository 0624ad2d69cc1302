import { expect, it } from 'vitest';
import { tlsPeers } from '../../../src/apim/config/tls-peers.ts';
import { fiveHosts, nodeFor, tenHosts } from '../../support/topologies.ts';

it('a node speaks TLS with those of the cluster that its configuration names, each once', async () => {
  const five = await fiveHosts();
  expect(tlsPeers(five, nodeFor(five, 'gateway'))).toEqual([
    { name: 'km.example.com', port: 9443 },
    { name: 'tm.example.com', port: 9443 },
    { name: 'tm.example.com', port: 9711 },
  ]);
});

it('sites of the load balancer are among them, at the port of https where none is written', async () => {
  const ten = await tenHosts();
  const peers = tlsPeers(ten, nodeFor(ten, 'gateway')).map(({ name, port }) => `${name}:${port}`);
  expect(peers.sort()).toEqual([
    'km.example.com:443',
    'tm.example.com:443',
    'tm1.example.com:9711',
    'tm2.example.com:9711',
  ]);
});
