import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { replaceFile } from '../../src/cli/replace-file.ts';
import { UsageError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, 'before');
  chmodSync(path, mode);
  return path;
}

describe('a file that is replaced', () => {
  it('keeps its mode and its owner, and nothing lies beside it', () => {
    const path = file('kept', 0o640);
    if (process.getuid?.() === 0) chownSync(path, 12, 34);
    const before = statSync(path);
    replaceFile(path, 'after');
    const { mode, uid, gid } = statSync(path);
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect([mode, uid, gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(readdirSync(folder)).toEqual(['kept']);
  });

  it('may lose what others may do with it', () => {
    const path = file('closed', 0o664);
    replaceFile(path, Buffer.from([0, 255]), 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path)).toEqual(Buffer.from([0, 255]));
  });

  it('may be behind a link, which stays', () => {
    const path = file('target', 0o600);
    const link = join(folder, 'link');
    symlinkSync(path, link);
    replaceFile(link, 'after');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('after');
  });

  it('is as it was where that fails, and told by its name', () => {
    const place = join(folder, 'place');
    mkdirSync(place);
    expect(() => replaceFile(place, 'after')).toThrow(UsageError);
    expect(() => replaceFile(join(folder, 'none'), 'after')).toThrow(
      `${folder}/none cannot be written, and is as it was: ENOENT`,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
