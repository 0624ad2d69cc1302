import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { describeProcess, dumpThreads, sumInstalled } from '../../../src/apim/server/support.ts';
import type { Command } from '../../../src/shell/command.ts';
import { describeMachine, describeUnit, readTime, timeThere } from '../../../src/shell/machine.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';

const shells = ['/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));
const topology = fiveNodes();

let base: string;
let node: Node;
let server: ChildProcess | undefined;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'support-'));
  mkdirSync(join(base, 'jdk/bin'), { recursive: true });
  mkdirSync(join(base, 'gateway'));
  node = { ...nodeNamed(topology, 'gw'), directory: base, home: join(base, 'gateway') };
});
afterEach(() => {
  server?.kill('SIGKILL');
  server = undefined;
  rmSync(base, { recursive: true });
});

const run = ({ text }: Command, shell: string) =>
  spawnSync(shell, ['-c', text], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Something that is called java, of a JDK with these programs, and is the server of the node. */
async function startServer(programs: Readonly<Record<string, string>>): Promise<number> {
  const java = join(base, 'jdk/bin/java');
  copyFileSync('/bin/sh', java);
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(base, 'jdk/bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const words = ['-c', 'echo .; read -r line', '-Da.password=x1', `-Dcarbon.home=${node.home}`];
  server = spawn(java, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  await new Promise((resolve) => server?.stdout?.once('data', resolve));
  return server.pid ?? 0;
}

describe.each(shells)('in %s', (shell) => {
  it('threads are told by the Java that runs the server', async () => {
    const pid = await startServer({ jcmd: 'echo "asked $*"' });
    const { status, stdout } = run(dumpThreads(node), shell);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `asked ${pid} Thread.print -l\n` });
  });

  it('threads are told by jstack where there is no jcmd', async () => {
    const pid = await startServer({ jstack: 'echo "asked $*"' });
    expect(run(dumpThreads(node), shell).stdout).toBe(`asked -l ${pid}\n`);
  });

  it('a server that does not tell is a failure with its reason', async () => {
    await startServer({ jcmd: 'echo "it does not respond" >&2; exit 1' });
    expect(run(dumpThreads(node), shell)).toMatchObject({ status: 1, stderr: 'it does not respond\n' });
  });

  it('a Java without tools cannot tell', async () => {
    await startServer({});
    expect(run(dumpThreads(node), shell)).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/neither jcmd nor jstack is in \S+: that is no JDK/),
    });
  });

  it('where no server runs there are no threads, and no process', () => {
    expect(run(dumpThreads(node), shell).status).toBe(3);
    expect(run(describeProcess(node), shell)).toMatchObject({ status: 0, stdout: '' });
  });

  it('a process is told with its limits, and its command line word by word', async () => {
    const pid = await startServer({});
    const { status, stdout } = run(describeProcess(node), shell);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ *PID .*\\n *${pid} `));
    expect(stdout).toMatch(/== limits\n.*Max open files/s);
    expect(stdout).toContain(`\n-Da.password=x1\n-Dcarbon.home=${node.home}\n`);
  });

  it('what is installed is told with its checksums', () => {
    const components = join(node.home, 'repository/components');
    mkdirSync(join(components, 'lib/below'), { recursive: true });
    mkdirSync(join(components, 'dropins'));
    mkdirSync(join(base, '.packs'));
    writeFileSync(join(base, '.packs/a.zip'), '');
    writeFileSync(join(components, 'lib/below/a b.jar'), '');
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const { status, stdout } = run(sumInstalled(topology, node), shell);
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        '== archive that the home was unpacked from',
        '',
        '== archives',
        `${empty}  ${base}/.packs/a.zip`,
        '',
        '== patches',
        '',
        '== lib',
        `${empty}  lib/below/a b.jar`,
        '',
        '== dropins',
        '',
      ].join('\n'),
    );
  });

  it('a machine is told part by part', () => {
    const { status, stdout } = run(describeMachine(), shell);
    expect(status).toBe(0);
    const parts = [...stdout.matchAll(/^== (.+)\n\S/gm)].map(([, part]) => part);
    expect(parts).toEqual([
      ...['system', 'time', 'processors', 'memory', 'disks', 'inodes', 'ports', 'limits of this login'],
    ]);
  });

  it('the time is known to a part of a second', () => {
    const before = Date.now();
    const found = readTime(run(timeThere(), shell).stdout) ?? 0;
    expect(found).toBeGreaterThanOrEqual(before - 1);
    expect(found).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('systemd is not asked where there is none', () => {
    const isThere = existsSync('/run/systemd/system');
    const { status, stdout } = run(describeUnit("no'such.service"), shell);
    expect(status).toBe(0);
    expect(stdout === '').toBe(!isThere);
  });
});

it('a time without parts of a second counts, and what is none does not', () => {
  expect(readTime('1700000000.%N\n')).toBe(1_700_000_000_000);
  expect(readTime('1700000000.5\n')).toBe(1_700_000_000_500);
  expect(readTime('date: no\n')).toBeUndefined();
});
