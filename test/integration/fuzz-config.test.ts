import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readConfigFile } from '../../src/input/config-file.ts';
import { ask, samples, shortest } from '../support/fuzz.ts';

const piece = fc.constantFrom(
  'a',
  'B',
  'key',
  'x y',
  '"q"',
  '%',
  '[',
  ']',
  '=',
  ':',
  ';',
  ' ;',
  '#',
  ' # ',
  ' ',
  '\t',
  'ä',
  '{{CWD}}',
);
const value = fc.array(piece, { maxLength: 5 }).map((all) => all.join(''));
const key = fc.constantFrom('key', 'Key', 'other', 'a b', 'x', 'vault_identity_list');
const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(key, fc.constantFrom('=', ' = ', ':', ' : ', '= '), value).map((all) => all.join('')),
  },
  fc.constantFrom('[defaults]', '[ssh_connection]', '[DEFAULT]', ' [odd]', '[a] ; b', '[]', '[a]]'),
  fc.constantFrom('', '', '# a comment', '; a comment', '  # a comment', ' ', '\t'),
  fc.tuple(fc.constantFrom(' ', '  ', '\t'), value).map((all) => all.join('')),
  value,
);
const text = fc
  .tuple(fc.boolean(), fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\n', '\r\n'))
  .map(([begun, lines, end]) => [...(begun ? ['[defaults]'] : []), ...lines].join(end));

describe('a file such as ansible.cfg', () => {
  it('has the values that Python reads, or is refused', () => {
    const { all, from } = samples(text, 2_000);
    const answers = ask<string, { value?: Record<string, Record<string, string>>; error?: string }>(
      'config',
      all,
    );
    const wrong = all.flatMap((each, index) => {
      let own: unknown;
      try {
        own = Object.fromEntries(
          [...readConfigFile('ansible.cfg', each)].map(([name, values]) => [
            name,
            Object.fromEntries([...values].map(([name, found]) => [name, found.text])),
          ]),
        );
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
      const answer = answers[index];
      const sorted = (found: unknown) =>
        JSON.stringify(found, (_name, inner: unknown) =>
          typeof inner === 'object' && inner !== null
            ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
            : inner,
        );
      return sorted(own) === sorted(answer?.value) ? [] : [{ each, own, answer }];
    });
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
    const read = answers.filter((each) => each.error === undefined).length;
    expect(read).toBeGreaterThan(all.length / 10);
  });
});
