import type { At, Event, FailureText } from '../engine/event.ts';
import type { RunEnd, RunRecord } from '../record/records.ts';
import type { State } from './state.ts';

/** One step at one host, as it went. Times in milliseconds since the run began. */
export interface StepStory extends At {
  readonly from: number;
  readonly to: number;
  readonly state: State;
  readonly changes: readonly ChangeStory[];
  readonly waits: readonly WaitStory[];
  readonly transfers: readonly TransferStory[];
  readonly output: readonly Said[];
  readonly error: FailureText | undefined;
}

/** A change, and how far it came. */
interface ChangeStory {
  readonly summary: string;
  readonly diff: { readonly before: string; readonly after: string } | undefined;
  readonly begun: boolean;
  /** What was done for it. */
  readonly actions: readonly string[];
}

/** What was waited for, and all the reasons why it was not so yet. */
interface WaitStory {
  readonly what: string;
  readonly whys: readonly string[];
  readonly ms: number;
}

interface TransferStory {
  readonly done: number;
  readonly total: number;
  readonly ms: number;
}

/** A line that a server said; `told` if people were to hear it. */
interface Said {
  readonly text: string;
  readonly told: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? Mutable<E>[] : T[K] };
type Draft = Mutable<StepStory>;

/** All steps that were begun, in the order in which that happened. */
export function stepsOf({ events, began, last }: RunRecord, end: RunEnd): StepStory[] {
  const all: Draft[] = [];
  const open = new Map<string, Draft>();
  for (const { time, event } of events) {
    if (!('step' in event)) continue;
    const now = time.getTime() - began.getTime();
    const key = JSON.stringify([event.play, event.host, event.step]);
    let draft = open.get(key);
    if (draft === undefined || event.type === 'step-started') {
      draft = draftOf(event, now);
      open.set(key, draft);
      all.push(draft);
    }
    take(draft, event, now);
    if (event.type === 'step-finished') open.delete(key);
  }
  const finish = events.map(({ event }) => event).findLast((event) => event.type === 'run-finished');
  for (const draft of all) {
    if (draft.state === 'under-way') {
      draft.to = last.getTime() - began.getTime();
      if (end !== 'under way') draft.state = 'broken-off';
    }
    // Who was interrupted did not fail: the run says who did.
    if (draft.state === 'failed' && finish !== undefined && !finish.failed.includes(draft.host))
      draft.state = 'broken-off';
  }
  return all;
}

function draftOf({ play, host, step }: At, now: number): Draft {
  return {
    ...{ play, host, step },
    from: now,
    to: now,
    state: 'under-way',
    changes: [],
    waits: [],
    transfers: [],
    output: [],
    error: undefined,
  };
}

function take(draft: Draft, event: Extract<Event, At>, now: number): void {
  draft.to = now;
  switch (event.type) {
    case 'change-planned':
      draft.changes.push({ summary: event.summary, diff: event.diff, begun: false, actions: [] });
      return;
    case 'change-started': {
      const planned = draft.changes.find(({ summary, begun }) => !begun && summary === event.summary);
      if (planned === undefined)
        draft.changes.push({ summary: event.summary, diff: undefined, begun: true, actions: [] });
      else planned.begun = true;
      return;
    }
    case 'action-finished':
      draft.changes.findLast(({ begun }) => begun)?.actions.push(event.what);
      return;
    case 'waiting': {
      const wait = draft.waits.find(({ what }) => what === event.what);
      if (wait === undefined) draft.waits.push({ what: event.what, whys: [event.why], ms: event.ms });
      else {
        wait.ms = event.ms;
        if (!wait.whys.includes(event.why)) wait.whys.push(event.why);
      }
      return;
    }
    case 'progress': {
      const { done, total, ms } = event;
      const before = draft.transfers.at(-1);
      // One that is smaller than it was is the next.
      if (before === undefined || done < before.done || before.done === before.total)
        draft.transfers.push({ done, total, ms });
      else Object.assign(before, { done, total, ms });
      return;
    }
    case 'output':
      draft.output.push({ text: event.text, told: event.told === true });
      return;
    case 'step-finished':
      draft.state = event.outcome;
      draft.error = event.error;
      return;
    default:
  }
}
