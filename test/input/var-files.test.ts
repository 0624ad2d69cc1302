import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findVarFiles } from '../../src/input/var-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'var-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
}

/** What is found for the group `web`, and what is said of the rest, without the folder. */
function found(): { files: string[]; issues: string[] } {
  const { files, issues } = findVarFiles(folder)('group_vars', 'web');
  const short = (text: string) => text.replaceAll(`${folder}/`, '');
  return {
    files: files.map(short),
    issues: issues.map(({ file, message }) => `${short(file)}: ${short(message)}`),
  };
}

describe('files of variables', () => {
  it.each(['web', 'web.yml', 'web.yaml', 'web.json'])('are found as group_vars/%s', (name) => {
    write(`group_vars/${name}`, 'group_vars/webs.yml', 'host_vars/web.yml');
    expect(found()).toEqual({ files: [`group_vars/${name}`], issues: [] });
  });

  it('in a folder are all that are not hidden, with an ending that Ansible reads or none, and those in its folders', () => {
    write(
      ...[
        'b.yml',
        'a.json',
        'plain',
        'deep/er/x.yaml',
        '.hidden.yml',
        'old.yml~',
        'README.md',
        'x.yml.bak',
      ].map((name) => `group_vars/web/${name}`),
    );
    expect(found()).toEqual({
      files: ['a.json', 'b.yml', 'deep/er/x.yaml', 'plain'].map((name) => `group_vars/web/${name}`),
      issues: [],
    });
  });

  it('beside the first that Ansible reads are told, for nobody would read them', () => {
    write('group_vars/web/a.yml', 'group_vars/web.yml', 'group_vars/web.json');
    const why =
      'is read by nobody, because there is group_vars/web/, which Ansible reads alone: have all of it in one place';
    expect(found()).toEqual({
      files: ['group_vars/web/a.yml'],
      issues: [`group_vars/web.yml: ${why}`, `group_vars/web.json: ${why}`],
    });
    rmSync(join(folder, 'group_vars/web'), { recursive: true });
    expect(found().issues).toEqual([
      'group_vars/web.json: is read by nobody, because there is group_vars/web.yml, which Ansible reads alone: have all of it in one place',
    ]);
  });

  it('in a folder whose name has an ending are told as well', () => {
    write('group_vars/web/conf.d/a.yml');
    expect(found()).toEqual({
      files: [],
      issues: [
        'group_vars/web/conf.d: is read by nobody: Ansible looks into no folder whose name ends as a file’s does, in .d',
      ],
    });
  });

  it('that are links to nothing, to themselves, or no files at all, are told', () => {
    mkdirSync(join(folder, 'group_vars/web'), { recursive: true });
    symlinkSync('/nowhere/at/all', join(folder, 'group_vars/web/gone.yml'));
    symlinkSync('self.yml', join(folder, 'group_vars/web/self.yml'));
    symlinkSync('/dev/null', join(folder, 'group_vars/web/null.yml'));
    expect(found().issues).toEqual([
      'group_vars/web/gone.yml: is a link to nothing that can be read',
      'group_vars/web/null.yml: is neither a file nor a folder',
      'group_vars/web/self.yml: is a link to nothing that can be read',
    ]);
  });

  it('are not sought where group_vars is a link to nothing, or a file: that is told', () => {
    symlinkSync('/nowhere/at/all', join(folder, 'group_vars'));
    expect(found().issues).toEqual(['group_vars: is a link to nothing that can be read']);
    rmSync(join(folder, 'group_vars'));
    write('group_vars');
    expect(found().issues).toEqual([
      'group_vars: is no folder; files of variables belong into one of this name',
    ]);
  });

  it('need not be there', () => {
    expect(found()).toEqual({ files: [], issues: [] });
  });
});
