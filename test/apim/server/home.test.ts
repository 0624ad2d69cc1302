import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { lookAtHome, readHome } from '../../../src/apim/server/home.ts';
import { nodeFor, topologyOf } from '../../support/topologies.ts';

const gateway = nodeFor(await topologyOf(), 'gateway');
const me = userInfo().username;
let folder: string;
let node: Node;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'home-'));
  node = { ...gateway, home: join(folder, 'gateway') };
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  rmSync(folder, { recursive: true });
});

const put = (path: string, text = '') => {
  mkdirSync(join(node.home, path, '..'), { recursive: true });
  writeFileSync(join(node.home, path), text);
};
const look = (as: { uid?: number } = {}) =>
  readHome(execFileSync('/bin/sh', ['-c', lookAtHome(node).text], { encoding: 'utf8', ...as }));

describe('a home', () => {
  it('is nothing when there is no folder, or an empty one', () => {
    expect(look()).toEqual({ kind: 'none' });
    mkdirSync(node.home);
    expect(look()).toEqual({ kind: 'none' });
  });

  it('is ours when it has our notes, whichever of them', () => {
    put('.apim-orchestrate/pack', '0'.repeat(64));
    expect(look()).toEqual({ kind: 'own' });
    rmSync(join(node.home, '.apim-orchestrate/pack'));
    expect(look()).toEqual({ kind: 'own' });
  });

  it('is somebody else’s when it holds anything without our notes', () => {
    put('bin/version.txt', '\nWSO2 API Manager v3.2.0\n');
    put('repository/conf/deployment.toml');
    expect(look()).toEqual({
      kind: 'foreign',
      version: 'WSO2 API Manager v3.2.0',
      owner: me,
      names: ['bin', 'repository'],
      server: undefined,
    });
    rmSync(join(node.home, 'bin'), { recursive: true });
    expect(look()).toMatchObject({ version: '', names: ['repository'] });
  });

  it('is somebody else’s when the run user may not look into it', () => {
    put('bin/version.txt', 'WSO2 API Manager v3.2.0\n');
    chmodSync(folder, 0o755);
    chmodSync(node.home, 0o000);
    // Nothing is closed to root.
    const seen = look(process.getuid?.() === 0 ? { uid: 65_534 } : {});
    chmodSync(node.home, 0o700);
    expect(seen).toEqual({ kind: 'foreign', version: '', owner: me, names: [], server: undefined });
  });

  it('tells which server runs in it, of whom, and since when', async () => {
    put('bin/version.txt', 'WSO2 API Manager v3.2.0\n');
    const java = join(folder, 'java');
    symlinkSync(process.execPath, java);
    const option = `-Dcarbon.home=${node.home}`;
    child = spawn(java, ['-e', 'console.log(); setTimeout(() => {}, 60_000)', '--', option]);
    await new Promise((resolve) => child?.stdout?.once('data', resolve));
    expect(look()).toMatchObject({
      server: {
        pid: String(child.pid),
        user: me,
        since: expect.stringMatching(/^\w{3} \w{3} \d+ [\d:]{8} \d{4}$/),
      },
    });
  });
});
