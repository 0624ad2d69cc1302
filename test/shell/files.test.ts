import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/pki/sum.ts';
import { sh } from '../../src/shell/command.ts';
import {
  canWriteInto,
  checksum,
  checksums,
  decodeBytes,
  exists,
  freeSpace,
  keepBeside,
  makeFolder,
  makeFolderFor,
  patient,
  readBytes,
  readChecksums,
  readNote,
  readText,
  remove,
} from '../../src/shell/files.ts';

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

describe.each(shells)('what is done with files at a server, in %s', (shell) => {
  const at = mkdtempSync(join(folder, 'done at '));
  const run = (text: string) =>
    execFileSync(shell, ['-c', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const nowhere = join(at, 'no such', 'file');

  it('reads a text, and nothing where there is none', () => {
    expect(run(readText(path).text)).toBe('some bytes');
    expect(run(readText(nowhere).text)).toBe('');
  });

  it('reads a note as it is, with or without an end of its last line', () => {
    const note = join(at, 'a note');
    for (const text of ['', 'one', 'one\n', 'a b\n\n \\n $HOME\nlast']) {
      writeFileSync(note, text);
      expect(run(readNote(note).text)).toBe(text);
    }
    expect(run(readNote(nowhere).text)).toBe('');
  });

  it('tells checksums of those that are there', () => {
    expect(run(checksum(path).text)).toBe(`${sha256('some bytes')}\n`);
    expect(run(checksum(nowhere).text)).toBe('\n');
    const found = readChecksums(run(checksums([nowhere, path]).text));
    expect([...found]).toEqual([[path, sha256('some bytes')]]);
  });

  it('makes folders, and removes files, whether they are there or not', () => {
    const made = join(at, 'made', 'deep');
    run(makeFolder(made).text);
    run(makeFolder(made).text);
    const gone = join(made, 'gone');
    writeFileSync(gone, '');
    run(exists(gone).text);
    run(remove(gone, nowhere).text);
    expect(existsSync(gone)).toBe(false);
    expect(() => run(exists(gone).text)).toThrow();
  });

  it('gives an empty folder to a user, and leaves alone one that holds something', () => {
    const me = run('id -un').trim();
    const given = join(at, 'given');
    mkdirSync(given, { mode: 0o700 });
    run(makeFolderFor(given, me).text);
    expect(statSync(given).mode & 0o777).toBe(0o755);
    const taken = join(at, 'taken');
    mkdirSync(taken, { mode: 0o700 });
    writeFileSync(join(taken, 'theirs'), '');
    expect(() => run(makeFolderFor(taken, me).text)).toThrow(
      `${taken} is there, is not empty, and ${me} may not write into it`,
    );
    expect(statSync(taken).mode & 0o777).toBe(0o700);
  });

  it('keeps what stood there first, for its owner only', () => {
    const file = join(at, 'file');
    const kept = join(at, 'kept');
    writeFileSync(file, 'first', { mode: 0o644 });
    run(keepBeside(file, kept).text);
    rmSync(file);
    writeFileSync(file, 'second');
    run(keepBeside(file, kept).text);
    expect(readFileSync(kept, 'utf8')).toBe('first');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
  });

  it('tells whether a folder can be written into, or made', () => {
    expect(run(canWriteInto(at).text)).toBe('yes\n');
    expect(run(canWriteInto(join(at, 'new')).text)).toBe('yes\n');
    expect(run(canWriteInto(nowhere).text)).toBe('');
  });

  it('tells how much is free, also where there is nothing yet', () => {
    expect(Number(run(freeSpace(nowhere).text))).toBeGreaterThan(0);
  });
});
