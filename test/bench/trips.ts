import { dirname } from 'node:path';
import { buildTopology } from '../../src/apim/build.ts';
import { knownGroups } from '../../src/cli/session.ts';
import { createPool } from '../../src/connection/pool.ts';
import { runPlays } from '../../src/engine/run.ts';
import { schedule } from '../../src/engine/schedule.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { loadPlaybook } from '../../src/input/playbook.ts';
import { register } from '../../src/steps/index.ts';

/** Runs a playbook here in this process, and tells how many round trips its looks took at the host that took most. */
export async function tripsOf(playbook: string, inventoryFile: string): Promise<number> {
  const inventory = await loadInventory(inventoryFile);
  const baseDirectory = dirname(inventoryFile);
  const pool = createPool();
  const never = new AbortController().signal;
  try {
    const { outcome } = await runPlays({
      name: 'bench',
      plays: schedule(await loadPlaybook(playbook), register, { inventory, known: knownGroups }),
      world: {
        topology: buildTopology(inventory, baseDirectory),
        now: new Date(),
        baseDirectory,
        hosts: new Set(inventory.hosts.map((host) => host.name)),
      },
      pool,
      emit: () => undefined,
      dryRun: false,
      stop: never,
      abort: never,
      lock: { nameAt: () => 'run', holder: 'a bench' },
      now: () => new Date(),
    });
    if (outcome !== 'ok') throw new Error(`${playbook} at ${inventoryFile}: ${outcome}`);
    const servers = (await pool.all()).filter(({ name }) => name.includes('@'));
    return Math.max(...servers.map(({ trips }) => trips));
  } finally {
    await pool.close();
  }
}
