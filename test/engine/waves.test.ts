import { describe, expect, it } from 'vitest';
import { type Company, strictest, wavesOf, widthOf } from '../../src/engine/waves.ts';
import type { Batch } from '../../src/input/batch.ts';
import { fakeHost } from '../support/fake-connection.ts';

/** The names in each wave, and why. */
function waves(group: Readonly<Record<string, Company>>, made = new Set<string>(), batch?: Batch): string[] {
  const hosts = Object.entries(group).map(([name, company]) => ({ host: fakeHost(name), company }));
  return wavesOf(hosts, made, batch).map(({ hosts: together, why }) =>
    [together.map(({ name }) => name).join(' '), ...(why === undefined ? [] : [why])].join(': '),
  );
}

const alone = { alone: 'it serves' };
const inBatch = { ...alone, batch: true };
const first = { makes: 'a user' };

describe('a group', () => {
  it('goes together where nothing speaks against it', () => {
    expect(waves({ a: {}, b: {}, c: {} })).toEqual(['a b c']);
  });

  it('follows the first that makes what all count on', () => {
    expect(waves({ a: first, b: first, c: first })).toEqual(['a: it makes a user', 'b c']);
  });

  it('follows one for each thing that is made', () => {
    expect(waves({ a: first, b: { makes: 'a table' }, c: first })).toEqual([
      'a: it makes a user',
      'b: it makes a table',
      'c',
    ]);
  });

  it('follows nobody once it is made', () => {
    const made = new Set<string>();
    expect(waves({ a: first, b: first }, made)).toEqual(['a: it makes a user', 'b']);
    expect(waves({ c: first, d: first }, made)).toEqual(['c d']);
  });

  it('goes one by one where each has to be alone', () => {
    expect(waves({ a: alone, b: alone })).toEqual(['a: it serves', 'b: it serves']);
  });

  it('has those up that are down before one is taken down that serves', () => {
    expect(waves({ a: alone, b: {}, c: first, d: alone })).toEqual([
      'c: it makes a user',
      'b',
      'a: it serves',
      'd: it serves',
    ]);
  });

  it('goes one by one without a batch, also who could go with others', () => {
    expect(waves({ a: inBatch, b: inBatch })).toEqual(['a: it serves', 'b: it serves']);
  });

  it('goes in batches, each full before the next', () => {
    const five = { a: inBatch, b: inBatch, c: inBatch, d: inBatch, e: inBatch };
    expect(waves(five, undefined, { hosts: 2 })).toEqual([
      'a b: it serves',
      'c d: it serves',
      'e: it serves',
    ]);
    expect(waves(five, undefined, { percent: 60 })).toEqual(['a b c: it serves', 'd e: it serves']);
  });

  it('has nobody in a batch who has to be alone', () => {
    const mixed = { a: inBatch, b: alone, c: inBatch, d: inBatch };
    expect(waves(mixed, undefined, { hosts: 3 })).toEqual(['a: it serves', 'b: it serves', 'c d: it serves']);
  });

  it.each([
    [undefined, 5, 1],
    [{ hosts: 2 }, 5, 2],
    [{ hosts: 5 }, 5, 4],
    [{ hosts: 2 }, 2, 1],
    [{ hosts: 2 }, 1, 1],
    [{ percent: 25 }, 8, 2],
    [{ percent: 25 }, 3, 1],
    [{ percent: 100 }, 3, 2],
  ] as const)('with a batch of %o, and %i hosts, lets %i go', (batch, size, width) => {
    expect(widthOf(batch, size)).toBe(width);
  });

  it('of one needs no reason', () => {
    expect(waves({ a: alone })).toEqual(['a']);
    expect(waves({ a: first })).toEqual(['a']);
  });

  it('of nobody has no wave', () => {
    expect(waves({})).toEqual([]);
  });
});

describe('what several steps say of a host', () => {
  it('is as strict as the strictest of them', () => {
    expect(strictest([{}, first, alone, { alone: 'another reason' }])).toEqual({ ...alone, ...first });
    expect(strictest([])).toEqual({});
  });

  it('goes in a batch only if all that keep it alone agree', () => {
    expect(strictest([inBatch, {}])).toEqual(inBatch);
    expect(strictest([inBatch, alone])).toEqual(alone);
  });
});
