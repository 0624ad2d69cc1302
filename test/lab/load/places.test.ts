import { expect, it } from 'vitest';
import { createPlaces } from './places.ts';
import type { Sender } from './sender.ts';

const sender = {} as Sender;

it('lets those of a kind choose one after the other, each knowing where the others are', async () => {
  const places = createPlaces();
  const seen: string[][] = [];
  const choose = (key: string, node: string) =>
    places.choose(key, async (taken) => {
      seen.push([key, ...taken]);
      await Promise.resolve();
      return { sender, node };
    });
  await Promise.all([choose('a', 'n1'), choose('b', 'n1'), choose('a', 'n2'), choose('a', 'n1')]);
  expect(seen.filter(([key]) => key === 'a')).toEqual([['a'], ['a', 'n1'], ['a', 'n1', 'n2']]);
  expect(seen.filter(([key]) => key === 'b')).toEqual([['b']]);
});

it('goes on with the next when one could not choose', async () => {
  const places = createPlaces();
  const failing = places.choose('a', () => Promise.reject(new Error('no')));
  const next = places.choose('a', async (taken) => {
    expect([...taken]).toEqual([]);
    return { sender, node: 'n1' };
  });
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe(sender);
});
