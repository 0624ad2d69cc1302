import pLimit from 'p-limit';
import { ConnectionFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import type { Connection } from './connection.ts';
import { openLocal } from './local.ts';

/** One connection a login, however many hosts stand behind it. */
export interface ConnectionPool {
  /** Opens it at first use. A login that failed once is not tried again in this run. */
  connect(login: Login): Promise<Connection>;
  /** Those that are open. */
  all(): Promise<readonly Connection[]>;
  close(): Promise<void>;
}

/** A shared bastion drops connections when too many are dialled at once. */
const dialsAtOnce = 8;
const tries = 3;

/** A pool that nothing is open in yet. Once `stop` fires, whatever is not connected to yet fails with `Interrupted`. */
export function createPool(stop?: AbortSignal): ConnectionPool {
  const open = new Map<string, Promise<Connection>>();
  const limit = pLimit(dialsAtOnce);
  const connections = async () => {
    const settled = await Promise.allSettled(open.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  };
  return {
    connect(login) {
      const key = login.kind === 'local' ? 'local' : `${login.user}@${login.address}:${login.port}`;
      const known = open.get(key);
      if (known !== undefined) return known;
      const opening = login.kind === 'local' ? Promise.resolve(openLocal()) : limit(() => dial(login, stop));
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

async function dial(login: Extract<Login, { kind: 'ssh' }>, stop?: AbortSignal): Promise<Connection> {
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
