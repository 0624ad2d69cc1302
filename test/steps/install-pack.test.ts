import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import type { Foreign, Home } from '../../src/apim/server/home.ts';
import type { Action } from '../../src/engine/plan.ts';
import { StepFailed } from '../../src/errors.ts';
import type { World } from '../../src/steps/define.ts';
import { installPack } from '../../src/steps/install-pack.ts';
import { fiveEntries, nodeFor, tenHosts, topologyOf, type Values } from '../support/topologies.ts';

type Facts = Parameters<typeof installPack.plan>[1];

const sha256 = '0'.repeat(64);
const now = new Date('2026-03-04T05:06:07.089Z');

const nothing: Facts = {
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
const foreign: Foreign = {
  kind: 'foreign',
  version: 'WSO2 API Manager v3.2.0',
  owner: 'wso2',
  names: ['bin', 'repository'],
  server: undefined,
};
const running: Foreign = {
  ...foreign,
  server: { pid: '4711', user: 'wso2old', since: 'Thu Nov 26 01:48:00 2026' },
};

const withGateway = (own: Values) =>
  topologyOf({ groups: fiveEntries((name) => (name === 'gw' ? own : {})) });
const plain = await withGateway({});
const replacing = await withGateway({ replace_foreign: true });

function planned(facts: Partial<Facts>, topology: Topology) {
  const { host } = nodeFor(topology, 'gateway');
  const world: World = { topology, now, baseDirectory: '/srv/apim', hosts: new Set([host.name]) };
  return installPack.plan({ host, world, params: { in_turn: false } }, { ...nothing, ...facts });
}

const shown = (action: Action) =>
  action.kind === 'run'
    ? `${action.command.user}: ${action.shown ?? action.command.text.split('\n')[0]}`
    : action.kind === 'put'
      ? `${action.user}: put ${action.path}`
      : action.kind;

const unpack = [
  'wso2: unzip /opt/wso2/.packs/0000000000000000000000000000000000000000000000000000000000000000.zip',
];
const stop = ['wso2: stop the server', 'wait'];
const install = ['wso2: check what was unpacked', 'wso2: switch /opt/wso2/gateway to the new archive'];
const aside = '/opt/wso2/gateway.foreign-20260304T050607Z';

describe('install-pack', () => {
  it.each<[string, Partial<Facts>, Topology, string | undefined, string[]]>([
    ['nothing there', {}, plain, 'install API Manager 3.2.0 in /opt/wso2/gateway', [...unpack, ...install]],
    ['the wanted archive', { home: { kind: 'own' }, pack: sha256 }, plain, undefined, []],
    [
      'the wanted archive, which others can read',
      { home: { kind: 'own' }, pack: sha256, running: true, open: ['/opt/wso2/gateway', '/x', '/y'] },
      plain,
      'keep other users of the server out of /opt/wso2/gateway and 2 more',
      ['wso2: chmod go-rwx /opt/wso2/gateway and 2 more'],
    ],
    [
      'another archive, which others can read: the new one never is',
      { home: { kind: 'own' }, pack: 'f'.repeat(64), open: ['/opt/wso2/gateway'] },
      plain,
      'replace API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...stop, ...install],
    ],
    [
      'another archive of ours',
      { home: { kind: 'own' }, pack: 'f'.repeat(64) },
      plain,
      'replace API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...stop, ...install],
    ],
    [
      'a home of ours whose optimizer broke off',
      { home: { kind: 'own' }, pack: sha256, broken: true },
      plain,
      'replace API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...stop, ...install],
    ],
    [
      'a home of ours whose note of the archive is lost',
      { home: { kind: 'own' } },
      plain,
      'replace API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...stop, ...install],
    ],
    [
      'a run that died while it unpacked',
      { unpacked: '' },
      plain,
      'install API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...install],
    ],
    [
      'a run that died between the two renames',
      { unpacked: sha256 },
      plain,
      'install API Manager 3.2.0 in /opt/wso2/gateway',
      install.slice(1),
    ],
    [
      'a run for another archive that died between the two renames',
      { unpacked: 'f'.repeat(64) },
      plain,
      'install API Manager 3.2.0 in /opt/wso2/gateway',
      [...unpack, ...install],
    ],
    [
      'somebody else’s, which may be replaced',
      { home: foreign },
      replacing,
      `replace WSO2 API Manager v3.2.0, which was not installed by this tool, in /opt/wso2/gateway, by API Manager 3.2.0; it stays as ${aside}`,
      [...unpack, ...stop, ...install],
    ],
    [
      'somebody else’s, with a server of another user, which may be replaced',
      { home: running, running: true },
      replacing,
      `replace WSO2 API Manager v3.2.0, which was not installed by this tool, in /opt/wso2/gateway, by API Manager 3.2.0; it stays as ${aside}`,
      [...unpack, 'root: stop the server', 'wait', ...install],
    ],
  ])('with %s', (_, facts, topology, summary, actions) => {
    const changes = planned({ cached: true, ...facts }, topology);
    expect(changes.map((change) => change.summary)).toEqual(summary === undefined ? [] : [summary]);
    const all = changes.flatMap((change) => change.actions.map(shown));
    expect(all.filter((each) => !each.includes('mkdir'))).toEqual(actions);
  });

  it.each<[string, Home, string]>([
    [
      'an installation that runs',
      running,
      '/opt/wso2/gateway holds WSO2 API Manager v3.2.0, which this tool did not install; it belongs to wso2; its server runs since Thu Nov 26 01:48:00 2026 (process 4711, of wso2old)',
    ],
    [
      'files of somebody',
      { ...foreign, version: '' },
      '/opt/wso2/gateway holds files that this tool did not put there (bin, repository); it belongs to wso2; no server runs in it',
    ],
    [
      'what nobody may look into',
      { ...foreign, version: '', names: [], owner: 'root' },
      '/opt/wso2/gateway holds something that this tool did not put there and wso2 may not look into; it belongs to root; no server runs in it',
    ],
  ])('refuses to replace %s, and tells the ways on', (_, home, cause) => {
    let told: unknown;
    try {
      planned({ home, running: true }, plain);
    } catch (error) {
      told = error;
    }
    expect(told).toBeInstanceOf(StepFailed);
    expect(told).toMatchObject({
      cause,
      hint: 'leave it alone, with another apim.home for gw; or have it stopped and replaced, and kept beside, with apim.replace_foreign: true there',
    });
  });
});

describe('the switch to a new archive', () => {
  let folder: string;
  let topology: Topology;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'switch-'));
    topology = await withGateway({ home: join(folder, 'gateway'), replace_foreign: true });
    put('gateway.unpacking/.ready/.apim-orchestrate/pack', sha256);
    put('gateway.unpacking/.ready/new', '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const has = (path: string) => existsSync(join(folder, path));
  function switchOver() {
    const [change] = planned({ cached: true, home: foreign }, topology);
    const action = change?.actions.at(-1);
    if (action?.kind !== 'run') throw new Error('there is no switch');
    execFileSync('/bin/sh', ['-c', action.command.text]);
    expect(has('gateway/new')).toBe(true);
    expect(has('gateway.unpacking')).toBe(false);
  }

  it('keeps the installation before it, for one change of archive', () => {
    put('gateway/.apim-orchestrate/pack', 'older');
    put('gateway.previous/.apim-orchestrate/pack', 'oldest');
    switchOver();
    expect(readFileSync(join(folder, 'gateway.previous/.apim-orchestrate/pack'), 'utf8')).toBe('older');
    expect(readdirSync(folder).sort()).toEqual(['gateway', 'gateway.previous']);
  });

  it('does not keep a home whose optimizer broke off, and leaves the one before it where it is', () => {
    put('gateway/.apim-orchestrate/pack', 'older');
    put('gateway/.apim-orchestrate/optimizing', '');
    put('gateway.previous/.apim-orchestrate/pack', 'oldest');
    switchOver();
    expect(readFileSync(join(folder, 'gateway.previous/.apim-orchestrate/pack'), 'utf8')).toBe('oldest');
    expect(readdirSync(folder).sort()).toEqual(['gateway', 'gateway.previous']);
    expect(has('gateway/.apim-orchestrate/optimizing')).toBe(false);
  });

  it('takes the place of an empty folder, and leaves what is kept', () => {
    mkdirSync(join(folder, 'gateway'));
    put('gateway.previous/.apim-orchestrate/pack', 'older');
    switchOver();
    expect(readFileSync(join(folder, 'gateway.previous/.apim-orchestrate/pack'), 'utf8')).toBe('older');
  });

  it('keeps what is not ours under a name that no later archive removes', () => {
    put('gateway/bin/version.txt', 'by hand');
    put('gateway.previous/theirs', 'by hand, too');
    switchOver();
    put('gateway.unpacking/.ready/.apim-orchestrate/pack', sha256);
    put('gateway.unpacking/.ready/new', '');
    switchOver();
    expect(has('gateway.foreign-20260304T050607Z/bin/version.txt')).toBe(true);
    expect(has('gateway.foreign-20260304T050607Z-previous/theirs')).toBe(true);
  });
});

describe('install-pack of a pair that serves with another archive', async () => {
  const topology = await tenHosts();
  const { host } = topology.nodes.find((node) => node.host.name === 'gw1') ?? nodeFor(topology, 'gateway');
  const at = { now, baseDirectory: '/srv/apim', topology };
  const serving: Facts = { ...nothing, home: { kind: 'own' }, pack: 'f'.repeat(64), running: true };
  const plan = (in_turn: boolean, ...hosts: string[]) =>
    installPack.plan({ host, world: { ...at, hosts: new Set(hosts) }, params: { in_turn } }, serving);

  it('refuses to stop both, unless it is told that they go in turn', () => {
    expect(() => plan(false, 'gw1', 'gw2')).toThrow('gw1 and gw2 would be stopped together');
    expect(plan(true, 'gw1', 'gw2')).toHaveLength(1);
    expect(plan(false, 'gw1', 'km1')).toHaveLength(1);
  });
});
