import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BundleFolder, openBundle } from '../../src/cli/bundle-folder.ts';
import { packBundle, refuseTaken } from '../../src/cli/pack-bundle.ts';
import { Secret } from '../../src/secret.ts';

const never = new AbortController().signal;
new Secret('a-known-secret');

let folder: string;
let bundle: BundleFolder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  bundle = openBundle(folder, 'support-1');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (file: string) => readFileSync(join(bundle.path, 'support-1', file), 'utf8');
const describeIt = () =>
  bundle.describe({
    ...{ name: 'support-1', tool: '1.2.3', made: '2026-03-01T12:00:00Z', by: 'ann@laptop' },
    ...{ inventory: 'inventory.yaml', since: '2026-02-28T12:00:00Z' },
    hosts: [{ host: 'gw1', role: 'gateway' }],
  });

describe('the folder of a bundle', () => {
  it('keeps what was found without its secrets, by value and by name, for the user alone', () => {
    bundle.at('gw1').keep('a.txt', 'x a-known-secret\npassword=other\nplain_token=1\n', {
      plain: new Set(['plain_token=1']),
    });
    expect(read('hosts/gw1/a.txt')).toBe('x (secret)\npassword=(secret)\nplain_token=1\n');
    expect(statSync(bundle.path).mode & 0o077).toBe(0);
    expect(statSync(join(bundle.path, 'support-1/hosts/gw1/a.txt')).mode & 0o077).toBe(0);
  });

  it('keeps names of its own as they are, and no secret', () => {
    bundle.keepOurs('controller/a.json', '{"key":"TLS key","note":"a-known-secret"}');
    expect(read('controller/a.json')).toBe('{"key":"TLS key","note":"(secret)"}');
  });

  it('tells what was cut, and what is missing', () => {
    bundle.at('gw1').keep('logs/a.log', 'end\n', { left: 7 });
    bundle.at('gw1').miss('threads.txt', 'it said a-known-secret', true);
    bundle.at('gw2').miss('process.txt', 'the server does not run');
    describeIt();
    expect(read('hosts/gw1/logs/a.log')).toBe('(7 bytes before this are left out)\nend\n');
    expect(read('README.txt')).toContain(
      '  ! gw1: threads.txt: it said (secret)\n    gw2: process.txt: the server does not run\n',
    );
    expect(read('README.txt')).toContain('  hosts/gw1/logs/a.log: 7 bytes before it are left out\n');
    expect(JSON.parse(read('index.json'))).toMatchObject({
      tool: '1.2.3',
      files: [{ path: 'hosts/gw1/logs/a.log', left: 7 }, { path: 'README.txt' }],
      missing: [
        { at: 'gw1', what: 'threads.txt', failed: true },
        { at: 'gw2', what: 'process.txt', failed: false },
      ],
    });
  });

  it.each(['../../etc', 'a/b c', '..', '-'])('stays in itself, whatever a host is called: %s', (name) => {
    bundle.at(name).keep('a.txt', 'x');
    expect(readdirSync(folder)).toHaveLength(1);
    const [host = ''] = readdirSync(join(bundle.path, 'support-1/hosts'));
    expect(host).toMatch(/^[\w-][\w.-]*$/);
  });

  it('says where nothing can be written', () => {
    expect(() => openBundle(join(folder, 'none'), 'support-1')).toThrow(
      /^nothing can be written into \S+none: ENOENT.*\n {2}→ make room there, or give another place with --out$/,
    );
    bundle.keepOurs('a', 'x');
    expect(() => bundle.keepOurs('a/b', 'x')).toThrow(/^nothing can be written into/);
  });

  it('is gone in the end, whoever is still at work', () => {
    const late = bundle.at('gw1');
    bundle.remove();
    late.keep('a.txt', 'x');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the archive', () => {
  it('holds the folder, and only the user may read it', async () => {
    bundle.at('gw1').keep('a.txt', 'x');
    const out = join(folder, 'out.tar.gz');
    await packBundle(bundle.path, 'support-1', out, never);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const list = execFileSync('tar', ['-tzf', out], { encoding: 'utf8' });
    expect(list.trim().split('\n')).toContain('support-1/hosts/gw1/a.txt');
  });

  it('takes the place of no file, whenever that came', async () => {
    const out = join(folder, 'out.tar.gz');
    bundle.at('gw1').keep('a.txt', 'x');
    expect(() => refuseTaken(out)).not.toThrow();
    writeFileSync(out, 'mine');
    expect(() => refuseTaken(out)).toThrow(/out\.tar\.gz is there already, and is not overwritten/);
    await expect(packBundle(bundle.path, 'support-1', out, never)).rejects.toThrow(/is there already/);
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(() => refuseTaken(join(folder, 'none/out'))).toThrow(/there is no folder .*none/);
  });

  it('is not made of a folder that is not there, and says why', async () => {
    const out = join(folder, 'out.tar.gz');
    await expect(packBundle(bundle.path, 'none', out, never)).rejects.toThrow(/could not be packed: .*none/);
    expect(readdirSync(folder)).not.toContain('out.tar.gz');
  });

  it('is not made where somebody stops it', async () => {
    bundle.at('gw1').keep('a.txt', 'x');
    const out = join(folder, 'out.tar.gz');
    await expect(packBundle(bundle.path, 'support-1', out, AbortSignal.abort())).rejects.toThrow(
      /^interrupted/,
    );
    expect(readdirSync(folder)).not.toContain('out.tar.gz');
  });
});
