import type { Event, FailureText } from '../engine/event.ts';
import type { LayoutGroup, LayoutMember } from '../record/layout.ts';
import type { LoadSeen } from '../record/load.ts';
import type { RunEnd, RunRecord } from '../record/records.ts';
import { foremost, type State } from './state.ts';
import { type StepStory, stepsOf } from './steps.ts';

/** All that a page of a run tells. Times in milliseconds since the run began. */
export interface Story {
  readonly record: RunRecord;
  readonly end: RunEnd;
  readonly name: string;
  readonly dryRun: boolean;
  readonly ms: number;
  readonly changes: number;
  readonly groups: readonly GroupStory[];
  /** In the order of the groups. */
  readonly hosts: readonly HostStory[];
  readonly plays: readonly PlayStory[];
  readonly failures: readonly FailureStory[];
  readonly load: LoadStory | undefined;
}

/** A group of the picture, with what became of each member. */
export interface GroupStory extends Omit<LayoutGroup, 'members'> {
  readonly members: readonly (LayoutMember & {
    readonly state: State;
    readonly story: HostStory | undefined;
  })[];
}

/** A host of the run. */
export interface HostStory {
  /** In links. */
  readonly id: string;
  readonly name: string;
  /** The title of its group, if it is in one. */
  readonly group: string | undefined;
  readonly state: State;
  readonly bars: readonly Bar[];
  readonly counts: { readonly changed: number; readonly unchanged: number; readonly failed: number };
  readonly notBegun: readonly { readonly play: string; readonly step: string }[];
  /** Why it could not be reached, or not be looked at. */
  readonly errors: readonly FailureText[];
}

/** A step in the timeline; or several in a row in which there was nothing to do. */
export interface Bar {
  /** In links. */
  readonly id: string;
  readonly host: string;
  readonly from: number;
  readonly to: number;
  readonly state: State;
  readonly steps: readonly StepStory[];
}

/** A play, and when it was under way; it never was if it has no `from`. */
export interface PlayStory {
  readonly id: string;
  readonly name: string;
  /** Who had a part in it, if it began; who would have, if it did not. */
  readonly hosts: readonly string[];
  readonly steps: readonly string[];
  /** Nobody had a part in it. */
  readonly passedOver: boolean;
  readonly from: number | undefined;
  readonly to: number;
  readonly waves: readonly {
    readonly number: number;
    readonly at: number;
    readonly hosts: readonly string[];
    readonly why: string | undefined;
  }[];
}

/** A failure, and the bar or the host that it is told at. */
interface FailureStory {
  readonly host: string;
  readonly step: string | undefined;
  readonly link: string;
  readonly error: FailureText;
}

/** A load as a page tells it, by the time of the run. */
export interface LoadStory {
  readonly load: LoadSeen;
  /** When it began, in milliseconds since the run did; negative if it was there before. */
  readonly from: number;
  /** How long the run took. */
  readonly ms: number;
}

type Started = Extract<Event, { type: 'run-started' }>;

/** A run on record as its page tells it, with what was sent to the cluster meanwhile if somebody saw that. */
export function storyOf(record: RunRecord, end: RunEnd, load?: LoadSeen): Story {
  const events = record.events.map(({ event }) => event);
  const started = events.find((event) => event.type === 'run-started');
  const finish = events.findLast((event) => event.type === 'run-finished');
  const steps = stepsOf(record, end);
  const plays = playsOf(record, started, steps, end);
  const ms = Math.max(1, record.last.getTime() - record.began.getTime());
  const groups = groupsOf(record, started);
  const hosts = hostsOf(record, { started, groups, steps, plays, ms });
  const byName = new Map(hosts.map((host) => [host.name, host]));
  return {
    record,
    end,
    name: started?.playbook ?? record.command,
    dryRun: started?.dryRun ?? false,
    ms,
    changes:
      finish?.changed ??
      events.reduce((sum, event) => sum + (event.type === 'step-finished' ? event.changes : 0), 0),
    groups: groups.map((group) => ({
      ...group,
      members: group.members.map((member) => {
        const story = member.host === undefined ? undefined : byName.get(member.host);
        return { ...member, story, state: story?.state ?? stateOfThing(member, steps, plays) };
      }),
    })),
    hosts,
    plays,
    failures: hosts.flatMap(failuresOf),
    load: load === undefined ? undefined : { load, from: load.began.getTime() - record.began.getTime(), ms },
  };
}

/** The groups of the picture: as on record, and all hosts of the run that are in none of them. */
function groupsOf({ layout }: RunRecord, started: Started | undefined): LayoutGroup[] {
  const groups = layout?.groups ?? [];
  const placed = new Set(groups.flatMap(({ members }) => members.map(({ host }) => host)));
  const others = (started?.hosts ?? []).filter((host) => !placed.has(host));
  if (others.length === 0) return [...groups];
  const title = groups.length === 0 ? 'Hosts' : 'Other hosts';
  const members = others.map((name) => ({ name, host: name }));
  return [...groups, { id: 'others', title, kind: 'nodes', members, uses: [] }];
}

interface Found {
  readonly started: Started | undefined;
  readonly groups: readonly LayoutGroup[];
  readonly steps: readonly StepStory[];
  readonly plays: readonly PlayStory[];
  readonly ms: number;
}

