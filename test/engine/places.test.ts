import { describe, expect, it } from 'vitest';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import type { Asks } from '../../src/engine/step.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeConnection, fakeHost, fakeServer } from '../support/fake-connection.ts';

/** A house with two hosts and this machine, where every question is counted. */
function house() {
  const ledger = createLedger();
  let asked = 0;
  const local = fakeServer([['count', () => ({ stdout: `${++asked}` })]]);
  const looker = createLooker(async () => fakeConnection(local), ledger);
  const from = (name: string, seen?: (place: string, version: number) => void) =>
    looker.from(fakeHost(name), fakeConnection(fakeServer()), seen);
  return { ledger, from };
}

const count = async ({ here }: Pick<Asks, 'here'>, _about: object) => (await here(sh`count`)).stdout;

describe('what is asked once', () => {
  const about = {};

  it('is asked once, however many hosts and steps want to know', async () => {
    const { from } = house();
    const answers = await Promise.all(['a', 'b', 'a', 'c'].map((name) => from(name).once(count, about)));
    expect(answers).toEqual(['1', '1', '1', '1']);
  });

  it('is asked again after a place was altered that it had looked at', async () => {
    const { from, ledger } = house();
    await from('a').once(count, about);
    ledger.altered('a:22');
    expect(await from('b').once(count, about)).toBe('1');
    ledger.altered('local');
    expect(await from('b').once(count, about)).toBe('2');
  });

  it('is asked for each thing that it is about, and for each question', async () => {
    const { from } = house();
    const other: typeof count = (asks, of) => count(asks, of);
    expect(await from('a').once(count, about)).toBe('1');
    expect(await from('a').once(count, {})).toBe('2');
    expect(await from('a').once(other, about)).toBe('3');
  });

  it('counts as looked at by each who was told the answer, in the state in which it was asked', async () => {
    const { from, ledger } = house();
    ledger.altered('local');
    await from('a').once(count, about);
    const seen: [string, number][] = [];
    await from('b', (place, version) => seen.push([place, version])).once(count, about);
    expect(new Map(seen)).toEqual(new Map([['local', 1]]));
  });
});
