import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, RunOutcome } from '../engine/event.ts';
import { UsageError } from '../errors.ts';
import type { RunHeader } from './recorder.ts';

/** A run on record. */
export interface RunRecord extends RunHeader {
  readonly id: string;
  readonly began: Date;
  /** When the last that is on record happened. */
  readonly last: Date;
  readonly events: readonly Recorded[];
}

/** An event of a run that was, and when it happened. */
export interface Recorded {
  readonly time: Date;
  readonly event: Event;
}

const ending = '.jsonl';

/** The ids of all runs on record, the first of them first. */
export function recordIds(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`${folder} cannot be read: ${(error as Error).message}`);
  }
}

/** The id that begins so, or `last`. Throws `UsageError` if there is none, or more than one. */
export function recordId(folder: string, wanted: string): string {
  const all = recordIds(folder);
  const found = wanted === 'last' ? all.slice(-1) : all.filter((id) => id.startsWith(wanted));
  const [id, ...others] = all.includes(wanted) ? [wanted] : found;
  if (id === undefined)
    throw new UsageError(
      all.length === 0
        ? `no run is on record in ${folder}`
        : `no run on record in ${folder} begins with ${JSON.stringify(wanted)}; the last is ${all.at(-1)}`,
    );
  if (others.length > 0)
    throw new UsageError(
      `${others.length + 1} runs on record begin with ${JSON.stringify(wanted)}: ${found.join(', ')}`,
    );
  return id;
}

/** Reads one. A last line that a run was killed in the middle of is left out. Throws `UsageError` if it is no record. */
export function readRecord(folder: string, id: string): RunRecord {
  const file = join(folder, `${id}${ending}`);
  const lines = textOf(file).split('\n').slice(0, -1);
  const parsed = lines.map((line, index) => parse(line, `${file}:${index + 1}`));
  const [first, ...rest] = parsed;
  if (first === undefined || first.type !== 'record') throw new UsageError(`${file} is no record of a run`);
  const { time, type: _type, ...header } = first;
  const events = rest.map((line) => ({ time: new Date(line.time), event: eventOf(line) }));
  return {
    ...(header as unknown as RunHeader),
    id,
    began: new Date(time),
    last: events.at(-1)?.time ?? new Date(time),
    events,
  };
}

/** An event as it was emitted; only the first of a run has a time of its own. */
function eventOf({ time, ...event }: { readonly time: string; readonly type: string }): Event {
  return (event.type === 'run-started' ? { ...event, time } : event) as Event;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function parse(line: string, where: string): { time: string; type: string } {
  try {
    const found = JSON.parse(line) as { time?: unknown; type?: unknown };
    if (typeof found.time === 'string' && typeof found.type === 'string')
      return found as { time: string; type: string };
  } catch {
    // Told below, with its place.
  }
  throw new UsageError(`${where}: this is no line of a record`);
}

/** How a run ended, in one word. */
export type RunEnd = RunOutcome | 'under way' | 'unfinished';

/** How it ended; where it did not, `lives` tells whether its process is still there. */
export function endOf(record: RunRecord, lives: (record: RunRecord) => boolean): RunEnd {
  const finish = finishOf(record);
  if (finish !== undefined) return finish.outcome;
  return lives(record) ? 'under way' : 'unfinished';
}

/** The last event of a run that came to its end. */
export function finishOf({ events }: RunRecord): Extract<Event, { type: 'run-finished' }> | undefined {
  return events.flatMap(({ event }) => (event.type === 'run-finished' ? [event] : [])).at(-1);
}

/** Changes that were made, also by a run that has not come to its end. */
export function changesOf({ events }: RunRecord): number {
  return events.reduce((sum, { event }) => sum + (event.type === 'step-finished' ? event.changes : 0), 0);
}
