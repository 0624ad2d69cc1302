import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/input/load-inventory.ts';

/** Files below `group_vars/` for a group each; every file sets a variable of its own name, and `last`. */
const layouts: readonly (readonly string[])[] = [
  ['g'],
  ['g.yml'],
  ['g.yaml'],
  ['g.json'],
  ['g/b.yml', 'g/a.yml'],
  ['g/a.yml', 'g/B.yml', 'g/10.yml', 'g/9.yml', 'g/_.yml'],
  ['g/sub/z.yml', 'g/t.yml'],
  ['g/plain', 'g/x.json', 'g/y.yaml'],
  ['g/x.yml~', 'g/.x.yml', 'g/x.txt', 'g/x.yml.old', 'g/x.yml'],
  ['g/sub/deeper/x', 'g/sub/y.yml', 'g/sub.yml'],
];

const named = (file: string) => file.replaceAll(/\W/g, '_');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'var-files-'));
  const groups = layouts.map((_, index) => `    g${index}: { hosts: { h${index}: {} } }\n`);
  writeFileSync(join(folder, 'inventory.yaml'), `all:\n  children:\n${groups.join('')}`);
  for (const [index, files] of layouts.entries())
    for (const file of files) {
      const path = join(folder, 'group_vars', file.replace('g', `g${index}`));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ [`v${named(file)}`]: file, last: file }));
    }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('files of variables', () => {
  it('are those that Ansible reads, in its order', async () => {
    const file = join(folder, 'inventory.yaml');
    const listed = execFileSync('ansible-inventory', ['-i', file, '--list'], { encoding: 'utf8' });
    const { hostvars } = (JSON.parse(listed) as { _meta: { hostvars: Record<string, unknown> } })._meta;
    const { hosts } = await loadInventory(file);
    const ours = Object.fromEntries(hosts.map(({ name, vars }) => [name, vars]));
    expect(Object.keys(hostvars)).toHaveLength(layouts.length);
    expect(ours).toEqual(hostvars);
  });
});
