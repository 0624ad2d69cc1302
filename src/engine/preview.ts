import pLimit from 'p-limit';
import { StepFailed } from '../errors.ts';
import type { Event } from './event.ts';
import type { ScheduledPlay } from './schedule.ts';
import { createScore } from './score.ts';
import { createTurns } from './turns.ts';
import { type Walk, walkThrough } from './walk.ts';

/** What a run would do, as far as that can be seen before it does anything. */
export interface Preview {
  readonly changes: readonly Extract<Event, { type: 'change-planned' }>[];
  /** Steps that would fail as things are. */
  readonly failures: readonly Extract<Event, { type: 'step-finished' }>[];
}

/** Everything at once: nothing is altered, and nobody reads along. */
const together = 1000;

/**
 * Goes through the plays as a dry run does, with what was looked at when the run began, so that nothing is asked twice.
 * What stands in plays after one that ends the run, because a host has failed in it, would not be done and is left out.
 */
export async function previewOf<World>({
  plays,
  tour,
  looks,
  score,
}: Pick<Walk<World>, 'plays' | 'tour' | 'looks' | 'score'>): Promise<Preview> {
  const changes: Extract<Event, { type: 'change-planned' }>[] = [];
  const failures: Extract<Event, { type: 'step-finished' }>[] = [];
  const own = createScore(plays);
  const hosts = new Set(plays.flatMap((play) => play.hosts.map(({ name }) => name)));
  const gone = [...hosts].filter((name) => score.hasFailed(name));
  for (const name of gone) own.failed(name, new StepFailed({ cause: 'it cannot be reached' }));
  const dry = {
    ...tour,
    dryRun: true,
    emit(event: Event) {
      if (event.type === 'change-planned') changes.push(event);
      if (event.type === 'step-finished' && event.outcome === 'failed') failures.push(event);
    },
  };
  if (!score.anyLockHeld())
    await walkThrough({ plays, tour: dry, looks, score: own, turns: createTurns(), limit: pLimit(together) });
  const begun = playsBegun(
    plays,
    (play) =>
      gone.some((name) => play.hosts.some((host) => host.name === name)) ||
      failures.some((event) => event.play === play.name),
  );
  return { changes: changes.filter(({ play }) => begun.has(play)), failures };
}

/** The names of the plays up to the first that ends the run. */
function playsBegun<World>(
  plays: readonly ScheduledPlay<World>[],
  fails: (play: ScheduledPlay<World>) => boolean,
): ReadonlySet<string> {
  const last = plays.findIndex(fails);
  return new Set((last === -1 ? plays : plays.slice(0, last + 1)).map(({ name }) => name));
}
