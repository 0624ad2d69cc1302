import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { type Look, look } from './look.ts';
import { placeOf } from './places.ts';
import type { Call, ScheduledPlay } from './schedule.ts';
import type { createScore } from './score.ts';
import type { Turns } from './turns.ts';
import { type Tour, visit } from './visit.ts';
import { type Company, strictest, type Wave, wavesOf } from './waves.ts';

/** What was seen at the start, by call (a step may stand twice in a playbook) and host name. */
export type Looks<World> = Map<Call<World>, Map<string, Look>>;

/** What a walk through the plays needs. */
export interface Walk<World> {
  readonly plays: readonly ScheduledPlay<World>[];
  readonly tour: Tour<World>;
  readonly looks: Looks<World>;
  readonly score: ReturnType<typeof createScore>;
  readonly turns: Turns;
  /** Lets only so many work at once. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Goes through the plays, each through its groups, each group in its waves. The first wave with a host that fails is
 * finished and is the last. Throws only for bugs.
 */
export async function walkThrough<World>(walk: Walk<World>): Promise<void> {
  const { plays, tour, score, limit } = walk;
  let halted = score.anyLockHeld();
  const ended = () => halted || tour.stop.aborted;
  for (const play of plays) {
    if (ended()) break;
    tour.emit({ type: 'play-started', play: play.name, hosts: play.hosts.map((host) => host.name) });
    const made = new Set<string>();
    let number = 0;
    for (const group of play.groups) {
      if (ended()) break;
      const waves = play.waves === true ? await gather(walk, play, group, made) : [{ hosts: group }];
      for (const wave of waves) {
        if (ended()) break;
        number += 1;
        if (play.waves === true) tellWave(walk, play, wave, number);
        await Promise.all(wave.hosts.map((host) => limit(() => throughSteps(walk, play, host))));
        if (!tour.dryRun && wave.hosts.some((host) => score.hasFailed(host.name))) halted = true;
        // A dry run goes on, so that people see everything at once; but not past what nobody may do.
        halted ||= score.anyRefused();
      }
    }
  }
}

function tellWave<World>(
  { tour }: Walk<World>,
  play: ScheduledPlay<World>,
  { hosts, why }: Wave,
  wave: number,
): void {
  tour.emit({
    type: 'wave-started',
    play: play.name,
    wave,
    hosts: hosts.map((host) => host.name),
    ...(why === undefined ? {} : { why }),
  });
}

async function throughSteps<World>(
  { tour, looks, score, turns }: Walk<World>,
  play: ScheduledPlay<World>,
  host: Host,
): Promise<void> {
  for (const call of play.calls) {
    if (score.hasFailed(host.name) || tour.stop.aborted) return;
    const at = { play: play.name, host: host.name, step: call.step.name };
    const earlier = looks.get(call)?.get(host.name);
    const outcome = await turns(placeOf(host.login), () => visit(tour, at, host, call, earlier));
    score.visited(host.name, outcome);
  }
}

/** The waves of a group, from what there is at this moment: minutes may have passed since the run began. */
async function gather<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  group: readonly Host[],
  made: Set<string>,
): Promise<Wave[]> {
  const again = !walk.tour.dryRun && walk.score.changes() > 0;
  const asked = play.calls.filter(({ step }) => step.company !== undefined);
  const companies = await Promise.all(
    group.map(async (host) => ({
      host,
      company: strictest(await Promise.all(asked.map((call) => companyOf(walk, host, call, again)))),
    })),
  );
  return wavesOf(companies, made);
}

async function companyOf<World>(
  { tour, looks, score }: Walk<World>,
  host: Host,
  call: Call<World>,
  again: boolean,
): Promise<Company> {
  if (score.hasFailed(host.name)) return {};
  try {
    const atCall = looks.get(call) ?? new Map<string, Look>();
    const earlier = atCall.get(host.name);
    const known =
      !again && earlier?.fresh() === true
        ? earlier
        : look(host, call, tour.world, await tour.connectionTo(host), tour.looker, tour.ledger);
    looks.set(call, atCall.set(host.name, known));
    const site = { host, world: tour.world, params: call.params };
    return call.step.company?.(site, await known.facts) ?? {};
  } catch (error) {
    // Its own visit will tell.
    if (error instanceof KnownError) return {};
    throw error;
  }
}
