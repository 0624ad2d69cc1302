import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitForLocks } from '../../src/cli/lock-wait.ts';
import type { Connection } from '../../src/connection/connection.ts';
import type { ConnectionPool } from '../../src/connection/pool.ts';
import { ConnectionFailed } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';

const host = (name: string) => ({ name, login: { kind: 'ssh', address: name } }) as unknown as Host;

/** Locks by the name of their host, and pools whose connections hold them until they are closed. */
function createPlace(gone: readonly string[] = []) {
  const held = new Map<string, string>();
  const open = (): ConnectionPool => {
    const own = new Set<string>();
    const connect = async ({ address }: { address: string }) => {
      if (gone.includes(address)) throw new ConnectionFailed({ cause: 'refused' });
      const lock = async (_name: string, holder: string) => {
        const by = held.get(address);
        if (by !== undefined && !own.has(address)) return { held: false, by };
        own.add(address);
        held.set(address, holder);
        return { held: true };
      };
      return { lock } as unknown as Connection;
    };
    return {
      connect: connect as unknown as ConnectionPool['connect'],
      all: async () => [],
      close: async () => {
        for (const each of own) held.delete(each);
        own.clear();
      },
    };
  };
  const wait = (holder: string, names: readonly string[], waitMs: number, stop = new AbortController()) => {
    const said: string[] = [];
    const pool = waitForLocks(open(), {
      ...{ hosts: names.map(host), lock: { nameAt: () => 'run', holder }, waitMs, stop: stop.signal, open },
      say: (text) => said.push(text),
    });
    return { pool, said };
  };
  return { held, wait };
}

describe('waiting for other runs', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is nothing where nobody is at work', async () => {
    const { held, wait } = createPlace();
    const { pool, said } = wait('ann', ['a', 'b'], 60_000);
    await pool;
    expect(said).toEqual([]);
    expect([...held]).toEqual([
      ['a', 'ann'],
      ['b', 'ann'],
    ]);
  });

  it('keeps no lock meanwhile, says once for whom, and takes all of them when they go', async () => {
    const { held, wait } = createPlace();
    held.set('b', 'bob, since noon');
    const { pool, said } = wait('ann', ['a', 'b'], 60_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([...held]).toEqual([['b', 'bob, since noon']]);
    expect(said).toEqual(['waits for another run to end at b (bob, since noon)']);
    held.delete('b');
    await vi.advanceTimersByTimeAsync(4_000);
    await pool;
    expect([...held.values()]).toEqual(['ann', 'ann']);
  });

  it('ends when its time is up, or the operator will not wait', async () => {
    const { held, wait } = createPlace();
    held.set('a', 'bob');
    const patient = wait('ann', ['a'], 10_000);
    const stop = new AbortController();
    const stopped = wait('eve', ['a'], 3_600_000, stop);
    await vi.advanceTimersByTimeAsync(12_000);
    await patient.pool;
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    await stopped.pool;
    expect(held.get('a')).toBe('bob');
  });

  it('ends for two that wait for one another', async () => {
    const { held, wait } = createPlace();
    held.set('c', 'bob');
    const ann = wait('ann', ['a', 'b', 'c'], 3_600_000);
    const eve = wait('eve', ['c', 'b', 'a'], 3_600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    held.delete('c');
    let first: ConnectionPool | undefined;
    void Promise.race([ann.pool, eve.pool]).then((pool) => {
      first = pool;
    });
    await vi.advanceTimersByTimeAsync(600_000);
    const [winner] = new Set(held.values());
    expect(held.size).toBe(3);
    await first?.close();
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all([ann.pool, eve.pool]);
    expect(new Set(held.values())).toEqual(new Set([winner === 'ann' ? 'eve' : 'ann']));
  });

  it('leaves a host that cannot be reached to the run, which says why', async () => {
    const { wait } = createPlace(['a']);
    const { pool, said } = wait('ann', ['a'], 60_000);
    await pool;
    expect(said).toEqual([]);
  });
});

describe('a run that holds a lock', () => {
  const root = resolve(import.meta.dirname, '../..');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-wait-'));
    const command = `touch ${folder}/begun; until test -e ${folder}/go; do sleep 0.1; done; touch ${folder}/made`;
    writeFileSync(join(folder, 'inventory.yaml'), 'all: { hosts: { a: { ansible_connection: local } } }\n');
    writeFileSync(
      join(folder, 'own.yaml'),
      `name: Own\nplays:\n  - name: A\n    hosts: a\n    steps:\n      - run-command: { unless: "test -e ${folder}/made", command: "${command}" }\n`,
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function tool(...words: readonly string[]) {
    const main = join(root, 'src/cli/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
    const ended = new Promise<number | null>((done) => child.on('close', done));
    return { ended, told: () => told };
  }
  const run = (...words: readonly string[]) =>
    tool('run', join(folder, 'own.yaml'), join(folder, 'inventory.yaml'), ...words);
  const lock = (what: string, ...words: readonly string[]) =>
    tool('lock', what, join(folder, 'inventory.yaml'), ...words);

  it('is waited for with --lock-wait: another begins when it has ended, or ends with 75 where that takes longer', async () => {
    const first = run();
    await vi.waitUntil(() => existsSync(join(folder, 'begun')), { timeout: 30_000 });
    const hasty = run('--lock-wait', '1s');
    const second = run('--lock-wait', '5m');
    expect(await hasty.ended).toBe(75);
    await vi.waitUntil(() => second.told().includes('waits for another run to end at a ('), {
      timeout: 30_000,
    });
    writeFileSync(join(folder, 'go'), '');
    expect(await first.ended).toBe(0);
    expect(await second.ended).toBe(0);
    expect(second.told()).toContain('Nothing to do');
  }, 90_000);

  it('is told by lock status, and loses it by lock release, once somebody said yes', async () => {
    const first = run();
    await vi.waitUntil(() => existsSync(join(folder, 'begun')), { timeout: 30_000 });
    const seen = lock('status');
    expect(await seen.ended).toBe(75);
    expect(seen.told()).toMatch(/^a +\S+@\S+, process \d+, since \d{4}-.*Z, own /m);
    const unasked = lock('release');
    expect(await unasked.ended).toBe(64);
    expect(unasked.told()).toContain('--yes says that it may');
    const released = lock('release', '--yes');
    expect(await released.ended).toBe(0);
    expect(released.told()).toMatch(/^a: (released|free meanwhile)$/m);
    writeFileSync(join(folder, 'go'), '');
    expect(await first.ended).toBe(1);
    const free = lock('status');
    expect(await free.ended).toBe(0);
    expect(free.told()).toMatch(/^a +free$/m);
  }, 90_000);
});
