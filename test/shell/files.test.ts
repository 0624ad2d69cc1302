import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/pki/sum.ts';
import { sh } from '../../src/shell/command.ts';
import { decodeBytes, patient, readBytes } from '../../src/shell/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const shells = ['/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));
const path = join(folder, 'a file with spaces');
writeFileSync(path, 'some bytes');

describe.each(shells)('a file that is read at a server, in %s', (shell) => {
  const run = (text: string) =>
    execFileSync(shell, ['-c', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  it('comes whole, or as its checksum', () => {
    for (const read of [readBytes, patient.readBytes])
      expect(decodeBytes(run(read(path).text))).toEqual(Buffer.from('some bytes'));
    expect(run(patient.checksum(path).text)).toBe(`${sha256('some bytes')}\n`);
  });

  it('is nothing where it is not there, and neither is its folder', () => {
    const nowhere = join(folder, 'none', 'file');
    for (const read of [readBytes, patient.readBytes])
      expect(decodeBytes(run(read(nowhere).text))).toBeUndefined();
    expect(run(patient.checksum(nowhere).text)).toBe('\n');
  });

  it('is looked for again where its folder is, on a network file system', () => {
    const late = join(folder, `late-${shell.length}`);
    // Somebody puts it in place meanwhile.
    const meanwhile = sh`sleep() { printf late > ${late}; }`.text;
    expect(run(`${meanwhile}\n${patient.checksum(late).text}`)).toBe(`${sha256('late')}\n`);
    rmSync(late);
    expect(decodeBytes(run(`${meanwhile}\n${patient.readBytes(late).text}`))).toEqual(Buffer.from('late'));
  });

  it('is given up where nobody puts it there', () => {
    const never = join(folder, 'never');
    const impatient = 'sleep() { :; }';
    expect(run(`${impatient}\n${patient.checksum(never).text}`)).toBe('\n');
    expect(run(`${impatient}\n${patient.readBytes(never).text}`)).toBe('\n');
  });
});
