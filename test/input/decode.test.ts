import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, duration } from '../../src/input/decode.ts';
import { secret } from '../../src/input/secrets.ts';

const schema = z.strictObject({
  flag: z.boolean(),
  count: z.int(),
  text: z.string(),
  wait: duration(),
  mode: z.enum(['before', 'starting']),
  either: z.union([z.boolean(), z.enum(['auto', 'none'])]),
  within: z.union([z.string(), z.strictObject({ port: z.number(), name: z.string() })]),
  password: secret(),
});

function wrong(part: Readonly<Record<string, unknown>>): string[] {
  const sound = {
    flag: true,
    count: 1,
    text: 'a',
    wait: '1s',
    mode: 'before',
    either: 'auto',
    within: 'a',
    password: 'a',
  };
  const origin = { position: () => ({ file: 'a', line: 1, column: 1 }), baseDirectory: '/', path: [] };
  return decode(schema, { ...sound, ...part }, origin).issues.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe('a value of another type', () => {
  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ flag: 'yes' }, 'flag: expected true or false, got "yes"; write true, without quotes'],
    [{ flag: 'Off' }, 'flag: expected true or false, got "Off"; write false, without quotes'],
    [{ flag: 'maybe' }, 'flag: expected true or false, got "maybe"'],
    [{ flag: 1 }, 'flag: expected true or false, got 1'],
    [{ count: '1_000' }, 'count: expected a number, got "1_000"; write 1000, without quotes'],
    [{ count: '10:30' }, 'count: expected a number, got "10:30"'],
    [{ text: 644 }, 'text: expected a text, got 644; a text that looks like that stands in quotes'],
    [{ text: true }, 'text: expected a text, got true; a text that looks like that stands in quotes'],
    [{ text: null }, 'text: expected a text, got nothing'],
    [{ wait: '10:30' }, 'wait: must be a time such as 10m, 90s or 30d, not "10:30"'],
    [{ wait: 10 }, 'wait: must be a time such as 10m, 90s or 30d, not 10'],
    [{ mode: 'yes' }, 'mode: must be "before" or "starting", not "yes"'],
    [{ either: 'yes' }, 'either: expected true or false or "auto" or "none", got "yes"'],
    [{ within: 1 }, 'within: expected a text or keys and values, got 1'],
    [{ within: { port: 'x', name: 'a' } }, 'within.port: expected a number, got "x"'],
    [{ within: { port: 1 } }, 'within.name: is missing'],
  ])('such as %j is refused with the forms that are allowed', (part, message) => {
    expect(wrong(part)).toEqual([message]);
  });

  it('that may be a secret is not shown', () => {
    expect(wrong({ password: 12345678 }).join()).not.toContain('12345678');
  });
});
