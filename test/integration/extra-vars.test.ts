import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExtraVars } from '../../src/input/extra-vars.ts';
import { layered } from '../../src/input/vars.ts';

/** What Ansible makes of extra variables, and what we make of them. */

type Answer = { readonly values: unknown } | { readonly error: string };

function askAnsible(all: readonly (readonly string[])[]): Answer[] {
  const script = resolve(import.meta.dirname, '../support/ansible-extra-vars.py');
  return JSON.parse(
    execFileSync('/usr/bin/python3', [script], {
      input: JSON.stringify(all),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    }),
  ) as Answer[];
}

function ours(given: readonly string[]): Answer {
  const { sources, issues } = readExtraVars(given, undefined);
  if (issues.length > 0) return { error: issues.map(({ message }) => message).join() };
  return { values: layered(sources) };
}

const examples: readonly (readonly string[])[] = [
  ['a=1'],
  ['a=1 b=two'],
  ['a=\'one two\' b="x y"'],
  ['a="it\'s"'],
  ['a=b=c'],
  ['a='],
  ['a=1   b=2  '],
  ['a={{ b }} c=d'],
  ['a="x\\ny"'],
  ['a=\\u00e9 b=\\x41'],
  ['a=1\nb=2'],
  ['a=1 \\\nb=2'],
  ['a=\\"x\\"'],
  ["a='x\"y'"],
  ['{"a": {"b": 1}}', '{"a": {"c": 2}}'],
  ['{a: [1, 2]}', '{a: [3]}'],
  ['{a: true, b: "no", c: 7, d: ~}'],
  ['a=1', '', 'a=2'],
];

describe('extra variables', () => {
  it.each(examples.map((given, index) => ({ given, index })))(
    '$given are what they are to Ansible',
    ({ index }) => {
      answers ??= askAnsible(examples);
      expect(ours(examples[index] ?? [])).toEqual(answers[index]);
    },
  );

  it('of any signs are what they are to Ansible, or are refused', () => {
    const word = fc.stringMatching(/^[ab\\'"= {}%#n\n]{0,8}$/);
    const given = fc.sample(
      word.map((text) => [`k=${text} z=1`]),
      { numRuns: 3000, seed: 4711 },
    );
    const theirs = askAnsible(given);
    for (const [index, each] of given.entries()) {
      const answer = ours(each);
      if ('values' in answer) expect({ each, answer }).toEqual({ each, answer: theirs[index] });
    }
    // Most of them mean something.
    expect(given.filter((each) => 'values' in ours(each)).length).toBeGreaterThan(300);
  });
});

let answers: Answer[] | undefined;
