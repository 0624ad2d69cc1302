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
  const elsewhere = fakeServer([['count', () => ({ stdout: 'elsewhere' })]]);
  elsewhere.files.set('/etc/note', 'read there');
  const looker = createLooker(
    async ({ login }) => fakeConnection(login.kind === 'local' ? local : elsewhere),
    ledger,
  );
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

describe('a look at another place', () => {
  const seenBy = () => {
    const seen = new Map<string, number>();
    return { seen, tell: (place: string, version: number) => void seen.set(place, version) };
  };

  it('asks the other host, and is good for as long as nothing is altered there', async () => {
    const { from, ledger } = house();
    ledger.altered('b:22');
    const { seen, tell } = seenBy();
    const asks = from('a', tell);
    expect((await asks.at(fakeHost('b')).there(sh`count`)).stdout).toBe('elsewhere');
    expect(seen).toEqual(new Map([['b:22', 1]]));
  });

  it('reads a file there, or tells that there is none', async () => {
    const { from } = house();
    const there = from('a').at(fakeHost('b'));
    expect(Buffer.from((await there.read('/etc/note')) ?? []).toString()).toBe('read there');
    expect(await there.read('/etc/nothing')).toBeUndefined();
  });

  it('goes through the host of the step to what hosts share, and notes both', async () => {
    const { from } = house();
    const { seen, tell } = seenBy();
    await from('a', tell).at({ sharedFiles: 'nas:/export' }).there(sh`count`);
    expect([...seen.keys()]).toEqual(['a:22', 'files nas:/export']);
  });

  it('is asked once for all, if it is the same whoever asks', async () => {
    const { from, ledger } = house();
    const about = { host: fakeHost('b') };
    let asked = 0;
    const question = async ({ at }: Pick<Asks, 'at'>, { host }: typeof about) => {
      asked += 1;
      return (await at(host).there(sh`count`)).stdout;
    };
    expect(await from('a').once(question, about)).toBe('elsewhere');
    await from('c').once(question, about);
    expect(asked).toBe(1);
    ledger.altered('b:22');
    await from('c').once(question, about);
    expect(asked).toBe(2);
  });
});