function hostsOf({ events }: RunRecord, found: Found): HostStory[] {
  const { started, groups, steps, plays, ms } = found;
  const inRun = new Set(started?.hosts);
  const members = groups.flatMap(({ title, members }) =>
    members.flatMap(({ host }) => (host !== undefined && inRun.has(host) ? [{ host, title }] : [])),
  );
  const errors = byHost(events.flatMap(({ event }) => (event.type === 'host-failed' ? [event] : [])));
  const stepsAt = byHost(steps);
  const finish = events.map(({ event }) => event).findLast((event) => event.type === 'run-finished');
  const nothingLeft = new Set(finish?.tallies.flatMap(({ host, left }) => (left === 0 ? [host] : [])));
  let number = 0;
  const nextId = () => {
    number += 1;
    return String(number);
  };
  return members.map(({ host, title }, index) => {
    const own = stepsAt.get(host) ?? [];
    const failed = (errors.get(host) ?? []).map(({ error }) => error);
    const notBegun = nothingLeft.has(host) ? [] : notBegunAt(host, plays, own);
    const count = (state: State) => own.filter((step) => step.state === state).length;
    return {
      id: `h${index + 1}`,
      name: host,
      group: groups.length === 1 ? undefined : title,
      state: foremost([
        ...own.map(({ state }) => state),
        ...(failed.length > 0 ? (['failed'] as const) : []),
        ...(notBegun.length > 0 || own.length === 0 ? (['not-begun'] as const) : []),
      ]),
      bars: barsOf(own, ms, nextId),
      counts: {
        changed: count('changed'),
        unchanged: count('unchanged'),
        failed: count('failed') + failed.length,
      },
      notBegun,
      errors: failed,
    };
  });
}

function byHost<T extends { readonly host: string }>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const each of all) {
    const there = found.get(each.host);
    if (there === undefined) found.set(each.host, [each]);
    else there.push(each);
  }
  return found;
}

/** A step may stand twice in a play. */
function notBegunAt(
  host: string,
  plays: readonly PlayStory[],
  own: readonly StepStory[],
): { play: string; step: string }[] {
  const begun = own.map(({ play, step }) => JSON.stringify([play, step]));
  return plays
    .filter(({ hosts, passedOver }) => !passedOver && hosts.includes(host))
    .flatMap(({ name, steps }) => steps.map((step) => ({ play: name, step })))
    .filter(({ play, step }) => {
      const at = begun.indexOf(JSON.stringify([play, step]));
      if (at >= 0) begun.splice(at, 1);
      return at < 0;
    });
}

/** So far apart, as a share of the run, are steps that are not told as one. */
const apart = 1 / 100;

/** What had nothing to do, and nothing to tell, is one bar with its neighbours. */
function barsOf(steps: readonly StepStory[], ms: number, nextId: () => string): Bar[] {
  const bars: Bar[] = [];
  for (const step of steps) {
    const last = bars.at(-1);
    const joins =
      last !== undefined && step.from - last.to <= ms * apart && [step, ...last.steps].every(isQuiet);
    const all = joins ? [...last.steps, step] : [step];
    const id = joins ? last.id : nextId();
    if (joins) bars.pop();
    const from = all[0]?.from ?? step.from;
    bars.push({ id, host: step.host, from, to: step.to, state: step.state, steps: all });
  }
  return bars;
}

function isQuiet({ state, waits, output }: StepStory): boolean {
  return state === 'unchanged' && waits.length === 0 && !output.some(({ told }) => told);
}

/** What is no host is as its steps left it. */
function stateOfThing(
  { steps: names = [] }: LayoutMember,
  steps: readonly StepStory[],
  plays: readonly PlayStory[],
): State {
  const due = plays.some((play) => !play.passedOver && play.steps.some((step) => names.includes(step)));
  const done = steps.filter(({ step }) => names.includes(step)).map(({ state }) => state);
  return done.length === 0 && due ? 'not-begun' : foremost(done);
}

function playsOf(
  { events, began }: RunRecord,
  started: Started | undefined,
  steps: readonly StepStory[],
  end: RunEnd,
): PlayStory[] {
  const since = (time: Date) => time.getTime() - began.getTime();
  const begins = new Map(
    events.flatMap(({ time, event }) =>
      event.type === 'play-started' ? [[event.play, { at: since(time), hosts: event.hosts }] as const] : [],
    ),
  );
  const all = started?.plays ?? [];
  const lastBegun = all.findLastIndex(({ play }) => begins.has(play));
  return all.map(({ play, hosts, steps: names }, index) => {
    const begin = begins.get(play);
    const ends = steps.filter((step) => step.play === play).map(({ to }) => to);
    return {
      id: `p${index + 1}`,
      name: play,
      hosts: begin?.hosts ?? hosts,
      steps: names,
      // Plays begin in their order, but for those that are for nobody.
      passedOver: begin === undefined && (index < lastBegun || end === 'ok'),
      from: begin?.at,
      to: ends.reduce((latest, to) => Math.max(latest, to), begin?.at ?? 0),
      waves: events.flatMap(({ time, event }) =>
        event.type === 'wave-started' && event.play === play
          ? [{ number: event.wave, at: since(time), hosts: event.hosts, why: event.why }]
          : [],
      ),
    };
  });
}

function failuresOf({ name, id, errors, bars }: HostStory): FailureStory[] {
  return [
    ...errors.map((error) => ({ host: name, step: undefined, link: id, error })),
    ...bars.flatMap((bar) =>
      bar.steps.flatMap(({ step, state, error }) =>
        state === 'failed' && error !== undefined ? [{ host: name, step, link: `b${bar.id}`, error }] : [],
      ),
    ),
  ];
}
