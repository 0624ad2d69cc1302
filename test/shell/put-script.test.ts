import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putScript } from '../../src/shell/put-script.ts';

const shells = [
  ['/usr/bin/dash', '-c'],
  ['/usr/bin/bash', '-c'],
  ['/usr/bin/busybox', 'sh', '-c'],
].filter(([shell = '']) => existsSync(shell));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "put 'script-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe.each(shells)('a file that is written by %s', (shell, ...words) => {
  const start = (name: string, bytes: number) => {
    const { text } = putScript({ path: at(name), bytes, mode: 0o640, tag: 'tag' });
    const child = spawn(shell ?? '', [...words, text], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (each: string) => said.push(each));
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, said: said.join('') })),
    );
    return { child, ended };
  };
  const put = (name: string, content: string, bytes = content.length) => {
    const { child, ended } = start(name, bytes);
    child.stdin.end(content);
    return ended;
  };

  it('has its content and its mode', async () => {
    expect(await put('a file', 'whole')).toEqual({ code: 0, said: '' });
    expect(readFileSync(at('a file'), 'utf8')).toBe('whole');
    expect(statSync(at('a file')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a file']);
  });

  it('is as it was if the stream breaks off', async () => {
    writeFileSync(at('a file'), 'before');
    expect(await put('a file', 'ha', 5)).toEqual({ code: 1, said: 'the upload broke off\n' });
    expect(readFileSync(at('a file'), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['a file']);
  });

  it('leaves nothing if whoever sends it goes, and takes all streams along', async () => {
    const { child, ended } = start('a key', 5);
    child.stdin.write('ha');
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual(['.a key.part-tag']);
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdin.destroy();
    expect(await ended).toEqual({ code: 1, said: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)('leaves nothing at %s', async (signal) => {
    const { child, ended } = start('a key', 5);
    child.stdin.write('ha');
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual(['.a key.part-tag']);
    child.kill(signal);
    // Shells wait for what they have started before they do what a signal wants.
    child.stdin.end();
    expect((await ended).code).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes along what was left of it long ago, and nothing of others', async () => {
    const long = new Date(Date.now() - 2 * 3_600_000);
    const names = ['.a key.part-old', '.a key.part-new', '.another key.part-old', 'a key.part-old'];
    for (const name of names) writeFileSync(at(name), name);
    for (const name of names.filter((each) => each.endsWith('old'))) utimesSync(at(name), long, long);
    expect(await put('a key', 'whole')).toEqual({ code: 0, said: '' });
    expect(readdirSync(folder)).toEqual(
      ['.a key.part-new', '.another key.part-old', 'a key', 'a key.part-old'].sort(),
    );
  });

  it('is refused where there is a folder, or none to be in', async () => {
    mkdirSync(at('folder'));
    expect(await put('folder', 'x')).toEqual({
      code: 1,
      said: `${at('folder')} is a folder, where a file is to be\n`,
    });
    expect(await put('none/file', 'x')).toEqual({ code: 1, said: `there is no folder ${at('none')}\n` });
    expect(readdirSync(folder)).toEqual(['folder']);
  });
});
