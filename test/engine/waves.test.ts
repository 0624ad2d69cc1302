import { describe, expect, it } from 'vitest';
import { type Company, strictest, wavesOf } from '../../src/engine/waves.ts';
import { fakeHost } from '../support/fake-connection.ts';

/** The names in each wave, and why. */
function waves(group: Readonly<Record<string, Company>>, made = new Set<string>()): string[] {
  const hosts = Object.entries(group).map(([name, company]) => ({ host: fakeHost(name), company }));
  return wavesOf(hosts, made).map(({ hosts: together, why }) =>
    [together.map(({ name }) => name).join(' '), ...(why === undefined ? [] : [why])].join(': '),
  );
}

const alone = { alone: 'it serves' };
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
});
