import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { Emit } from './event.ts';
import { type Look, look } from './look.ts';
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

/** How far a play has come: whether it was done at all of its hosts, once it has ended. */
type Progress = Promise<boolean>;

/**
 * Goes through the plays, each through its groups, each group in its waves. A play that is beside the next one lets that
 * begin once it has said what it will do, so that what it refuses ends the run before more has begun. The first wave
 * with a host that fails is finished and is the last of its play; no play begins after it. Throws only for bugs.
 */
export async function walkThrough<World>(walk: Walk<World>): Promise<void> {
  const { plays, tour, score } = walk;
  const course = { halted: score.anyLockHeld() };
  const begun: Progress[] = [];
  for (const each of plays) {
    if (course.halted || tour.stop.aborted) break;
    const play = await withoutOthers(walk, each);
    const together = play.beside === true && !tour.dryRun && !(await staysAlone(walk, play));
    const told = tellsAll(tour, play);
    const progress = throughPlay({ ...walk, tour: told.tour }, play, begun, course);
    begun.push(progress);
    // A plan is read play by play.
    if (together) await Promise.race([told.all, progress]);
    else await Promise.all(begun);
  }
  await Promise.all(begun);
}

/** A tour that hears when each host of the first group has planned its first step, or had nothing to do. */
function tellsAll<World>(
  tour: Tour<World>,
  play: ScheduledPlay<World>,
): { tour: Tour<World>; all: Promise<void> } {
  const left = new Set(play.groups[0]?.map((host) => host.name));
  let resolve: () => void = () => undefined;
  const all = new Promise<void>((done) => {
    resolve = done;
  });
  const emit: Emit = (event) => {
    tour.emit(event);
    const sound = event.type === 'step-finished' && event.outcome !== 'failed';
    if (event.type === 'change-planned' || sound) left.delete(event.host);
    if (left.size === 0) resolve();
  };
  return { tour: { ...tour, emit }, all };
}

async function throughPlay<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  begun: readonly Progress[],
  course: { halted: boolean },
): Progress {
  const { tour, score } = walk;
  if (play.condition !== undefined && play.hosts.length === 0) return true;
  const ended = () => course.halted || tour.stop.aborted;
  tour.emit({ type: 'play-started', play: play.name, hosts: play.hosts.map((host) => host.name) });
  const made = new Set<string>();
  // Where every entry is one host there is nothing to tell of waves.
  const told = play.waves === true && play.groups.some((group) => group.length > 1);
  let number = 0;
  for (const group of play.groups) {
    if (ended()) return false;
    const waves = play.waves === true ? await gather(walk, play, group, made) : [{ hosts: group }];
    for (const wave of waves) {
      if (ended()) return false;
      number += 1;
      if (told) tellWave(walk, play, wave, number);
      await Promise.all(wave.hosts.map((host) => throughSteps(walk, play, host, begun)));
      const failed = wave.hosts.some((host) => score.hasFailed(host.name));
      // A dry run goes on, so that people see everything at once; but not past what nobody may do.
      course.halted ||= score.anyRefused() || (failed && !tour.dryRun);
      if (failed && !tour.dryRun) return false;
    }
  }
  return !tour.stop.aborted;
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

/** All steps at one host. Who waits for other plays holds up nobody who could work meanwhile. */
async function throughSteps<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  host: Host,
  begun: readonly Progress[],
): Promise<void> {
  const { tour, looks, score, turns, limit } = walk;
  for (const calls of tour.dryRun ? [play.calls] : partsOf(play.calls)) {
    // A play that is waited for stands before this one, so it has begun.
    const awaited = tour.dryRun ? [] : (calls[0]?.after ?? []).map((number) => begun[number]);
    if ((await Promise.all(awaited)).includes(false)) return;
    await limit(async () => {
      for (const call of calls) {
        if (score.hasFailed(host.name) || tour.stop.aborted) return;
        const at = { play: play.name, host: host.name, step: call.step.name };
        const earlier = looks.get(call)?.get(host.name);
        const outcome = await visit(tour, at, host, call, earlier, turns);
        score.visited(host.name, outcome);
      }
    });
  }
}

