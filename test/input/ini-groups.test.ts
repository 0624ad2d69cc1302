import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';

const folder = mkdtempSync(join(tmpdir(), 'ini-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, name = 'hosts') {
  writeFileSync(join(folder, name), text);
  return loadInventory(join(folder, name));
}

async function refused(text: string, name = 'hosts'): Promise<string> {
  const error = await load(text, name).catch((each: unknown) => each);
  if (!(error instanceof KnownError)) throw new TypeError('it was not refused', { cause: error });
  return error.message.replaceAll(`${folder}/`, '');
}

describe('an inventory in INI', () => {
  it('has groups, variables of hosts and of groups, and logins', async () => {
    const { hosts, groups } = await load(`# of all
lone ansible_connection=local
[gateway]
gw[1:2]:2222 ansible_host="10.0.0.5" apim="{'offset': 1}" # note
[gateway:vars]
apim={'memory': {'maximum': '2g'}, 'map_hosts': True}
note=two words
[site:children]
gateway
`);
    expect(Object.fromEntries(groups)).toMatchObject({ site: ['gw1', 'gw2'], ungrouped: ['lone'] });
    expect(hosts.map(({ name, login }) => [name, login.kind])).toEqual([
      ['lone', 'local'],
      ['gw1', 'ssh'],
      ['gw2', 'ssh'],
    ]);
    const gw = hosts[1];
    expect(gw?.login).toMatchObject({ address: '10.0.0.5', port: 2222 });
    expect(gw?.vars).toMatchObject({
      apim: { offset: 1, memory: { maximum: '2g' }, map_hosts: true },
      note: 'two words',
    });
    expect(gw?.position(['apim', 'offset'])).toMatchObject({ line: 4, column: 38 });
    expect(gw?.position(['apim', 'memory', 'maximum'])).toMatchObject({ line: 6, column: 1 });
  });

  it('tells all that is wrong at its place, and never what may be part of a password', async () => {
    const message = await refused(`gw1 10.0.0.1 ansible_password=fake rest
  gw2 x="open
[gw 1]
[gw:var]
whatever
[nobody:vars]
x=1
novalue
[p:children]
missing
two words
[gw]
gw[3:1] apim={"password":"fake"}
--- x=1
p:0
`);
    expect(message.split('\n').map((line) => line.replace(/(: .*?[a-z"\])0-9>])[:;,] .*$/, '$1'))).toEqual([
      'hosts:1:5: this is no name=value',
      'hosts:1:36: this is no name=value',
      'hosts:2:3: a quotation mark in this line is not closed',
      'hosts:3:1: this is no section',
      'hosts:4:1: there are no sections of the kind "var"',
      'hosts:8:1: this is no name=value',
      'hosts:11:1: this is no name of a group',
      'hosts:13:1: the range in "gw[3:1]" makes no sense',
      'hosts:13:9: apim',
      'hosts:14:1: --- begins YAML, and this is read as INI',
      'hosts:15:1: the port in "p:0" is none',
      'hosts:6:1: no group nobody is declared',
      'hosts:10:1: no group missing is declared',
    ]);
    expect(message).not.toMatch(/rest|fake/);
  });

  it('refuses more hosts than anybody has', async () => {
    expect(await refused('a[1:60000]\nb[1:60000]\n')).toBe(
      'hosts:2:1: is one of more than 100000 hosts, and no more are read',
    );
  });

  it('refuses a group within itself at its line', async () => {
    expect(await refused('[a:children]\nb\n[b:children]\na\n[c]\nx\n')).toBe(
      'hosts:4:1: a cannot be in b: this group is inside itself',
    );
    expect(await refused('[a:children]\nall\n[c]\nx\n')).toBe(
      'hosts:2:1: all is above every group and cannot be in one',
    );
  });

  it('has a secret that looks like a number as text only in both kinds of quotes', async () => {
    expect(await refused('a ansible_password="12345678"\n')).toContain(
      'hosts:1:3: ansible_password: must be a text (in quotes, where it looks like a number, a date or yes; in INI in both kinds of quotes)',
    );
    const { hosts } = await load(`a ansible_password="'12345678'"\n`);
    expect(hosts[0]?.login.kind === 'ssh' && hosts[0].login.password?.reveal()).toBe('12345678');
  });
});

describe('the form of an inventory', () => {
  it.each<[string, string]>([
    ['hosts', 'all: { hosts: { a: } }'],
    ['hosts', '# x\n\n---\nall: { hosts: { a: } }'],
    ['hosts.json', '{"all": {"hosts": {"a": null}}}'],
    ['hosts', '"all" : { hosts: { a: } }'],
    ['hosts', 'a'],
    ['hosts', 'a:22'],
    ['hosts', 'a x="b: c"'],
    ['hosts', '; x\n[all]\na'],
    ['hosts.yaml', '[all] # x\na'],
    ['hosts.ini', 'a'],
    ['hosts.production', 'a'],
  ])('is known by its first line: %s with %j', async (name, text) => {
    expect((await load(text, name)).hosts.map((host) => host.name)).toEqual(['a']);
  });

  it('is told where Ansible would not read it', async () => {
    expect(await refused('all: { hosts: { a: } }', 'hosts.ini')).toBe(
      'hosts.ini:1:1: is YAML, which Ansible reads only from files that end in .yaml, .yml or .json: rename it',
    );
  });

  it('is told by its mistakes', async () => {
    expect(await refused('all: [')).toContain('hosts:1:');
    expect(await refused('- a\n- b\n')).toBe('hosts:1:1: must be keys and values, such as { all: { … } }');
  });

  it('is not asked of a file that is too large', async () => {
    expect(await refused(`all: # ${'x'.repeat(21 * 1024 * 1024)}\n`)).toBe(
      'hosts:1:1: has 21 MB, and more than 20 MB are not read',
    );
  });
});
