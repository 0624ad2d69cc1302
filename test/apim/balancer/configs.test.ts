import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haproxyConfig } from '../../../src/apim/balancer/haproxy.ts';
import type { BalancerModel } from '../../../src/apim/balancer/model.ts';
import { nginxConfig } from '../../../src/apim/balancer/nginx.ts';
import { balancerModel } from '../../../src/apim/config/balancer-model.ts';
import { balancer, tenHosts } from '../../support/topologies.ts';

const model = balancerModel(await tenHosts({ hardening: {} }), { drained: ['gw2'], resting: [] });
const writers = [
  ['nginx.conf', nginxConfig],
  ['haproxy.cfg', haproxyConfig],
] as const;

describe('a balancer', () => {
  it.each(writers)('has the reviewed %s', async (name, write) => {
    await expect(write(model)).toMatchFileSnapshot(`../golden/balancer/${name}`);
  });

  it('listens where its addresses say, and sends the others from port 80 to TLS', () => {
    expect(
      model.listeners.map(({ port, tls, sites, redirects }) => [port, tls, sites.length, redirects.length]),
    ).toEqual([
      [80, false, 1, 5],
      [443, true, 6, 0],
      [8099, true, 1, 0],
      [9099, false, 1, 0],
    ]);
  });

  it('sends to the port of each node, whatever its offset', async () => {
    const moved = balancerModel(await tenHosts({}, (name) => (name === 'pub2' ? { offset: 7 } : {})));
    const nodes = moved.upstreams.find(({ name }) => name === 'publisher')?.nodes;
    expect(nodes?.map(({ hostname, port }) => `${hostname}:${port}`)).toEqual([
      'pub1.example.com:9443',
      'pub2.example.com:9450',
    ]);
  });

  it('knows who keeps a session, and where', () => {
    expect(Object.fromEntries(model.upstreams.map(({ name, affinity }) => [name, affinity]))).toEqual({
      key_manager: 'client',
      traffic_manager: 'client',
      publisher: 'browser',
      devportal: 'browser',
      gateway_https: 'none',
      gateway_http: 'none',
      gateway_wss: 'none',
      gateway_ws: 'none',
      gateway_management: 'client',
    });
  });

  it('has a place of its own for each environment', async () => {
    const two = await tenHosts(
      {
        load_balancer: { ...balancer, gateway: undefined },
        environments: {
          Europe: { gateway: { https: 'https://eu.example.com' } },
          America: { gateway: { https: 'https://us.example.com' } },
        },
      },
      (name) =>
        name === 'gw1' ? { environment: 'Europe' } : name === 'gw2' ? { environment: 'America' } : {},
    );
    const api = balancerModel(two).upstreams.filter(({ name }) => name.startsWith('gateway_https'));
    expect(
      api.map(({ name, serverName, nodes }) => [name, serverName, nodes.map((node) => node.name)]),
    ).toEqual([
      ['gateway_https', 'eu.example.com', ['gw1']],
      ['gateway_https_2', 'us.example.com', ['gw2']],
    ]);
  });

  it('sends nothing to a drained node that is alone in its pool', () => {
    const [upstream] = model.upstreams;
    const [node] = upstream?.nodes ?? [];
    if (upstream === undefined || node === undefined) throw new Error('there is no node');
    const lone = (drained: boolean) =>
      nginxConfig({ ...model, upstreams: [{ ...upstream, nodes: [{ ...node, drained }] }], listeners: [] });
    expect(lone(true)).toContain('server km1.example.com:9443 max_fails=0 down; # km1');
    expect(lone(false)).toContain('server km1.example.com:9443 max_fails=0; # km1');
  });

  it('has nothing to do without addresses', async () => {
    const none: BalancerModel = balancerModel(
      await tenHosts().then((topology) => ({ ...topology, nodes: [] })),
    );
    expect(none).toEqual({ listeners: [], upstreams: [] });
  });
});

describe('the program itself', () => {
  it.each(writers)('finds no fault with %s', (name, write) => {
    const folder = mkdtempSync(join(tmpdir(), 'balancer-'));
    try {
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          join(folder, 'key'),
          '-out',
          join(folder, 'ca.pem'),
          '-days',
          '2',
          '-subj',
          '/CN=x',
        ],
        { stdio: 'ignore' },
      );
      execFileSync('sh', ['-c', 'cat ca.pem key > site.pem'], { cwd: folder });
      const text = write(model)
        .replaceAll('/etc/apim-orchestrate/balancer', folder)
        .replaceAll(/\/(var\/log|var\/lib|run)\/apim-balancer/g, folder)
        // No name server knows these.
        .replaceAll(/\w+\.example\.com:/g, '127.0.0.1:');
      const file = join(folder, name);
      writeFileSync(file, text);
      const [program, ...words] =
        name === 'nginx.conf' ? ['nginx', '-q', '-t', '-c', file] : ['haproxy', '-q', '-c', '-f', file];
      execFileSync(program ?? '', words, { env: { PATH: `${process.env.PATH}:/usr/sbin` }, stdio: 'pipe' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