/** The calls in parts: each but the first begins with one that waits for other plays. */
function partsOf<World>(calls: readonly Call<World>[]): Call<World>[][] {
  const parts: Call<World>[][] = [];
  for (const call of calls) {
    const last = parts.at(-1);
    if (last === undefined || call.after !== undefined) parts.push([call]);
    else last.push(call);
  }
  return parts;
}

/** Whether a host of a play must not have other plays beside it. */
async function staysAlone<World>(walk: Walk<World>, play: ScheduledPlay<World>): Promise<boolean> {
  const companies = await companiesOf(walk, play, play.hosts);
  return companies.some(({ company }) => company.alone !== undefined);
}

/** The waves of a group, from what there is at this moment: minutes may have passed since the run began. */
async function gather<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  group: readonly Host[],
  made: Set<string>,
): Promise<Wave[]> {
  return wavesOf(await companiesOf(walk, play, group), made, play.batch);
}

async function companiesOf<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  hosts: readonly Host[],
): Promise<{ host: Host; company: Company }[]> {
  const again = !walk.tour.dryRun && walk.score.changes() > 0;
  const asked = play.calls.filter(({ step }) => step.company !== undefined);
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      company: strictest(await Promise.all(asked.map((call) => companyOf(walk, host, call, again)))),
    })),
  );
}

async function companyOf<World>(
  walk: Walk<World>,
  host: Host,
  call: Call<World>,
  again: boolean,
): Promise<Company> {
  const { tour, score } = walk;
  if (score.hasFailed(host.name)) return {};
  try {
    const known = await lookOf(walk, host, call, again);
    const spot = { host, world: tour.world, params: call.params };
    return call.step.company?.(spot, await known.facts) ?? {};
  } catch (error) {
    // Its own visit will tell.
    if (error instanceof KnownError) return {};
    throw error;
  }
}

/** What was seen, if nothing was altered since; or another look, also if `again` says so. */
async function lookOf<World>(
  { tour, looks }: Walk<World>,
  host: Host,
  call: Call<World>,
  again: boolean,
): Promise<Look> {
  const atCall = looks.get(call) ?? new Map<string, Look>();
  const earlier = atCall.get(host.name);
  const known =
    !again && earlier?.fresh() === true
      ? earlier
      : look(host, call, tour.world, await tour.connectionTo(host), tour.looker, tour.ledger);
  looks.set(call, atCall.set(host.name, known));
  return known;
}

/** A play with those hosts that have a part in it, by what there is when it begins. */
async function withoutOthers<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
): Promise<ScheduledPlay<World>> {
  const { condition } = play;
  if (condition === undefined) return play;
  const parts = await Promise.all(play.hosts.map((host) => hasPart(walk, host, condition)));
  const hosts = play.hosts.filter((host, index) => {
    if (parts[index] === false) walk.score.excused(host.name, play.calls.length);
    return parts[index];
  });
  const groups = play.groups.map((group) => group.filter((host) => hosts.includes(host)));
  return { ...play, hosts, groups: groups.filter((group) => group.length > 0) };
}

async function hasPart<World>(
  walk: Walk<World>,
  host: Host,
  { call, holds }: NonNullable<ScheduledPlay<World>['condition']>,
): Promise<boolean> {
  const { tour, score } = walk;
  // Whoever failed is left out by its visit, and counted there.
  if (score.hasFailed(host.name)) return true;
  try {
    const known = await lookOf(walk, host, call, false);
    const found = call.step.plan({ host, world: tour.world, params: call.params }, await known.facts);
    return found.length > 0 === holds;
  } catch (error) {
    // The steps that look at the same will tell.
    if (error instanceof KnownError) return true;
    throw error;
  }
}
