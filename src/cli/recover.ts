import { type Holding, holdingOfBalancer, holdingOfNode } from '../certificates/holdings.ts';
import { meaningOf } from '../certificates/meaning.ts';
import { readMaterial } from '../certificates/read.ts';
import { createPool } from '../connection/pool.ts';
import { controller, controllerName } from '../engine/controller.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import { KnownError, StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { oneLine } from '../secret.ts';
import { recoverPki } from '../steps/recover-pki.ts';
import { type RunCommandOptions, walk } from './commands.ts';
import { isForPeople } from './for-people.ts';
import { openSession, type Session } from './session.ts';

/** Reads keys and certificates back from the servers into the pki folder, and says what that means. Exit code as of a run. */
export async function recoverKeys(
  inventoryFile: string,
  options: RunCommandOptions & { readonly newAuthority?: boolean },
): Promise<number> {
  const session = await openSession(inventoryFile, options, `pki recover ${inventoryFile}`);
  let holdings: readonly Holding[];
  try {
    holdings = await holdingsOf(session);
  } catch (error) {
    await session.pool.close();
    throw error;
  }
  tell(options, holdings.map(wordsOf));
  const step = recoverPki(holdings, options.newAuthority === true);
  const position = { file: inventoryFile, line: 1, column: 1 };
  const name = 'Recover keys and certificates';
  const calls = [{ step: step.name, params: undefined, position: () => position }];
  const play = { name, hosts: [controllerName], order: 'parallel', steps: calls, position } as const;
  const playbook = { file: inventoryFile, name, plays: [play] };
  const steps = new Map([[step.name, step]]);
  const code = await walk(session, session.world, playbook, options, false, { steps });
  if (code === 0) tell(options, ['', ...(await meaning(session))]);
  return code;
}

/** Asks all of them, so that everything that is wrong is told at once. */
async function holdingsOf({ world, pool, hosts }: Session): Promise<Holding[]> {
  const looker = createLooker(() => pool.connect(controller.login), createLedger());
  const { nodes, balancers } = world.topology;
  const isNode = (host: Host) => nodes.some((node) => node.host.name === host.name);
  const members = hosts.filter(
    (host) => isNode(host) || balancers.some((each) => each.host.name === host.name),
  );
  const silent: string[] = [];
  const found = await Promise.all(
    members.map(async (host) => {
      try {
        const asks = looker.from(host, await pool.connect(host.login));
        return await (isNode(host) ? holdingOfNode : holdingOfBalancer)(world, host, asks);
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        silent.push(`${host.name}: ${oneLine(error)}`);
        return undefined;
      }
    }),
  );
  if (silent.length > 0)
    throw new StepFailed({
      cause: 'not all servers can be asked what they hold, so nothing was written',
      tail: silent,
      hint: 'mend these, or leave them out by --limit: their own certificates are not recovered then',
    });
  return found.flatMap((each) => each ?? []);
}

function wordsOf({ host, primary, own, authority }: Holding): string {
  const held = [
    ...(primary === undefined ? [] : ['the key that all share']),
    ...(own === undefined ? [] : ['its own key']),
    ...(authority === undefined ? [] : ['the certificate of the authority']),
  ];
  return `${host} holds ${held.length === 0 ? 'nothing of ours' : held.join(', ')}`;
}

async function meaning({ world, stop }: Session): Promise<string[]> {
  const pool = createPool({ stop });
  try {
    const local = () => pool.connect(controller.login);
    const { once } = createLooker(local, createLedger()).from(controller, await local());
    return meaningOf(world, await once(readMaterial, world));
  } finally {
    await pool.close();
  }
}

function tell(options: RunCommandOptions, lines: readonly string[]): void {
  if (isForPeople(options)) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
