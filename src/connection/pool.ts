import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { ConnectionFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import type { Connection } from './connection.ts';
import { defaultForks } from './forks.ts';
import { openLocal } from './local.ts';

/** One connection a login, however many hosts stand behind it. */
export interface ConnectionPool {
  /** Opens it at first use. A login that failed once is not tried again in this run. */
  connect(login: Login): Promise<Connection>;
  /** Those that are open. */
  all(): Promise<readonly Connection[]>;
  close(): Promise<void>;
}

/** What a pool goes by. */
export interface PoolOptions {
  /** Once it fires, whatever is not connected to yet fails with `Interrupted`. */
  readonly stop?: AbortSignal;
  /** So many connections are opened at a time; `defaultForks` without it. Open ones do not count. */
  readonly forks?: number;
}

type SshLogin = Extract<Login, { kind: 'ssh' }>;

/** Of these so many at one address: an sshd begins to drop who is not in yet at its tenth (MaxStartups 10:30:100). */
const forksAtAddress = 8;
const tries = 3;

/** A pool that nothing is open in yet. Who waits in line to be connected spends none of the time that a login has. */
export function createPool({ stop, forks = defaultForks }: PoolOptions = {}): ConnectionPool {
  // Each connection that is being opened listens, and Node warns of more than ten.
  if (stop !== undefined) setMaxListeners(0, stop);
  const open = new Map<string, Promise<Connection>>();
  const everywhere = pLimit(forks);
  const addresses = new Map<string, ReturnType<typeof pLimit>>();
  /** First in the line of its address, so that many behind one address do not hold up the others. */
  const inTurn = ({ address }: SshLogin, work: () => Promise<Connection>) => {
    const there = addresses.get(address) ?? pLimit(forksAtAddress);
    addresses.set(address, there);
    return there(() => everywhere(work));
  };
  const connections = async () => {
    const settled = await Promise.allSettled(open.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  };
  return {
    connect(login) {
      const key = login.kind === 'local' ? 'local' : `${login.user}@${login.address}:${login.port}`;
      const known = open.get(key);
      if (known !== undefined) return known;
      const opening =
        login.kind === 'local' ? Promise.resolve(openLocal()) : inTurn(login, () => dial(login, stop));
      open.set(key, opening);
      opening.catch(() => undefined);
      return opening;
    },
    all: connections,
    async close() {
      await Promise.all((await connections()).map((connection) => connection.close()));
    },
  };
}

async function dial(login: SshLogin, stop?: AbortSignal): Promise<Connection> {
  const { openSsh } = await import('./ssh.ts');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openSsh(login, stop);
    } catch (error) {
      const crowded = error instanceof ConnectionFailed && error.message.includes('lost before handshake');
      if (!crowded || attempt === tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * attempt * (1 + Math.random())));
    }
  }
}
