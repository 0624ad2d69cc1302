import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listOf, pathOf, readAnsibleConfig, saysYes, settingOf } from '../../src/input/ansible-config.ts';

const root = mkdtempSync(join(tmpdir(), 'ansible-config-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with `ansible.cfg` or another file in it. */
function folder(name: string, text?: string, file = 'ansible.cfg'): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  if (text !== undefined) writeFileSync(join(path, file), text);
  return path;
}

const key = { variable: 'ANSIBLE_KEY', section: 'defaults', key: 'key' };
const config = (value: string) => `[defaults]\nkey = ${value}\n`;
const nowhere = join(root, 'none.cfg');
const home = folder('home', config('of the home'), '.ansible.cfg');
const system = join(folder('etc', config('of the system')), 'ansible.cfg');

function value(environment: NodeJS.ProcessEnv, where: string, last = nowhere): string | undefined {
  return settingOf(readAnsibleConfig(environment, where, last), key)?.text;
}

describe('ansible.cfg', () => {
  it('is the first that there is: of ANSIBLE_CONFIG, here, at home, of the system', () => {
    const here = folder('here', config('of here'));
    const named = folder('named', config('of its own'));
    const bare = folder('bare');
    expect(value({ HOME: home, ANSIBLE_CONFIG: join(named, 'ansible.cfg') }, here, system)).toBe(
      'of its own',
    );
    expect(value({ HOME: home, ANSIBLE_CONFIG: named }, here, system)).toBe('of its own');
    expect(value({ HOME: home, ANSIBLE_CONFIG: join(named, 'none.cfg') }, here, system)).toBe('of here');
    expect(value({ HOME: home }, here, system)).toBe('of here');
    expect(value({ HOME: home }, bare, system)).toBe('of the home');
    expect(value({ HOME: bare }, bare, system)).toBe('of the system');
    expect(value({ HOME: bare }, bare)).toBeUndefined();
  });

  it('is not read in a folder where everybody may write, which is told', () => {
    const open = folder('open', config('of anybody'));
    chmodSync(open, 0o777);
    const found = readAnsibleConfig({ HOME: home }, open, nowhere);
    expect(settingOf(found, key)?.text).toBe('of the home');
    expect(found.notes).toEqual([
      `${open}/ansible.cfg is not read, as Ansible does not: everybody may write into its folder`,
    ]);
  });

  it('comes after the environment, and what is empty is not set', () => {
    const here = folder('after', config('"of here"'));
    expect(value({ HOME: home, ANSIBLE_KEY: 'of the environment' }, here)).toBe('of the environment');
    expect(value({ HOME: home, ANSIBLE_KEY: '' }, here)).toBeUndefined();
    expect(value({ HOME: home }, here)).toBe('of here');
  });

  it('gives texts, lists, paths, and yes or no', () => {
    const here = folder('kinds', config('~/a, "b" , c'));
    const found = readAnsibleConfig({ HOME: home }, here, nowhere);
    const setting = settingOf(found, key);
    if (setting === undefined) throw new Error('it is set');
    expect(setting.from).toBe(`key in ${here}/ansible.cfg`);
    expect(listOf(setting)).toEqual(['~/a', 'b', 'c']);
    const path = (text: string) => pathOf({ ...found, folder: '/project' }, { ...setting, text });
    expect(['a/b', '~/a', '$HOME/a', '$UNSET/a', '/a', '{{CWD}}/a'].map(path)).toEqual([
      `${here}/a/b`,
      `${home}/a`,
      `${home}/a`,
      `${here}/$UNSET/a`,
      '/a',
      '/project/a',
    ]);
    expect(['yes', 'True', 'on', '1', 'no', ''].map((text) => saysYes({ text, from: '' }))).toEqual([
      ...[true, true, true, true],
      ...[false, false],
    ]);
  });

  it('has values of several lines, with the empty ones between them', () => {
    const here = folder('lines', '[defaults]\nkey = a ; b\n  c\n\n  # no\n  d\nother = 1\n');
    expect(value({ HOME: home }, here)).toBe('a\nc\n\nd');
  });

  it.each([
    ['key = 1\n', 'no section such as [defaults] begins above this'],
    ['[defaults]\nkey\n', 'is no line such as key = value'],
    ['[defaults]\nkey = 1\nKEY: 2\n', 'key is here twice'],
    ['[defaults]\n[defaults]\n', 'the section defaults is here twice'],
  ])('such as %j is refused at its place', (text, message) => {
    const here = folder('wrong', text);
    const line = text.trimEnd().split('\n').length;
    expect(() => readAnsibleConfig({ HOME: home }, here, nowhere)).toThrow(
      `${here}/ansible.cfg:${line}:1: ${message}`,
    );
  });

  it('of another kind, or in another encoding, is refused', () => {
    const taken = folder('taken');
    mkdirSync(join(taken, 'ansible.cfg'));
    expect(() => readAnsibleConfig({ HOME: home }, taken, nowhere)).toThrow(
      `${taken}/ansible.cfg cannot be read: EISDIR`,
    );
    const here = folder('other', 'defaults: {}\n', 'ansible.yml');
    expect(() => readAnsibleConfig({ ANSIBLE_CONFIG: join(here, 'ansible.yml') }, here, nowhere)).toThrow(
      'its name has to end in .cfg or .ini',
    );
    writeFileSync(join(here, 'ansible.cfg'), Buffer.from('[defaults]\nkey = \xe4\n', 'latin1'));
    expect(() => readAnsibleConfig({ HOME: home }, here, nowhere)).toThrow(
      'ansible.cfg:2:7: this is no UTF-8',
    );
  });
});
