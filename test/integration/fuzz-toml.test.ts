import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readToml } from '../../src/apim/config/read-toml.ts';
import { type TomlTable, type TomlValue, writeToml } from '../../src/apim/config/toml.ts';
import { Secret } from '../../src/secret.ts';
import { ask, samples, shortest, tries } from '../support/fuzz.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(...`"'\\\b\t\n\f\r\u0000\u001f\u007f\u0085\u2028#=[]{}$`),
    maxLength: 8,
  }),
);
const scalar = fc.oneof(
  text,
  text.map((each) => new Secret(`fake-${each}`)),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value: fc.Arbitrary<TomlValue> = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));
const key = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/),
  fc.stringMatching(/^[A-Za-z0-9_. -]{1,8}$/),
  text,
);
const tables: fc.Arbitrary<readonly TomlTable[]> = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z_]{1,6}(\.[a-z0-9_-]{1,4})?$/),
    many: fc.boolean(),
    keys: fc.uniqueArray(fc.tuple(key, value), { maxLength: 5, selector: ([name]) => name }),
  }),
  { maxLength: 4, selector: ({ name }) => name.split('.')[0] },
);

/** What is to be read, as JSON has it. */
function wanted(all: readonly TomlTable[]): unknown {
  const document: Record<string, unknown> = Object.create(null);
  for (const { name, many, keys } of all) {
    const own = Object.fromEntries(keys.map(([each, found]) => [each, plain(found)]));
    const [first = '', second] = name.split('.');
    const table = many === true ? [own] : own;
    document[first] = second === undefined ? table : { [second]: table };
  }
  return document;
}

function plain(found: TomlValue): unknown {
  if (found instanceof Secret) return found.reveal();
  // A double such as -0 or 1e21 is the same number, however it is written.
  return Array.isArray(found) ? found.map((each) => plain(each as TomlValue)) : found;
}

const same = (found: unknown) => JSON.stringify(sorted(found));
function sorted(found: unknown): unknown {
  if (typeof found === 'bigint' || typeof found === 'number') return Number(found) + 0;
  if (Array.isArray(found)) return found.map(sorted);
  if (typeof found !== 'object' || found === null) return found;
  return Object.entries(found)
    .map(([name, each]) => [name, sorted(each)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

describe('what is written as TOML', () => {
  it('is read as the same values by another reader, and by Python', () => {
    const { all, from } = samples(tables, 400);
    const texts = all.map((each) => writeToml('# by us\n', each).reveal());
    const answers = ask<string, { value?: unknown; error?: string }>('toml', texts);
    const wrong = all.flatMap((each, index) => {
      const toml = texts[index] ?? '';
      const expected = same(wanted(each));
      const own = readToml(toml);
      const answer = answers[index];
      const readers = [own.ok ? same(own.document) : own.why, same(answer?.value) ?? answer?.error];
      return readers.every((found) => found === expected) ? [] : [{ toml, expected, readers }];
    });
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });

  it('shows no secret in its face, which is TOML as well', () => {
    fc.assert(
      fc.property(tables, (each) => {
        const { face } = writeToml('', each);
        expect(readToml(face).ok).toBe(true);
        for (const { keys } of each)
          for (const [, found] of keys)
            if (found instanceof Secret && found.reveal().length > 10)
              expect(face).not.toContain(JSON.stringify(found.reveal()));
      }),
      tries(100),
    );
  });
});
