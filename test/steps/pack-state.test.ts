import { describe, expect, it } from 'vitest';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import {
  fetchArchive,
  goesByItself,
  makeFolders,
  type PackFacts,
  packDue,
  refuseTogether,
} from '../../src/steps/pack-state.ts';
import { caseTime, lineOf } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, tenHosts, topologyOf } from '../support/topologies.ts';

const sha256 = '0'.repeat(64);
const own: PackFacts = {
  pack: sha256,
  broken: false,
  home: { kind: 'own' },
  cached: true,
  writable: true,
  running: true,
  open: [],
  authority: '',
  unpacked: '',
};
const nothing: PackFacts = { ...own, pack: '', home: { kind: 'none' }, running: false };

const worldOf = (topology: Topology, hosts = topology.nodes.map(({ host }) => host.name)) => ({
  topology,
  now: caseTime,
  baseDirectory: '/srv/apim',
  hosts: new Set(hosts),
});

describe('what a home needs to be of the wanted archive', async () => {
  const five = await fiveHosts();

  it.each<[string, PackFacts, string]>([
    ['it is', own, 'nothing'],
    ['it is of another', { ...own, pack: 'f'.repeat(64) }, 'install'],
    ['its optimizer broke off', { ...own, broken: true }, 'install'],
    ['there is none', nothing, 'install'],
    ['it waits to be switched to', { ...nothing, unpacked: sha256 }, 'switch'],
    ['another waits to be switched to', { ...nothing, unpacked: 'f'.repeat(64) }, 'install'],
    ['it waits, and another is there', { ...own, pack: 'f'.repeat(64), unpacked: sha256 }, 'install'],
  ])('if %s', (_what, facts, wanted) => {
    expect(packDue(worldOf(five), nodeFor(five, 'gateway'), facts)).toBe(wanted);
  });
});

describe('a pair that serves', async () => {
  const ten = await tenHosts();
  const older = { ...own, pack: 'f'.repeat(64) };
  const byItself = (topology: Topology, facts: PackFacts) =>
    goesByItself(worldOf(topology), topology.nodes.at(-2) ?? nodeFor(topology, 'gateway'), facts);

  it('has its archive replaced one node at a time', () => {
    expect(byItself(ten, older)).toBe(true);
    expect(byItself(ten, own)).toBe(false);
    expect(byItself(ten, { ...older, running: false })).toBe(false);
  });

  it('is never stopped together for it; a playbook that would is told how to go one by one', () => {
    const gw1 = ten.nodes.find(({ host }) => host.name === 'gw1') ?? nodeFor(ten, 'gateway');
    expect(() => refuseTogether(worldOf(ten), gw1)).toThrow(
      expect.objectContaining({
        cause:
          '/opt/wso2/gateway holds another archive than the inventory names, and gw1 and gw2 would be stopped together to replace it',
        hint: expect.stringContaining('install-pack: { in_turn: true }'),
      }) as Error,
    );
    expect(() => refuseTogether(worldOf(ten, ['gw1', 'km1', 'km2']), gw1)).not.toThrow();
  });

  it('is no pair if its nodes are of two environments', async () => {
    const groups = {
      key_manager: { km: { ansible_host: '10.0.0.1', apim: { hostname: 'km.example.com' } } },
      traffic_manager: { tm: { ansible_host: '10.0.0.2', apim: { hostname: 'tm.example.com' } } },
      publisher: { pub: { ansible_host: '10.0.0.3', apim: { hostname: 'pub.example.com' } } },
      devportal: { dev: { ansible_host: '10.0.0.4', apim: { hostname: 'dev.example.com' } } },
      gateway: {
        gw1: { ansible_host: '10.0.0.5', apim: { hostname: 'gw1.example.com', environment: 'One' } },
        gw2: { ansible_host: '10.0.0.6', apim: { hostname: 'gw2.example.com', environment: 'Two' } },
      },
    };
    const environments = { One: { type: 'production' }, Two: { type: 'sandbox' } };
    expect(byItself(await topologyOf({ apim: { environments }, groups }), older)).toBe(false);
  });
});

describe('how an archive comes to a server', async () => {
  const five = await fiveHosts();
  const node = nodeFor(five, 'gateway');
  const archive = `/opt/wso2/.packs/${sha256}.zip`;

  it('from this machine, checked before it is sent and again there', () => {
    expect(fetchArchive(five, node, { authority: '' })).toMatchObject([
      {
        kind: 'put',
        path: archive,
        content: { file: '/srv/apim/wso2am-3.2.0.zip', sha256 },
        mode: 0o644,
        user: 'wso2',
      },
      {
        kind: 'run',
        command: { user: 'wso2', text: expect.stringContaining(sha256) },
        shown: `compare the checksum of ${archive}`,
        hint: expect.stringContaining('pack.sha256'),
      },
    ]);
  });

  it('from elsewhere, by the server itself', async () => {
    const url = 'https://files.example.com/p.zip?sig=fake';
    const topology = await topologyOf({ apim: { pack: { url, sha256, ca: 'ca.pem' } } });
    const from = nodeFor(topology, 'gateway');
    const authority = '-----BEGIN CERTIFICATE-----\n';
    expect(fetchArchive(topology, from, { authority })).toMatchObject([
      {
        kind: 'run',
        command: { user: 'wso2' },
        shown: 'download https://files.example.com/p.zip?…',
        timeoutMs: 3_600_000,
      },
    ]);
    expect(() => fetchArchive(topology, from, { authority: '' })).toThrow(
      expect.objectContaining({
        cause: 'there is no certificate (PEM) in /srv/apim/ca.pem on this machine',
        hint: 'correct apim.pack.ca in the inventory',
      }) as Error,
    );
  });

  it('into folders that the user of the node may write into; root makes them where he may not', () => {
    expect(makeFolders(five, node, { writable: true }).map(lineOf)).toEqual([
      'run (wso2) mkdir -p /opt/wso2/.packs',
      'run (wso2) mkdir -p /opt/wso2',
    ]);
    const [first, ...others] = makeFolders(five, node, { writable: false });
    expect(first).toMatchObject({ command: { user: 'root' }, shown: 'make /opt/wso2 for wso2' });
    expect(others).toMatchObject([{}, { hint: expect.stringContaining('give it to wso2') }]);
  });
});
