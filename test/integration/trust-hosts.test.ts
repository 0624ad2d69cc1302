import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOnTerminal } from '../support/on-terminal.ts';
import { startSshd, type TestServer } from '../support/sshd.ts';
import { runTool } from '../support/tool.ts';

let server: TestServer;
let folder: string;
let inventory: string;
let known: string;

beforeAll(async () => {
  server = await startSshd({ moreKeys: ['rsa', 'ecdsa'] });
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-hosts-'));
  inventory = join(folder, 'inventory.yaml');
  known = join(folder, 'ssh', 'known_hosts');
  const login = `ansible_host: 127.0.0.1, ansible_user: root, ansible_ssh_private_key_file: ${server.directory}/login`;
  const file = 'ansible_ssh_common_args: -o UserKnownHostsFile=ssh/known_hosts';
  writeFileSync(
    inventory,
    [
      'all:',
      '  hosts:',
      `    gw1: { ${login}, ansible_port: ${server.port}, ${file} }`,
      `    gw2: { ${login}, ansible_port: ${server.port}, ${file} }`,
      `    down: { ${login}, ansible_port: 9, ${file} }`,
    ].join('\n'),
  );
  return () => rmSync(folder, { recursive: true });
});

const types = ['host', 'host-ecdsa', 'host-rsa'];
const fingerprints = () =>
  types.map(
    (name) =>
      execFileSync('ssh-keygen', ['-lf', join(server.directory, `${name}.pub`)], { encoding: 'utf8' }).split(
        ' ',
      )[1] ?? '',
  );
const entered = () =>
  spawnSync('ssh', [
    ...[
      '-F',
      'none',
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      `UserKnownHostsFile=${known}`,
      '-o',
      'GlobalKnownHostsFile=none',
    ],
    ...[
      '-o',
      'BatchMode=yes',
      '-i',
      join(server.directory, 'login'),
      '-p',
      String(server.port),
      'root@127.0.0.1',
      'true',
    ],
  ]).status;
const trust = (...more: string[]) => runTool('trust-hosts', inventory, ...more);

describe('servers that are not known', () => {
  it('show all their keys, once for each server, and nothing is trusted without a yes', async () => {
    const { code, stdout, stderr } = await trust('-l', 'gw1,gw2');
    expect(code).toBe(64);
    for (const each of fingerprints()) expect(stdout.split(each)).toHaveLength(2);
    expect(stdout).toContain('gw1 and gw2');
    expect(stderr).toContain(`3 keys of 1 server will be trusted from now on, in ${known}`);
    expect(stderr).toContain('there is no terminal to ask on');
    expect(existsSync(known)).toBe(false);
  });

  it('are known after a yes on the terminal, to this tool and to ssh, and not after a no', async () => {
    const words = [process.execPath, resolve('dist/cli/main.js'), 'trust-hosts', inventory, '-l', 'gw1'];
    for (const [answer, code] of [
      ['n', 130],
      ['y', 0],
    ] as const) {
      const tool = startOnTerminal(words, { columns: 120, rows: 40 });
      await tool.seen((text) => text.includes('Go on? [y/N]'));
      tool.type(`${answer}\r`);
      expect(await tool.ended).toBe(code);
      expect(existsSync(known)).toBe(answer === 'y');
    }
    expect(statSync(known).mode & 0o777).toBe(0o600);
    expect(entered()).toBe(0);
    expect((await runTool('exec', inventory, 'gw1', 'true')).code).toBe(0);
    const again = await trust('-l', 'gw1');
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('all of them are known')]);
  });

  it('are added to what stands in the file, also where its last line has no end', async () => {
    const line = 'km ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9p6ZbR8EIFaX15jGb4be5US7SJpBT6v4nFH1yra11W';
    execFileSync('mkdir', [join(folder, 'ssh')]);
    writeFileSync(known, line);
    expect((await trust('-l', 'gw1', '--yes')).code).toBe(0);
    expect(readFileSync(known, 'utf8').split('\n')).toHaveLength(5);
    expect(readFileSync(known, 'utf8')).toMatch(`${line}\n`);
    expect(entered()).toBe(0);
  });

  it('are trusted although another does not answer, which is told and fails', async () => {
    const { code, stdout } = await trust('--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/down +127\.0\.0\.1:9 .*connection refused/);
    expect(entered()).toBe(0);
  });
});

describe('a server whose key is another than the known one', () => {
  const publicKey = (name: string) => readFileSync(join(server.directory, `${name}.pub`), 'utf8');
  const write = (line: string) => {
    execFileSync('mkdir', ['-p', join(folder, 'ssh')]);
    writeFileSync(known, line);
  };

  it('is never trusted by this command, which says what removes the old key', async () => {
    server.makeKey('stranger');
    write(`[127.0.0.1]:${server.port} ${publicKey('stranger')}`);
    const before = readFileSync(known, 'utf8');
    const { code, stderr } = await trust('-l', 'gw1', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('its key has CHANGED');
    expect(readFileSync(known, 'utf8')).toBe(before);
    const [, removal = ''] = /(ssh-keygen -f .*)/.exec(stderr) ?? [];
    execFileSync('sh', ['-c', removal]);
    expect((await trust('-l', 'gw1', '--yes')).code).toBe(0);
    expect(entered()).toBe(0);
  });

  it('is known if one of its keys is, as for ssh', async () => {
    write(`[127.0.0.1]:${server.port} ${publicKey('host-rsa')}`);
    const { code, stdout } = await trust('-l', 'gw1');
    expect([code, stdout]).toEqual([0, expect.stringContaining('all of them are known')]);
    expect(entered()).toBe(0);
  });

  it('is refused if the key is revoked', async () => {
    write(`@revoked * ${publicKey('host')}`);
    const { code, stderr } = await trust('-l', 'gw1', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`is revoked in ${known}:1`)]);
  });
});
