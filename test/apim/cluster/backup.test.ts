import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Manifest,
  namedNodes,
  nodeArchive,
  otherCluster,
  packNode,
  readManifest,
  unpackNode,
} from '../../../src/apim/cluster/backup.ts';
import { createGround, type Ground } from '../../support/ground.ts';
import { fiveEntries, fiveHosts, nodeFor, topologyOf } from '../../support/topologies.ts';

const topology = await fiveHosts();
const manifest: Manifest = {
  format: 1,
  id: '20261127T063000Z',
  by: 'ann@laptop',
  version: '0.1.0',
  inventory: 'inventory.yaml',
  release: '3.2.0',
  pack: '0'.repeat(64),
  nodes: namedNodes(topology, new Set(['km', 'gw'])),
  databases: [{ which: 'apim', name: 'apim_db', type: 'mysql' }],
  lacks: ['the inventory'],
  files: [{ path: 'nodes/km.tar.gz', size: 3, sha256: 'a'.repeat(64) }],
};

describe('what a backup says of itself', () => {
  it('is read as it was written', () => {
    expect(readManifest(JSON.stringify(manifest))).toEqual(manifest);
  });

  it.each([
    ['no JSON', '{'],
    ['another format', JSON.stringify({ ...manifest, format: 2 })],
    ...['../pki/ca.key', '/etc/passwd', 'nodes//km', 'nodes/../../km', ''].map((path) => [
      `a file outside of it (${path})`,
      JSON.stringify({ ...manifest, files: [{ path, size: 1, sha256: 'a'.repeat(64) }] }),
    ]),
  ])('is not read if it is %s', (_what, text) => {
    expect(readManifest(text)).toBeUndefined();
  });
});

describe('a backup', () => {
  it('is of a cluster whose nodes are called as they are in it, also where some have come or gone', async () => {
    expect(otherCluster(topology, manifest)).toEqual([]);
    const fewer = { ...manifest, nodes: manifest.nodes.slice(0, 2) };
    expect(otherCluster(topology, fewer)).toEqual([]);
  });

  it('is of another cluster if a node of the same name is somebody else, or no name is known', async () => {
    const test = await topologyOf({
      groups: fiveEntries((name) => (name === 'gw' ? { hostname: 'gw.test.example.com' } : {})),
    });
    expect(otherCluster(test, manifest)).toEqual([
      'gw is gw.example.com (gateway) in the backup, and gw.test.example.com (gateway) in the inventory',
    ]);
    const strangers = manifest.nodes.map((node) => ({ ...node, name: `${node.name}-2` }));
    expect(otherCluster(topology, { ...manifest, nodes: strangers })).toEqual([
      expect.stringMatching(/^it is of km\.example\.com, .*; the inventory has km\.example\.com, /),
    ]);
  });
});

describe.each(['dash', 'bash'])('what a node owns, by %s,', (shell) => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await createGround();
  });
  afterEach(() => ground.remove());

  const gateway = () => nodeFor(ground.topology, 'gateway');
  const put = (path: string, text: string) => {
    const file = join(gateway().home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
  };
  const security = 'repository/resources/security';
  const synapse = 'repository/deployment/server/synapse-configs';

  function inhabit() {
    put('repository/conf/deployment.toml', 'conf');
    put(`${security}/primary.jks`, 'key');
    put(`${security}/primary.jks.kept-abcd1234`, 'kept');
    put(`${security}/own store.p12`, 'own');
    put(`${security}/client-truststore.jks`, 'trust');
    put(`${synapse}/default/api/orders.xml`, '<api/>');
    put('repository/database/WSO2CARBON_DB.h2.db', 'in use');
    put('repository/logs/wso2carbon.log', 'log');
    put('bin/wso2server.sh', 'of the archive');
    put('.apim-orchestrate/pack', 'sum');
    mkdirSync(join(ground.folder, 'shared'));
    symlinkSync(join(ground.folder, 'shared'), join(gateway().home, 'repository/tenants'));
  }
  const pack = () => {
    const { status, stdout, stderr } = spawnSync(shell, ['-c', packNode(gateway()).text]);
    return { status, stdout, stderr: stderr.toString() };
  };
  const unpack = () =>
    spawnSync(shell, ['-c', unpackNode(gateway(), '20261127T063000Z').text], { encoding: 'utf8' });

  it('is packed without what the archive, the logs and shared file systems have', () => {
    inhabit();
    const { status, stdout, stderr } = pack();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const listed = execFileSync('tar', ['-tf', '-'], { input: stdout, encoding: 'utf8' }).trim().split('\n');
    expect(listed.filter((path) => !path.endsWith('/')).sort()).toEqual(
      [
        'repository/conf/deployment.toml',
        `${synapse}/default/api/orders.xml`,
        `${security}/client-truststore.jks`,
        `${security}/own store.p12`,
        `${security}/primary.jks`,
        `${security}/primary.jks.kept-abcd1234`,
      ].sort(),
    );
  });

  it('cannot be packed where there is no home', () => {
    expect(pack()).toMatchObject({ status: 1, stderr: expect.stringMatching(/can't cd|No such file/) });
  });

  it.each([
    [1, 'tar (GNU tar) 1.34', 0, 'a file that was written to meanwhile is no failure'],
    [2, 'tar (GNU tar) 1.34', 2, 'any other is'],
    [1, 'tar (busybox) 1.35', 1, 'of another tar nobody knows what it means'],
  ])('ends with what tar says, %i of %s as %i: %s', (code, version, ends) => {
    inhabit();
    const bin = join(ground.folder, 'bin');
    mkdirSync(bin);
    const script = `case $1 in --version) echo '${version}' ;; *) echo 'file changed' >&2; exit ${code} ;; esac`;
    writeFileSync(join(bin, 'tar'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const packed = spawnSync(shell, ['-c', packNode(gateway()).text], { env, encoding: 'utf8' });
    expect(packed).toMatchObject({ status: ends, stderr: 'file changed\n' });
  });

  it('is put back as a home that has no archive yet, and says of which backup', () => {
    inhabit();
    const { stdout } = pack();
    const { home } = gateway();
    execFileSync('rm', ['-rf', home]);
    mkdirSync(home);
    writeFileSync(nodeArchive(gateway()), gzipSync(stdout));
    expect(unpack()).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(home, '.apim-orchestrate/restored'), 'utf8')).toBe('20261127T063000Z\n');
    expect(existsSync(join(home, '.apim-orchestrate/pack'))).toBe(false);
    expect(readFileSync(join(home, `${synapse}/default/api/orders.xml`), 'utf8')).toBe('<api/>');
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, security, 'primary.jks')).mode & 0o777).toBe(0o600);
    for (const left of [nodeArchive(gateway()), `${home}.restoring`]) expect(existsSync(left)).toBe(false);
  });

  it('is never put over what stands there, and not if it is cut off', () => {
    inhabit();
    const packed = gzipSync(pack().stdout);
    writeFileSync(nodeArchive(gateway()), packed);
    expect(unpack()).toMatchObject({ status: 1, stderr: expect.stringContaining('is there meanwhile') });
    expect(readFileSync(join(gateway().home, 'bin/wso2server.sh'), 'utf8')).toBe('of the archive');
    execFileSync('rm', ['-rf', gateway().home]);
    writeFileSync(nodeArchive(gateway()), packed.subarray(0, packed.length - 20));
    expect(unpack().status).not.toBe(0);
    expect(existsSync(gateway().home)).toBe(false);
    writeFileSync(nodeArchive(gateway()), packed);
    expect(unpack().status).toBe(0);
  });
});
