import { count, showSeconds } from '../words.ts';
import { type Line, plain, withTail } from './pieces.ts';
import type { LivePlay } from './plays.ts';
import { type LiveHost, type LiveRun, nextPlay, underWay, type Work } from './state.ts';
import { transferLine } from './transfer.ts';

/** What is true of a host now. */
export interface LiveRow {
  readonly host: LiveHost;
  readonly kind: 'failed' | 'done' | 'working' | 'waiting';
  /** Rows are in the order of these numbers: what came first, what goes on, what is to come. */
  readonly order: readonly number[];
  /** In so many cells. */
  text(width: number): Line;
}

/** A row for each host, in the order in which things happen. */
export function rowsOf(run: LiveRun, now: number): LiveRow[] {
  const under = underWay(run);
  const rows = [...run.hosts.values()].map((host) => rowOf(run, under, host, now));
  return rows.sort((one, other) => compare(one.order, other.order));
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rowOf(run: LiveRun, under: readonly LivePlay[], host: LiveHost, now: number): LiveRow {
  const { number } = host;
  const ended = [0, host.ended, number];
  const work = [...host.works.values()].at(-1);
  if (work !== undefined) {
    const order = [1, host.busy ?? work.since, number];
    return { host, kind: 'working', order, text: (width) => workText(work, now, width) };
  }
  if (host.failure !== undefined) {
    const { failure } = host;
    return { host, kind: 'failed', order: ended, text: (width) => withTail(failure, '', width) };
  }
  const next = nextPlay(run, host.name);
  if (next === undefined)
    return { host, kind: 'done', order: ended, text: (width) => doneText(host, now, width) };
  if (!host.connected && host.connecting !== undefined && run.ending === undefined) {
    const since = showSeconds(now - host.connecting);
    const order = [1, host.connecting, number];
    return {
      host,
      kind: 'working',
      order,
      text: (width) => withTail('connecting and looking', since, width),
    };
  }
  // What has done its part, and goes on in another play, stands where it ended.
  const order = !next.begun && host.acted ? ended : [2, next.number, next.turnOf.get(host.name) ?? 0, number];
  const text = (width: number) => withTail(waitText(run, under, host, next), stateText(host, now), width);
  return { host, kind: 'waiting', order, text };
}

function workText({ step, since, summary, transfer, wait }: Work, now: number, width: number): Line {
  if (transfer !== undefined) return transferLine(step, transfer, now, width);
  if (wait === undefined)
    return withTail(`${step}: ${summary ?? 'looking'}`, showSeconds(now - since), width);
  const ms = wait.ms + Math.max(0, now - wait.heard);
  const limit = wait.timeoutMs === undefined ? '' : ` of ${showSeconds(wait.timeoutMs)}`;
  const [what, tail] = [`${wait.what} (${wait.why})`, `${showSeconds(ms)}${limit}`];
  const whole = withTail(`${step}: waiting for ${what}`, tail, width);
  return plain(whole).includes('…') ? withTail(`${step}: ${what}`, tail, width) : whole;
}

function doneText(host: LiveHost, now: number, width: number): Line {
  if (host.changes === 0) return withTail('nothing to do', '', width);
  const state = stateText(host, now);
  const done = state === '' ? `done for ${showSeconds(now - host.ended)}` : `done, ${state}`;
  return withTail(done, count(host.changes, 'change'), width);
}

/** `ready for 12 s`; only `ready` where it was so before. */
function stateText({ is }: LiveHost, now: number): string {
  if (is === undefined) return '';
  return is.since === undefined ? is.word : `${is.word} for ${showSeconds(now - is.since)}`;
}

function waitText(run: LiveRun, under: readonly LivePlay[], host: LiveHost, next: LivePlay): string {
  if (run.ending === 'interrupted') return 'goes no further: the run is ending';
  const awaited = [...host.awaits.values()].at(-1);
  const nobodyBegins = `goes no further: ${someOf(failedIn(run))} failed`;
  if (awaited !== undefined) {
    const { hosts, plays, atWork } = awaited;
    if (plays !== undefined && run.ending === 'failed' && anyFailed(run, plays)) return nobodyBegins;
    if (plays !== undefined) return `waits for ${plays.join(', ')}`;
    if (atWork !== undefined) return `waits: ${count(atWork, 'host')} at work already`;
    return `waits for its turn after ${someOf(hosts ?? [])}`;
  }
  const turn = next.turnOf.get(host.name) ?? 0;
  if (next.begun && turn <= next.turn)
    return `about to begin ${next.steps[next.finished.get(host.name) ?? 0]}`;
  if (run.ending === 'failed') return nobodyBegins;
  if (next.begun) return `waits for its turn after ${someOf(next.turns[turn - 1] ?? [])}`;
  const before = under.filter((play) => play.number < next.number).map(({ name }) => name);
  if (before.length > 0) return `waits for ${before.join(', ')}`;
  const connecting = [...run.hosts.values()].filter(
    (each) => !each.connected && each.connecting !== undefined && each.failure === undefined,
  );
  return connecting.length === 0
    ? `next: ${next.name}`
    : `connected, waits for ${someOf(connecting.map(({ name }) => name))}`;
}

function failedIn({ hosts }: LiveRun): string[] {
  return [...hosts.values()].filter(({ failure }) => failure !== undefined).map(({ name }) => name);
}

/** Whether one of these plays will never be done at all of its hosts. */
function anyFailed(run: LiveRun, names: readonly string[]): boolean {
  const failed = failedIn(run);
  return run.plays.some(({ name, hosts }) => names.includes(name) && failed.some((host) => hosts.has(host)));
}

/** `a`, `a and b`, `a, b and 7 more`. */
function someOf(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  const [first, second] = names;
  return names.length === 3 ? names.join(', ') : `${first}, ${second} and ${names.length - 2} more`;
}
