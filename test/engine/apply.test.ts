import { afterEach, describe, expect, it, vi } from 'vitest';
import { apply, type Hands } from '../../src/engine/apply.ts';
import { type Check, wait } from '../../src/engine/plan.ts';
import { Interrupted, StepFailed } from '../../src/errors.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeConnection, fakeServer } from '../support/fake-connection.ts';

/** A server that answers each check with these codes, one after another, and writes down who asked. */
function serverOf(codes: Readonly<Record<string, readonly number[]>>, asked: string[] = []) {
  const left = new Map(Object.entries(codes).map(([name, all]) => [name, [...all]]));
  return fakeServer(
    Object.keys(codes).map((name) => [
      `check ${name}`,
      () => {
        asked.push(name);
        const [code = 0, ...others] = left.get(name) ?? [];
        left.set(name, others);
        return { code, stderr: code === 0 ? '' : `${name} says ${code}\n` };
      },
    ]),
  );
}

const check = (name: string): Check => ({ what: name, command: sh`check ${name}` });
const never = new AbortController().signal;

function handsAt(server: ReturnType<typeof fakeServer>, more: Partial<Hands> = {}): Hands {
  const idle = () => undefined;
  const connection = fakeConnection(server);
  return {
    connection,
    abort: never,
    stop: never,
    output: idle,
    tell: idle,
    progress: idle,
    waiting: idle,
    ...more,
  };
}

describe('a wait', () => {
  afterEach(() => vi.useRealTimers());

  const usual = { what: 'it to be ready', timeoutMs: 60_000, everyMs: 1 };

  it('goes on at its deadline where it is patient, and tells what is still missing', async () => {
    const told: string[] = [];
    const going = async (patient: true | 'quietly') => {
      const server = serverOf({ a: Array.from({ length: 99 }, () => 1), b: [] }, []);
      const action = wait({ ...usual, timeoutMs: 20, patient, until: ['a', 'b'].map(check) });
      await apply(action, handsAt(server, { tell: (text) => told.push(text) }));
    };
    await going(true);
    expect(told).toEqual(['waited 0 s for it to be ready; still missing: a (a says 1); going on']);
    await going('quietly');
    expect(told).toHaveLength(1);
  });

  it('asks all at once, and again only what did not hold', async () => {
    const asked: string[] = [];
    const server = serverOf({ a: [1, 1], b: [], c: [1] }, asked);
    await apply(wait({ ...usual, until: ['a', 'b', 'c'].map(check) }), handsAt(server));
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'c', 'a']);
  });

  it('asks nothing else until what comes first holds', async () => {
    const asked: string[] = [];
    const server = serverOf({ a: [1, 1], b: [1], c: [1], d: [] }, asked);
    const action = wait({ ...usual, first: ['a', 'b'].map(check), until: ['c', 'd'].map(check) });
    await apply(action, handsAt(server));
    expect(asked).toEqual(['a', 'b', 'a', 'b', 'a', 'c', 'd', 'c']);
  });

  it('tells the first that is missing', async () => {
    const told: string[] = [];
    const waiting = (what: string, why: string) => void told.push(`${what}: ${why}`);
    const server = serverOf({ a: [], b: [3], c: [1, 1] });
    await apply(wait({ ...usual, until: ['a', 'b', 'c'].map(check) }), handsAt(server, { waiting }));
    expect(told).toEqual(['b: b says 3', 'c: c says 1']);
  });

  it('ends when the time is up, with what is missing and how much more', async () => {
    const server = serverOf({ a: [], b: Array(99).fill(2), c: Array(99).fill(1) });
    const action = wait({ ...usual, timeoutMs: 0, until: ['a', 'b', 'c'].map(check), hint: 'look there' });
    await expect(apply(action, handsAt(server))).rejects.toThrow(
      new StepFailed({
        cause: 'waited 0 s for it to be ready; still missing: b (b says 2), and 1 more',
        hint: 'look there',
      }).message,
    );
  });

  it('has one deadline, however much of the time what comes first took', async () => {
    vi.useFakeTimers();
    const began = Date.now();
    const server = fakeServer([
      ['check a', () => ({ code: Date.now() - began < 7_000 ? 1 : 0 })],
      ['check b', { code: 1 }],
    ]);
    const time = { timeoutMs: 10_000, everyMs: 1_000 };
    const action = wait({ ...usual, ...time, first: [check('a')], until: [check('b')] });
    await Promise.all([
      expect(apply(action, handsAt(server))).rejects.toThrow(
        'waited 10 s for it to be ready; still missing: b',
      ),
      vi.runAllTimersAsync(),
    ]);
    expect(Date.now() - began).toBeLessThanOrEqual(10_000);
  });

  it('ends at once when what it waits for has died, with its last words', async () => {
    const server = serverOf({ a: Array(99).fill(1), life: [0, 1] });
    server.answers.push(['last words', { stdout: 'out of memory\n' }]);
    const action = wait({
      ...usual,
      until: [check('a')],
      alive: sh`check life`,
      tail: sh`last words`,
    });
    const failure = await apply(action, handsAt(server)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      cause: 'waited for it to be ready, but its process ended (a: a says 1)',
      tail: ['out of memory'],
    });
  });

  it('does not mind the end of a process once all holds', async () => {
    const server = serverOf({ a: [], life: [1] });
    await apply(wait({ ...usual, until: [check('a')], alive: sh`check life` }), handsAt(server));
  });

  it('ends when it is asked to stop', async () => {
    const stop = new AbortController();
    const server = serverOf({ a: Array(99).fill(1) });
    const hands = handsAt(server, { stop: stop.signal, waiting: () => stop.abort() });
    await expect(apply(wait({ ...usual, until: [check('a')] }), hands)).rejects.toThrow(Interrupted);
  });
});
