import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findJavaProcess, listeningPorts, readListening } from '../../src/shell/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'process-'));
const option = `-Dcarbon.home=${folder}`;
const pidFile = join(folder, 'wso2carbon.pid');
const java = join(folder, 'java');
const run = (text: string) => execFileSync('sh', ['-c', text], { encoding: 'utf8' });
// A shell under the name of java, that waits for its input to end.
const start = (...options: string[]) => spawn(java, ['-c', 'read -r line', ...options], { stdio: 'pipe' });

let ours: ReturnType<typeof start>;
let other: ReturnType<typeof start>;

beforeAll(async () => {
  copyFileSync('/bin/sh', java);
  other = start(`${option}/other`);
  ours = start('-Xmx1g', option);
  await Promise.all([once(ours, 'spawn'), once(other, 'spawn')]);
});
afterAll(async () => {
  const ended = [ours, other].map((each) => once(each, 'exit'));
  ours.stdin?.end();
  other.stdin?.end();
  await Promise.all(ended);
  rmSync(folder, { recursive: true });
});

describe('a Java process', () => {
  it.each([
    ['is not there', () => rmSync(pidFile, { force: true })],
    ['has its pid', () => writeFileSync(pidFile, `${ours.pid}\n`)],
    ['is padded with NUL bytes', () => writeFileSync(pidFile, `${ours.pid}\0\0\0\n`)],
    ['has the pid of another Java process', () => writeFileSync(pidFile, `${other.pid}\n`)],
    ['has the pid of something else', () => writeFileSync(pidFile, `${process.pid}\n`)],
    ['is not a pid', () => writeFileSync(pidFile, 'nonsense\n')],
    ['is empty', () => writeFileSync(pidFile, '')],
  ])('is found by its whole option when the pid file %s', (_what, prepare) => {
    prepare();
    const [pid, began, ...more] = run(findJavaProcess(option, pidFile).text).trim().split(' ');
    expect(Number(pid)).toBe(ours.pid);
    expect(began).toMatch(/^\d+$/);
    expect(more).toEqual([]);
  });

  it('is not found by an option that no process has', () => {
    writeFileSync(pidFile, `${ours.pid}\n`);
    expect(run(findJavaProcess(`${option}/nobody`, pidFile).text)).toBe('');
    expect(run(findJavaProcess(option.slice(0, -1), pidFile).text)).toBe('');
  });
});

describe('listening ports', () => {
  it('have the port of a server while it listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(readListening(run(listeningPorts().text))).toContain(port);
    server.close();
  });

  it('are read from hex, each once, and nothing else is', () => {
    expect(readListening('24E3\n24e3\n1F90\nnonsense\n\n')).toEqual([9443, 8080]);
  });
});
