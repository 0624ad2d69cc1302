import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackup } from '../../src/cli/backup-folder.ts';

let folder: string;
const at = (path: string) => join(folder, path);
const sum = (text: string) => createHash('sha256').update(text).digest('hex');
const files = { 'pki/ca.key': 'fake key', 'nodes/km.tar.gz': 'fake archive' };

function seal(manifest: object): void {
  const text = JSON.stringify(manifest);
  writeFileSync(at('manifest.json'), text);
  writeFileSync(at('manifest.json.sha256'), `${sum(text)}  manifest.json\n`);
}
const manifest = {
  format: 1,
  ...{ id: 'one', by: 'ann@laptop', version: '1', inventory: 'i.yaml', release: '3.2.0', pack: '0' },
  ...{ nodes: [], databases: [], lacks: [] },
  files: Object.entries(files).map(([path, text]) => ({ path, size: text.length, sha256: sum(text) })),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at(path), '..'), { recursive: true });
    writeFileSync(at(path), text);
  }
  seal(manifest);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What it is refused with, all of it; empty if it is taken. */
const refusal = () => openBackup(folder).then(() => '', String);

describe('the folder of a backup', () => {
  it('is taken if all is as it was written', async () => {
    expect(await openBackup(folder)).toEqual({ folder, manifest });
  });

  it('is refused with every file that is another, is missing, or is not of it, each by name', async () => {
    writeFileSync(at('pki/ca.key'), 'fake kez');
    rmSync(at('nodes/km.tar.gz'));
    writeFileSync(at('nodes/gw.tar.gz'), 'stranger');
    const said = await refusal();
    expect(said).toContain(`the backup ${folder} is damaged; no server was asked, and nothing was written`);
    expect(said).toContain(`pki/ca.key: SHA-256 ${sum('fake kez')} instead of ${sum('fake key')}`);
    expect(said).toContain('nodes/km.tar.gz: is missing');
    expect(said).toContain('nodes/gw.tar.gz: is not of this backup');
  });

  it('is refused with the length of a file that was cut off', async () => {
    writeFileSync(at('pki/ca.key'), 'fake');
    expect(await refusal()).toContain('pki/ca.key: has 4 bytes instead of 8, and SHA-256');
  });

  it('is refused if what it says of itself was altered, or nobody vouches for it', async () => {
    appendFileSync(at('manifest.json'), ' ');
    expect(await refusal()).toMatch(
      /manifest\.json is not what was written: manifest\.json\.sha256 says [0-9a-f]{64}/,
    );
    rmSync(at('manifest.json.sha256'));
    expect(await refusal()).toContain('manifest.json.sha256 says nothing');
  });

  it('is refused if it is of a version that nobody here can read, or names files elsewhere', async () => {
    seal({ ...manifest, format: 2 });
    expect(await refusal()).toContain('is of another version of this tool');
    seal({ ...manifest, files: [{ path: '../ca.key', size: 1, sha256: sum('') }] });
    expect(await refusal()).toContain('is of another version of this tool');
  });

  it('is none without a manifest, and none that is not there', async () => {
    rmSync(at('manifest.json'));
    expect(await refusal()).toContain(
      'is no backup: it has no manifest.json; one that is being made, or broke off, is none',
    );
    expect(readFileSync(at('pki/ca.key'), 'utf8')).toBe('fake key');
    await expect(openBackup(at('nowhere'))).rejects.toThrow(/there is no folder/);
  });
});
