import { z } from 'zod';
import type { Event } from '../../src/engine/event.ts';
import { put } from '../../src/engine/plan.ts';
import type { RunOptions } from '../../src/engine/run.ts';
import type { Call, ScheduledPlay } from '../../src/engine/schedule.ts';
import type { AnyStep, Step } from '../../src/engine/step.ts';
import type { Host } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';

/** What steps know in tests of the engine. */
export type World = { readonly text: string | Secret };

/** Writes a file with the text of the world: enough of a step to show all that the engine does. */
export function writeFile(path: string): Step<World, unknown, { text: string }> {
  return {
    name: `write-${path.slice(1)}`,
    summary: 'write a file',
    at: 'any',
    params: z.unknown(),
    async inspect(_spot, { there }) {
      return { text: (await there(sh`cat ${path}`)).stdout };
    },
    plan({ world }, { text }) {
      const wanted = world.text instanceof Secret ? world.text.reveal() : world.text;
      if (text === wanted) return [];
      return [{ summary: `write ${path}`, actions: [put(path, world.text, 0o600)] }];
    },
  };
}

/** A play as `schedule` would make it. */
export function play(
  name: string,
  hosts: readonly Host[],
  steps: readonly AnyStep<World>[],
  order: 'parallel' | 'sequence' = 'parallel',
): ScheduledPlay<World> {
  const calls: Call<World>[] = steps.map((step) => ({ step, params: {} }));
  const groups = order === 'parallel' ? [hosts] : hosts.map((host) => [host]);
  return { name, hosts, calls, groups };
}

/** What a run needs, and what will have happened in it. */
export function options(plays: readonly ScheduledPlay<World>[], pool: RunOptions<World>['pool'], more = {}) {
  const events: Event[] = [];
  let time = 0;
  const all: RunOptions<World> = {
    name: 'test',
    plays,
    world: { text: 'wanted' },
    pool,
    emit: (event) => events.push(event),
    dryRun: false,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    now: () => new Date(time++),
    ...more,
  };
  return { all, events };
}
