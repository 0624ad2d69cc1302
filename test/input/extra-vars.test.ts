import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showIssue } from '../../src/errors.ts';
import { readExtraVars } from '../../src/input/extra-vars.ts';
import { layered } from '../../src/input/vars.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'extra-vars-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (...given: string[]) => {
  const { sources, issues } = readExtraVars(given, undefined);
  return { values: layered(sources), issues: issues.map(showIssue) };
};

describe('extra variables', () => {
  it('as key=value are texts, whatever they look like', () => {
    expect(read('a=1 b=yes', 'c="two words"')).toEqual({
      values: { a: '1', b: 'yes', c: 'two words' },
      issues: [],
    });
  });

  it('in braces are YAML or JSON, with its types', () => {
    expect(read('{"a": 1, "b": {"c": true}}', '{d: [x]}').values).toEqual({ a: 1, b: { c: true }, d: ['x'] });
  });

  it('come from a file in YAML or JSON as well', () => {
    writeFileSync(join(folder, 'more.yaml'), 'a: 1\n');
    expect(read(`@${folder}/more.yaml`).values).toEqual({ a: 1 });
  });

  it('count in their order, key by key', () => {
    expect(read('{"apim": {"a": 1, "b": 1}}', '{"apim": {"b": 2}}', 'x=1', 'x=2').values).toEqual({
      apim: { a: 1, b: 2 },
      x: '2',
    });
  });

  it('that cannot be meant are refused at their place', () => {
    expect(read('a=1 b').issues).toEqual(['-e:1:5: key=value is wanted, {…} in YAML or JSON, or @file']);
    expect(read('x=1', 'a="b').issues).toEqual(['-e number 2:1:1: a quote or a template is not closed']);
    expect(read('more.yaml').issues).toHaveLength(1);
    expect(read('./more.yaml').issues).toEqual([
      '-e:1:1: this looks like a file: a file is given as @./more.yaml',
    ]);
    expect(read('[1]').issues).toEqual(['-e:1:1: variables are keys and values']);
    expect(read('apim.user=x').issues).toEqual([
      `-e:1:1: apim.user: is no name of a variable; a key within another is given as -e '{"apim":{"user":"…"}}'`,
    ]);
    expect(read(`@${folder}/none.yaml`).issues[0]).toMatch(/none\.yaml:1:1: cannot be read: ENOENT/);
    writeFileSync(join(folder, 'wrong.yaml'), 'a: 1\nb: [\n');
    expect(read(`@${folder}/wrong.yaml`).issues[0]).toMatch(/wrong\.yaml:\d:\d: /);
  });

  it.each([
    ['ansible_become_password=fake-word', '-e:1:1: ansible_become_password'],
    ['{"apim": {"admin": {"password": "fake-word"}}}', '-e:1:33: apim.admin.password'],
    ['{"passwords": ["fake-word"]}', '-e:1:16: passwords.0'],
    ['api_token=12345', '-e:1:1: api_token'],
    ['{"apim": {"pack": {"headers": {"X-Api": "fake-word"}}}}', '-e:1:41: apim.pack.headers.X-Api'],
  ])('that are secrets are refused, and not shown: %s', (given, place) => {
    const [issue = ''] = read(given).issues;
    expect(issue).toContain(`${place}: whatever is given by -e shows in the list of processes`);
    expect(issue).not.toMatch(/fake-word|12345/);
  });

  it('that say where a secret is are none', () => {
    expect(
      read('{"apim": {"admin": {"password": "env:X"}, "keystore": {"password": "file:y"}}}').issues,
    ).toEqual([]);
    expect(
      read('{"apim": {"oauth_tokens": "hashed", "certificate": {"certificate": "a.pem", "key": "a.key"}}}')
        .issues,
    ).toEqual([]);
    expect(read('ansible_ssh_private_key_file=id ansible_password={{vaulted}}').issues).toEqual([]);
    writeFileSync(join(folder, 'secret.yaml'), 'ansible_password: fake-word\n');
    expect(read(`@${folder}/secret.yaml`).issues).toEqual([]);
  });
});
