import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackBeside } from '../../src/shell/archive.ts';

describe('an archive', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  /** A zip of files with these names, as they are given. */
  const zip = (...names: string[]) => {
    const script = `import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n  for n in sys.argv[2:]: z.writestr(n, 'content of ' + n)`;
    const { status, stderr } = spawnSync('python3', ['-c', script, at('a.zip'), ...names], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  };
  const unpack = () =>
    spawnSync('sh', ['-c', unpackBeside(at('a.zip'), at('inside/here')).text], { encoding: 'utf8' });

  it('is unpacked into a folder of its own', () => {
    zip('home/bin/x');
    expect(unpack().status).toBe(0);
    expect(readFileSync(at('inside/here/home/bin/x'), 'utf8')).toBe('content of home/bin/x');
  });

  it.each(['../evil', 'home/../../evil', '/tmp/../evil'])(
    'that names %s is refused, and writes nothing outside',
    (name) => {
      zip('home/x', name);
      const { status, stderr } = unpack();
      expect(status).not.toBe(0);
      expect(stderr).toContain('../');
      for (const outside of ['evil', 'inside/evil']) expect(existsSync(at(outside))).toBe(false);
    },
  );

  it('that was cut off is refused', () => {
    zip('home/x', 'home/y');
    const bytes = readFileSync(at('a.zip'));
    writeFileSync(at('a.zip'), bytes.subarray(0, bytes.length / 2));
    const { status, stderr } = unpack();
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/End-of-central-directory signature not found/);
  });
});
