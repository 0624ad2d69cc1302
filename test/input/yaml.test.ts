import { describe, expect, it, vi } from 'vitest';
import { readYaml } from '../../src/input/yaml.ts';

const issuesOf = (text: string) =>
  readYaml('a.yaml', text).issues.map(({ line, column, message }) => `${line}:${column}: ${message}`);

describe('aliases', () => {
  it('may be used as often as there are hosts', () => {
    const hosts = Array.from({ length: 5_000 }, (_, index) => `  h${index}: { <<: *common, n: ${index} }`);
    const { document, issues } = readYaml(
      'a.yaml',
      `common: &common { user: wso2, list: [1, 2] }\nhosts:\n${hosts.join('\n')}\n`,
    );
    expect(issues).toEqual([]);
    const found = document.value as { hosts: Record<string, unknown> };
    expect(found.hosts.h4999).toEqual({ user: 'wso2', list: [1, 2], n: 4999 });
  });

  it('are bounded by what they come to, and it says where', () => {
    const layers = Array.from(
      { length: 22 },
      (_, index) => `l${index + 1}: &l${index + 1} [*l${index}, *l${index}]`,
    );
    expect(issuesOf(`l0: &l0 x\n${layers.join('\n')}\n`)).toEqual([
      '20:11: comes to more than 1000000 values once its aliases are filled in',
    ]);
  });

  it('cannot stand within what they stand for', () => {
    expect(issuesOf('a: &a\n  b: [1, *a]\n')).toEqual(['2:10: *a stands within what it stands for']);
  });

  it('stand for what was last named so', () => {
    const text = 'a: &x 1\nb: *x\nc: &x [2, 3]\nd: *x\n';
    expect(readYaml('a.yaml', text).document.value).toEqual({ a: 1, b: 1, c: [2, 3], d: [2, 3] });
  });
});

describe('a key', () => {
  it('stands once in a map, but for what is merged', () => {
    expect(issuesOf('a: 1\nb: { c: 1, d: 2, c: 3 }\na: 2\n"1": x\n1: y\n')).toEqual([
      '3:1: map keys must be unique; this one stands in line 1 as well',
      '5:1: map keys must be unique; this one stands in line 4 as well',
      '2:18: map keys must be unique; this one stands in line 2 as well',
    ]);
    const text = 'a: &a { x: 1 }\nb: &b { y: 2 }\nc: { <<: *a, <<: *b }\n';
    expect(readYaml('a.yaml', text).document.value).toMatchObject({ c: { x: 1, y: 2 } });
  });

  it('is no {{ variable }} without quotes, which the library would show in a warning', () => {
    expect(issuesOf('a:\n  b: {{ fake }}\n')).toEqual([
      '2:7: a key is a text; if this is a {{ variable }}, it stands in quotes',
    ]);
  });

  it.each([
    ['a: &x { b: c }\n*x : d\n', '2:1'],
    ['a: &x [b]\nc: { *x : d }\n', '2:6'],
    ['!unsafe a: 1\n', '1:9'],
    ['? !vault |\n  fake-word\n: 1\n', '1:10'],
  ])('is a text, also by another name, and shown in no warning: %j', (text, place) => {
    const warn = vi.spyOn(process, 'emitWarning');
    expect(issuesOf(text)).toEqual([expect.stringMatching(new RegExp(`^${place}: a key is a text`))]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('may be the text of an anchor, once', () => {
    expect(readYaml('a.yaml', 'a: &x b\n*x : d\n').document.value).toEqual({ a: 'b', b: 'd' });
    expect(issuesOf('a: &x b\n*x : d\nb: e\n')).toEqual([
      '3:1: map keys must be unique; this one stands in line 2 as well',
    ]);
  });

  it('is found in no time among very many', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `k${index}: ${index}`);
    const { document, issues } = readYaml('a.yaml', lines.join('\n'));
    expect(issues).toEqual([]);
    for (const index of lines.keys()) document.position([`k${index}`]);
    expect(document.position(['k99999']).line).toBe(100_000);
  });
});

describe('a text that is nested too deeply', () => {
  it.each([
    ['[', ']'],
    ['{a: ', '}'],
  ])('of %s is refused in words for people', (open, close) => {
    const [issue] = issuesOf(`a: ${open.repeat(20_000)}${close.repeat(20_000)}\n`);
    expect(issue).toMatch(/is nested too deeply to be read$/);
  });
});
