import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createAhead } from '../../src/pki/ahead.ts';

/** Makers that tell when they begin, and end when they are told to. */
function workshop(count: number) {
  const ahead = createAhead<number>();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const gets = Array.from({ length: count }, (_, number) =>
    ahead.add(() => {
      begun.push(number);
      return new Promise<number>((resolve) => {
        ends[number] = () => resolve(number);
      });
    }),
  );
  const at = (number: number): (() => Promise<number>) => {
    const get = gets[number];
    if (get === undefined) throw new Error(`there is no ${number}`);
    return get;
  };
  return { at, begun, end: (number: number) => ends[number]?.() };
}

/** Lets everything happen that needs no more than promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const width = Math.min(availableParallelism(), 3);

describe('things made ahead of need', () => {
  it('are not made before the first is asked for', async () => {
    const { begun } = workshop(5);
    await settled();
    expect(begun).toEqual([]);
  });

  it('are made as many at a time as there are cores, the nearest first', async () => {
    const { at, begun, end } = workshop(100);
    const first = at(0)();
    await settled();
    expect(begun).toEqual(Array.from({ length: width }, (_, number) => number));
    end(0);
    expect(await first).toBe(0);
    await settled();
    expect(begun).toHaveLength(width + 1);
  });

  it('are not made far ahead of who asks', async () => {
    const { at, begun, end } = workshop(100);
    void at(0)();
    for (let number = 0; number < 100; number += 1) {
      await settled();
      end(number);
    }
    await settled();
    expect(begun).toHaveLength(4 * width);
  });

  it('are made once, whoever asks again', async () => {
    const { at, begun, end } = workshop(1);
    const both = Promise.all([at(0)(), at(0)()]);
    await settled();
    end(0);
    expect(await both).toEqual([0, 0]);
    expect(begun).toEqual([0]);
  });

  it('fail for who asks for them, and for nobody else', async () => {
    const ahead = createAhead<string>();
    const first = ahead.add(async () => 'made');
    const second = ahead.add(async () => {
      throw new Error('no luck');
    });
    expect(await first()).toBe('made');
    await settled();
    await expect(second()).rejects.toThrow('no luck');
  });
});
