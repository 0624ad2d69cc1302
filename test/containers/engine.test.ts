import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftoversOf } from './engine.ts';

const opener = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'open.ts')];
const isRoot = process.getuid?.() === 0;
const canStart = isRoot && existsSync('/usr/sbin/dockerd');
/** No engine is there; what programs are, is said by a folder before all others. */
let programs: string;

beforeEach(async () => {
  programs = await mkdtemp(join(tmpdir(), 'apim-programs-'));
});
afterEach(() => rm(programs, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(programs, name), 0o755);
}

/** Opens an engine in a process of its own. `said` resolves with its first words, on stdout or stderr. */
function open(before: readonly string[] = []) {
  const [command = '', ...words] = [...before, ...opener];
  const child = spawn(command, words, {
    env: {
      ...process.env,
      HOME: programs,
      PATH: `${programs}:${process.env.PATH}`,
      DOCKER_HOST: 'unix:///nowhere.sock',
    },
  });
  let text = '';
  const ended = new Promise<number>((done) => {
    child.on('close', (code) => done(code ?? 128));
  });
  const said = new Promise<string>((done) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) done(text);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  return { child, said, ended, all: async () => ({ code: await ended, text }) };
}

const engines = async () => (await readdir('/var/tmp')).filter((name) => name.startsWith('apim-engine-'));

describe('an engine of our own', () => {
  it.skipIf(!isRoot)('is refused without root, with the reason', async () => {
    await chmod(programs, 0o777);
    const { code, text } = await open(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']).all();
    expect(code).toBe(1);
    expect(text).toMatch(/no container engine answers here .*nowhere.*starting one needs root on Linux/s);
  });

  it.skipIf(!canStart)(
    'tells the last words of a daemon that does not start, and leaves nothing',
    async () => {
      const before = await engines();
      await program('dockerd', 'echo "no cgroups here" >&2; exit 1');
      await program('debootstrap', 'mkdir -p "$3/var/cache/apt/archives"');
      const { code, text } = await open().all();
      expect(code).toBe(1);
      expect(text).toMatch(/no container engine could be started.*dockerd ended.*no cgroups here/s);
      expect(await engines()).toEqual(before);
    },
  );

  it.skipIf(!canStart)('tells why there is no base image, and ends the daemon', async () => {
    const before = await engines();
    await program('debootstrap', 'echo "E: no such mirror"; exit 1');
    const { code, text } = await open().all();
    expect(code).toBe(1);
    expect(text).toMatch(/debootstrap could not make a base image.*no such mirror/s);
    expect(await engines()).toEqual(before);
  });

  it.skipIf(!canStart)('ends with whoever started it, however that ended', async () => {
    await program('debootstrap', 'mkdir -p "$3/var/cache/apt/archives"');
    const { child, said, ended } = open();
    const directory = (await said).trim();
    expect(directory).toMatch(/^\/var\/tmp\/apim-engine-/);
    expect(await leftoversOf(directory)).toContainEqual(expect.stringMatching(/^process: .*dockerd/));
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => leftoversOf(directory), { timeout: 60_000, interval: 250 }).toEqual([]);
  });
});
