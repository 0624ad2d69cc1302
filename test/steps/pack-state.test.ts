import { describe, expect, it } from 'vitest';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { fetchArchive, makeFolders, type PackFacts, packDue } from '../../src/steps/pack-state.ts';
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

const due = (topology: Topology, name: string, facts: PackFacts, hosts?: readonly string[]) => {
  const node = topology.nodes.find(({ host }) => host.name === name) ?? nodeFor(topology, 'gateway');
  const all = topology.nodes.map(({ host }) => host.name);
  return packDue(
    { topology, now: caseTime, baseDirectory: '/srv/apim', hosts: new Set(hosts ?? all) },
    node,
    facts,
  );
};

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
    expect(due(five, 'gw', facts)).toBe(wanted);
  });
});

describe('a pair that serves', async () => {
  const ten = await tenHosts();
  const older = { ...own, pack: 'f'.repeat(64) };

  it('is not stopped together to replace its archive; it is told how to go one by one', () => {
    expect(() => due(ten, 'gw1', older)).toThrow(
      expect.objectContaining({
        cause:
          '/opt/wso2/gateway holds another archive than the inventory names, and gw1 and gw2 would be stopped together to replace it',
        hint: 'replace it one node at a time: deploy --limit gw1, then deploy --limit gw2',
      }) as Error,
    );
  });

  it('is replaced if only one of it is in the run, or it does not run', () => {
    expect(due(ten, 'gw1', older, ['gw1', 'km1', 'km2'])).toBe('install');
    expect(due(ten, 'gw1', { ...older, running: false })).toBe('install');
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
    const apart = await topologyOf({ apim: { environments }, groups });
    expect(due(apart, 'gw1', older)).toBe('install');
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
