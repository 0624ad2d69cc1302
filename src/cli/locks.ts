import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { lockHolder, releaseLock } from '../connection/lock-state.ts';
import { controller } from '../engine/controller.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { Surroundings, World } from '../steps/define.ts';
import { exitCodes } from './exit-codes.ts';
import { lookAtMany } from './many-hosts.ts';
import { confirm } from './prompt.ts';
import {
  type CommonOptions,
  deploymentOf,
  describesDeployment,
  type HostSession,
  openHosts,
} from './session.ts';
import { table } from './table.ts';

/** The lock of a run: its name at each host, and what others are told of who holds it. */
export interface RunLock {
  nameAt(host: Host): string;
  readonly holder: string;
}

/**
 * At a server there is one lock; on this machine one a folder of certificates, so that clusters do not wait for each
 * other. Without a deployment it is the folder where most have them.
 */
export function lockOf(
  { holder }: Pick<HostSession, 'holder'>,
  { topology, baseDirectory }: Surroundings & Partial<World>,
): RunLock {
  const directory = topology?.settings.certificates.directory ?? resolve(baseDirectory, 'pki');
  const local = `run-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
  return { nameAt: ({ login }: Host) => (login.kind === 'local' ? local : 'run'), holder };
}

/** Who holds the lock of a host; undefined if nobody does. */
interface Found {
  readonly host: Host;
  readonly by?: string;
  /** Why it cannot be told. */
  readonly why?: string;
}

/** Shows who holds the lock of each host. Exit code 75 if anybody does, 1 if that cannot be told everywhere, otherwise 0. */
export async function showLocks(inventoryFile: string, options: CommonOptions): Promise<number> {
  const session = await openHosts(inventoryFile, options, 'lock status', false);
  try {
    const found = await holdersIn(session, lockIn(session));
    const rows = found.map(({ host, by, why }) => [host.name, why ?? by ?? 'free']);
    process.stdout.write(`${table(['host', 'held by'], rows)}\n`);
    if (found.some(({ by }) => by !== undefined)) return exitCodes.locked;
    return found.some(({ why }) => why !== undefined) ? exitCodes.failed : exitCodes.ok;
  } finally {
    await session.pool.close();
  }
}

/** Takes the locks from whoever holds them, once the operator said yes. */
export async function releaseLocks(
  inventoryFile: string,
  options: CommonOptions & { readonly yes?: boolean },
): Promise<number> {
  const session = await openHosts(inventoryFile, options, 'lock release');
  try {
    const lock = lockIn(session);
    const found = await holdersIn(session, lock);
    const held = found.filter(({ by }) => by !== undefined);
    for (const { host, why } of found) if (why !== undefined) process.stderr.write(`${host.name}: ${why}\n`);
    if (held.length > 0)
      await confirm(
        held.map(({ host, by }) => `${host.name}: ${by} loses its lock, and does nothing more there`),
        options.yes === true,
      );
    await Promise.all(
      held.map(async ({ host }) => {
        const connection = await session.pool.connect(host.login);
        const { code, stderr } = await connection.ask(releaseLock(lock.nameAt(host)));
        if (code === 2)
          throw new StepFailed({
            cause: `${host.name}: the lock cannot be taken from its holder`,
            tail: stderr.split('\n').filter((line) => line !== ''),
            hint: 'end that run where it was started',
          });
        process.stdout.write(`${host.name}: ${code === 0 ? 'released' : 'free meanwhile'}\n`);
      }),
    );
    if (held.length === 0) process.stdout.write('nobody holds a lock\n');
    return found.some(({ why }) => why !== undefined) ? exitCodes.failed : exitCodes.ok;
  } finally {
    await session.pool.close();
  }
}

function lockIn(session: HostSession): RunLock {
  const world = describesDeployment(session.inventory) ? deploymentOf(session, false) : session.surroundings;
  return lockOf(session, world);
}

/** At the machine we run on as well: a lock there keeps two runs from the same certificates. */
function holdersIn(session: HostSession, lock: RunLock): Promise<Found[]> {
  return lookAtMany(session).each<Found>(
    [controller, ...session.hosts],
    async ({ host, connection }) => {
      const { code, stdout } = await connection.ask(lockHolder(lock.nameAt(host)));
      return code === 0 ? { host, by: stdout.trim() } : { host };
    },
    (host, why) => ({ host, why }),
  );
}
