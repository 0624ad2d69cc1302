import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/engine/turns.ts';

/** Work that ends when it is told to, and notes when it began and ended. */
function works(log: string[]) {
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    log.push(`${name} begins`);
    return new Promise<void>((resolve) => {
      ends.set(name, () => {
        log.push(`${name} ends`);
        resolve();
      });
    });
  };
  return { work, end: (name: string) => ends.get(name)?.() };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let those who want the same place go one after another, and others at once', async () => {
    const log: string[] = [];
    const { work, end } = works(log);
    const turns = createTurns();
    const all = [turns(['a'], work('first')), turns(['a'], work('second')), turns(['b'], work('other'))];
    await settle();
    expect(log).toEqual(['first begins', 'other begins']);
    end('first');
    await settle();
    expect(log.slice(2)).toEqual(['first ends', 'second begins']);
    end('second');
    end('other');
    await Promise.all(all);
  });

  it('let nobody wait for one another who want the same places in another order', async () => {
    const turns = createTurns();
    const log: string[] = [];
    const note = (name: string) => async () => void log.push(name);
    await Promise.all([
      turns(['a', 'b'], note('one')),
      turns(['b', 'a'], note('two')),
      turns(['b', 'c', 'a'], note('three')),
    ]);
    expect(log).toEqual(['one', 'two', 'three']);
  });

  it('tell who has them to whoever has to wait, and nobody else', async () => {
    const { work, end } = works([]);
    const turns = createTurns();
    const told: string[] = [];
    const guest = (who: string) => ({
      who,
      waits: (hosts: readonly string[]) => void told.push(`${who} after ${hosts.join(' and ')}`),
    });
    const first = turns(['a', 'b'], work('one'), guest('km'));
    const other = turns(['c'], work('two'), guest('tm'));
    const last = turns(['a', 'b', 'c'], work('three'), guest('gw'));
    expect(told).toEqual(['gw after km and tm']);
    await settle();
    end('one');
    end('two');
    await Promise.all([first, other]);
    await settle();
    end('three');
    await last;
    await turns(['a', 'b', 'c'], async () => undefined, guest('km'));
    expect(told).toHaveLength(1);
  });

  it('go on after one that failed', async () => {
    const turns = createTurns();
    const failing = turns(['a'], async () => Promise.reject(new Error('no')));
    const next = turns(['a', 'a'], async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
