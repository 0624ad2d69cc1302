import type { ConnectionPool } from '../connection/pool.ts';
import { pause } from '../engine/pause.ts';
import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { RunLock } from './locks.ts';

/** What has to be known to wait for other runs. */
export interface LockWait {
  readonly hosts: readonly Host[];
  readonly lock: RunLock;
  /** Milliseconds; after that the run itself says who is at work. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
  /** A pool with nothing open: locks are held by connections, and go with them. */
  open(): ConnectionPool;
  /** For people: what is waited for, each time that it is somebody else. */
  say(text: string): void;
}

/** So often it is tried again, in milliseconds, and a bit less often by chance: two that wait are not to meet each time. */
const againMs = 2_000;

/**
 * Takes the locks of all hosts, or none of them: whoever kept some while waiting for others could wait for somebody who
 * waits for it. Returns the pool that holds them; where time is up, or a host cannot be reached, the run will say so.
 */
export async function waitForLocks(first: ConnectionPool, wait: LockWait): Promise<ConnectionPool> {
  const { waitMs, stop } = wait;
  const deadline = performance.now() + waitMs;
  let [pool, told] = [first, ''];
  for (;;) {
    const others = await heldByOthers(pool, wait);
    if (others.length === 0 || stop.aborted) return pool;
    const left = deadline - performance.now();
    if (left <= 0) return pool;
    const seen = others.map(({ host, by }) => `${host.name} (${by})`).join(', ');
    if (seen !== told) wait.say(`waits for another run to end at ${seen}`);
    told = seen;
    await pool.close();
    pool = wait.open();
    await pause(Math.min(left, againMs * (1 + Math.random() / 2)), stop);
  }
}

async function heldByOthers(
  pool: ConnectionPool,
  { hosts, lock }: LockWait,
): Promise<{ host: Host; by: string }[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      try {
        const answer = await (await pool.connect(host.login)).lock(lock.nameAt(host), lock.holder);
        return answer.held ? [] : [{ host, by: answer.by }];
      } catch (error) {
        if (error instanceof KnownError) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
