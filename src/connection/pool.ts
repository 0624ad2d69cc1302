import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { Client } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { Login, SshLogin } from '../input/inventory.ts';
import { machineOf } from '../input/machine.ts';
import type { Asking } from './asking.ts';
import type { Connection } from './connection.ts';
import type { DialOptions } from './dial.ts';
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
  /** Asks a person for what only they know; without it nobody is asked. */
  readonly ask?: Asking;
  /** Hears what people should know: keys of servers that were written down. */
  readonly tell?: (text: string) => void;
}

/** Of these so many at one address: an sshd begins to drop who is not in yet at its tenth (MaxStartups 10:30:100). */
const forksAtAddress = 8;
const tries = 3;

/** A pool that nothing is open in yet. Who waits in line to be connected spends none of the time that a login has. */
export function createPool({ stop, forks = defaultForks, ask, tell }: PoolOptions = {}): ConnectionPool {
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
  const jumps = new Map<string, Promise<Client>>();
  /** One connection to a server that others are reached through, however many they are. */
  const jump = (login: SshLogin): Promise<Client> => {
    const key = nameOfPlace(login);
    const known =
      jumps.get(key) ?? insist(login, async () => (await import('./dial.ts')).dial(login, options));
    jumps.set(key, known);
    known.catch(() => undefined);
    return known;
  };
  const options: DialOptions = {
    ...{ stop, jump, ask },
    ...(tell === undefined ? {} : { tell }),
  };
  const reach = (login: SshLogin) =>
    insist(login, async () => (await import('./ssh.ts')).openSsh(login, options));
  const connections = async () => {
    const settled = await Promise.allSettled(open.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  };
  return {
    connect(login) {
      const key = login.kind === 'local' ? 'local' : nameOfPlace(login);
      const known = open.get(key);
      if (known !== undefined) return known;
      const opening =
        login.kind === 'local' ? Promise.resolve(openLocal()) : inTurn(login, () => reach(login));
      open.set(key, opening);
      opening.catch(() => undefined);
      return opening;
    },
    all: connections,
    async close() {
      await Promise.all((await connections()).map((connection) => connection.close()));
      for (const each of await Promise.allSettled(jumps.values()))
        if (each.status === 'fulfilled') each.value.end();
    },
  };
}

function nameOfPlace(login: SshLogin): string {
  return `${login.user}@${machineOf(login)}`;
}

/** Tries again where a server has dropped us because many came at once. */
async function insist<Opened>({ way }: SshLogin, open: () => Promise<Opened>): Promise<Opened> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      const crowded = error instanceof ConnectionFailed && error.message.includes('lost before handshake');
      if (!crowded || attempt === tries || (way !== undefined && 'command' in way)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * attempt * (1 + Math.random())));
    }
  }
}
