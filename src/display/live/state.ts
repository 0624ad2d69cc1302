import type { At, Event } from '../../engine/event.ts';
import { inOneLine } from '../words.ts';
import {
  beginPlay,
  beginWave,
  isForNobody,
  type LivePlay,
  leftOf,
  playNamed,
  playsOf,
  reach,
} from './plays.ts';

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

/** What a host does in a play right now. `heard`: when the last of it came. */
export interface Work {
  readonly step: string;
  readonly since: number;
  summary?: string;
  transfer?: Pick<Of<'progress'>, 'done' | 'total' | 'rate' | 'ms'> & { readonly heard: number };
  wait?: Pick<Of<'waiting'>, 'what' | 'why' | 'ms' | 'timeoutMs'> & { readonly heard: number };
}

/** All that is known of a host at this moment. Times in milliseconds of the clock of whoever tells the events. */
export interface LiveHost {
  readonly name: string;
  readonly number: number;
  connecting?: number;
  connected: boolean;
  /** By play: somebody can be at work in one and wait in another. */
  readonly works: Map<LivePlay, Work>;
  readonly awaits: Map<
    LivePlay,
    Pick<Of<'turn-awaited'>, 'hosts' | 'plays' | 'atWork'> & { readonly since: number }
  >;
  /** Since when it has been at work without a pause. */
  busy?: number;
  /** When its last step ended, and whether there was one. */
  ended: number;
  acted: boolean;
  changes: number;
  /** What it is by its steps, in a word, and since when, if this run made it so. */
  is?: { readonly word: string; readonly since: number | undefined };
  failure?: string;
}

/** A run at one moment. */
export interface LiveRun {
  readonly began: number;
  readonly plays: readonly LivePlay[];
  readonly hosts: ReadonlyMap<string, LiveHost>;
  /** Nobody begins any more. */
  ending?: Of<'run-ending'>['why'];
}

/** A run that is about to begin. */
export function liveRun(event: Of<'run-started'>, at: number): LiveRun {
  const hosts = event.hosts.map((name, number): [string, LiveHost] => [
    name,
    {
      ...{ name, number, connected: false, ended: at, acted: false, changes: 0 },
      works: new Map(),
      awaits: new Map(),
    },
  ]);
  return { began: at, plays: playsOf(event), hosts: new Map(hosts) };
}

/** Takes in what has happened, and when. */
export function hear(run: LiveRun, event: Event, at: number): void {
  if (event.type === 'run-ending') run.ending = event.why;
  if (event.type === 'play-started') beginPlay(run.plays, event);
  if (event.type === 'wave-started') {
    const play = playNamed(run.plays, event.play);
    if (play !== undefined) beginWave(play, event);
  }
  if (!('host' in event)) return;
  const host = run.hosts.get(event.host);
  if (host === undefined) return;
  if ('step' in event) hearStep(run, host, event, at);
  if (event.type === 'host-connecting') host.connecting = at;
  if (event.type === 'host-connected') host.connected = true;
  if (event.type === 'host-failed') {
    host.failure = inOneLine(event.error.cause);
    host.ended = at;
  }
}

function hearStep(run: LiveRun, host: LiveHost, event: Event & At, at: number): void {
  const play = playNamed(run.plays, event.play);
  if (play === undefined) return;
  reach(play, host.name);
  if (event.type === 'turn-awaited') {
    const { hosts, plays, atWork } = event;
    host.awaits.set(play, {
      ...(hosts && { hosts }),
      ...(plays && { plays }),
      ...(atWork && { atWork }),
      since: at,
    });
    return;
  }
  host.connected = true;
  if (event.type === 'step-finished') finishStep(play, host, event, at);
  else if (event.type === 'step-started') {
    host.awaits.delete(play);
    host.works.set(play, { step: event.step, since: at });
    host.busy ??= at;
  } else {
    const work = host.works.get(play);
    if (work !== undefined) hearWork(work, event, at);
  }
}

function hearWork(work: Work, event: Event & At, heard: number): void {
  // What was under way is over with whatever comes after it.
  if (event.type === 'change-started' || event.type === 'action-finished' || event.type === 'waiting')
    delete work.transfer;
  if (event.type === 'change-started' || event.type === 'action-finished' || event.type === 'progress')
    delete work.wait;
  if (event.type === 'change-started') work.summary = inOneLine(event.summary);
  if (event.type === 'progress') {
    const { done, total, rate, ms } = event;
    work.transfer = { done, total, rate, ms, heard };
  }
  if (event.type === 'waiting') {
    const { ms, timeoutMs } = event;
    const wait = { what: inOneLine(event.what), why: inOneLine(event.why), ms, heard };
    work.wait = timeoutMs === undefined ? wait : { ...wait, timeoutMs };
  }
}

function finishStep(play: LivePlay, host: LiveHost, event: Of<'step-finished'>, at: number): void {
  host.works.delete(play);
  host.ended = at;
  host.acted = true;
  host.changes += event.changes;
  play.finished.set(host.name, (play.finished.get(host.name) ?? 0) + 1);
  if (leftOf(play, host.name) <= 0 && host.works.size === 0) delete host.busy;
  if (event.error !== undefined) {
    host.failure ??= `${event.step}: ${inOneLine(event.error.cause)}`;
    delete host.is;
  }
  // What it was already it has been for longer than this run knows.
  if (event.state !== undefined && event.state !== host.is?.word)
    host.is = { word: event.state, since: event.outcome === 'changed' ? at : undefined };
}

/** The plays that are under way. */
export function underWay({ plays, hosts }: LiveRun): LivePlay[] {
  return plays.filter(
    (play) =>
      play.begun &&
      [...play.hosts].some((name) => leftOf(play, name) > 0 && hosts.get(name)?.failure === undefined),
  );
}

/** Steps that are behind the run, and those that it has in all. */
export function stepsOf(run: LiveRun): { readonly done: number; readonly all: number } {
  let [done, all] = [0, 0];
  for (const play of run.plays) {
    if (isForNobody(run.plays, play)) continue;
    all += play.hosts.size * play.steps.length;
    for (const count of play.finished.values()) done += count;
  }
  return { done, all };
}

/** The play in which a host has its next step; undefined if it has none left. */
export function nextPlay({ plays }: LiveRun, host: string): LivePlay | undefined {
  return plays.find((play) => leftOf(play, host) > 0 && !isForNobody(plays, play));
}
