import type { LimitFunction } from 'p-limit';
import { Interrupted, KnownError } from '../errors.ts';
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
  readonly limit: LimitFunction;
}

/** How far a play has come: whether it was done at all of its hosts, once it has ended. */
type Progress = Promise<boolean>;

/** What becomes of a walk, for all plays. */
interface Course {
  /** No play begins any more, and no wave. */
  halted: boolean;
  /** Whether that is told. */
  told: boolean;
  /** The plays that have begun, by their number, and those of them that have ended. */
  readonly begun: Progress[];
  readonly over: Set<Progress>;
}

/**
 * Goes through the plays, each through its groups, each group in its waves. A play that is beside the next one lets that
 * begin once it has said what it will do, so that what it refuses ends the run before more has begun. The first wave
 * with a host that fails is finished and is the last of its play; no play begins after it. Throws only for bugs.
 */
export async function walkThrough<World>(walk: Walk<World>): Promise<void> {
  const { plays, tour, score } = walk;
  const course: Course = { halted: score.anyLockHeld(), told: false, begun: [], over: new Set() };
  const { begun, over } = course;
  for (const each of plays) {
    if (course.halted || tour.stop.aborted) break;
    const play = await withoutOthers(walk, each);
    const together = play.beside === true && !tour.dryRun && !(await staysAlone(walk, play));
    const told = tellsAll(tour, play);
    const progress = throughPlay({ ...walk, tour: told.tour }, play, course);
    begun.push(progress);
    const end = () => over.add(progress);
    progress.then(end, end);
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

async function throughPlay<World>(walk: Walk<World>, play: ScheduledPlay<World>, course: Course): Progress {
  const { tour, score } = walk;
  if (play.condition !== undefined && play.hosts.length === 0) return true;
  const ended = () => course.halted || tour.stop.aborted;
  const groups = play.groups.map(namesOf);
  tour.emit({
    type: 'play-started',
    play: play.name,
    hosts: namesOf(play.hosts),
    ...(groups.length > 1 ? { groups } : {}),
  });
  const made = new Set<string>();
  // Where every entry is one host there is nothing to tell of waves.
  const told = play.waves === true && play.groups.some((group) => group.length > 1);
  let number = 0;
  for (const group of play.groups) {
    if (ended()) return false;
    const waves = play.waves === true ? await gather(walk, play, group, made) : [{ hosts: group }];
    for (const [index, wave] of waves.entries()) {
      if (ended()) return false;
      number += 1;
      if (told) tellWave(walk, play, wave, number, index === 0 ? waves.slice(1) : []);
      if (wave.hosts.some((host) => score.hasFailed(host.name))) tellEnd(walk, course);
      await Promise.all(wave.hosts.map((host) => throughSteps(walk, play, host, course)));
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
  later: readonly Wave[],
): void {
  tour.emit({
    type: 'wave-started',
    play: play.name,
    wave,
    hosts: namesOf(hosts),
    ...(why === undefined ? {} : { why }),
    ...(later.length === 0 ? {} : { later: later.map((each) => namesOf(each.hosts)) }),
  });
}

/** As soon as it is sure: the wave in which a host fails is the last. A dry run goes on. */
function tellEnd<World>({ tour }: Walk<World>, course: Course): void {
  if (course.told || tour.dryRun) return;
  course.told = true;
  tour.emit({ type: 'run-ending', why: 'failed' });
}

function namesOf(hosts: readonly Host[]): string[] {
  return hosts.map((host) => host.name);
}

/** All steps at one host. Who waits for other plays holds up nobody who could work meanwhile. */
async function throughSteps<World>(
  walk: Walk<World>,
  play: ScheduledPlay<World>,
  host: Host,
  course: Course,
): Promise<void> {
  const { tour, looks, score, turns, limit } = walk;
  for (const calls of tour.dryRun ? [play.calls] : partsOf(play.calls)) {
    if (!(await playsBefore(walk, play, host, calls, course))) return;
    tellLimit(walk, play, host, calls);
    await limit(async () => {
      for (const call of calls) {
        if (score.hasFailed(host.name) || tour.stop.aborted) return;
        const at = { play: play.name, host: host.name, step: call.step.name };
        const earlier = looks.get(call)?.get(host.name);
        const outcome = await visit(tour, at, host, call, earlier, turns);
        score.visited(host.name, outcome);
        if (outcome.kind === 'failed' && !(outcome.error instanceof Interrupted)) tellEnd(walk, course);
      }
    });
  }
}

/** Waits for the plays that a step comes after; false if one of them was not done at all of its hosts. */
async function playsBefore<World>(
  { tour, plays }: Walk<World>,
  play: ScheduledPlay<World>,
  host: Host,
  [first]: readonly Call<World>[],
  { begun, over }: Course,
): Promise<boolean> {
  if (tour.dryRun || first?.after === undefined) return true;
  // A play that is waited for stands before this one, so it has begun.
  const awaited = first.after.flatMap((number) => {
    const progress = begun[number];
    return progress === undefined ? [] : [{ progress, name: plays[number]?.name ?? '' }];
  });
  const names = awaited.flatMap(({ progress, name }) => (over.has(progress) ? [] : [name]));
  const at = { play: play.name, host: host.name, step: first.step.name };
  if (names.length > 0) tour.emit({ type: 'turn-awaited', ...at, plays: names });
  return !(await Promise.all(awaited.map(({ progress }) => progress))).includes(false);
}

/** Whoever is one too many hears how many are at work. A plan goes host by host anyway. */
function tellLimit<World>(
  { tour, limit }: Walk<World>,
  play: ScheduledPlay<World>,
  host: Host,
  [first]: readonly Call<World>[],
): void {
  if (tour.dryRun || first === undefined || limit.activeCount < limit.concurrency) return;
  const at = { play: play.name, host: host.name, step: first.step.name };
  tour.emit({ type: 'turn-awaited', ...at, atWork: limit.concurrency });
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
  const { score } = walk;
  // Whoever failed is left out by its visit, and counted there.
  if (score.hasFailed(host.name)) return true;
  try {
    const known = await lookOf(walk, host, call, false);
    const found = await known.planned();
    return found.length > 0 === holds;
  } catch (error) {
    // The steps that look at the same will tell.
    if (error instanceof KnownError) return true;
    throw error;
  }
}
