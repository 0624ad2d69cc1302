import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Emit, Event } from '../engine/event.ts';
import type { Layout } from './layout.ts';

/** What is known of a run before it begins: the first line of its record. */
export interface RunHeader {
  /** The inventory, as it was named. */
  readonly inventory: string;
  /** What was typed, without secrets. */
  readonly command: string;
  /** User and machine. */
  readonly operator: string;
  readonly machine: string;
  readonly pid: number;
  /** What stands where, if it is known. */
  readonly layout?: Layout;
}

/** A record that is being written. */
export interface Recorder {
  readonly id: string;
  readonly emit: Emit;
  close(): void;
}

/** The folder of the records, beside the inventory. */
export function recordFolder(baseDirectory: string): string {
  return join(baseDirectory, 'runs');
}

/** What is under way is told many times a second; on record it is every so often, and whenever it changes. */
const sameAgainAfterMs = 10_000;

/**
 * Begins the record of a run: one file with one line of JSON for each event, in which `time` is added. Every line is
 * written at once, so what a killed run did is on record as well. Only the user may read it. Throws what `fs` throws.
 */
export function startRecord(folder: string, what: string, header: RunHeader, now: () => Date): Recorder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { id, descriptor } = openNew(folder, recordName(now(), what));
  let open = true;
  const write = (line: object) => {
    if (open) writeSync(descriptor, `${JSON.stringify({ time: now().toISOString(), ...line })}\n`);
  };
  const isNews = newsOnly(() => now().getTime());
  write({ type: 'record', ...header });
  return {
    id,
    emit: (event) => {
      if (isNews(event)) write(event);
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

function openNew(folder: string, wanted: string): { id: string; descriptor: number } {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      return { id, descriptor: openSync(join(folder, `${id}.jsonl`), 'wx', 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** `20261127T013900Z-deploy`: sorts by time, and is a file name everywhere. */
export function recordName(time: Date, what: string): string {
  return `${time.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${what}`;
}

/** Passes over what only says again how far something is. */
export function newsOnly(clock: () => number): (event: Event) => boolean {
  const last = new Map<string, { readonly said: string; readonly at: number }>();
  return (event) => {
    if (event.type !== 'waiting' && event.type !== 'progress') return true;
    const said = event.type === 'waiting' ? `${event.what} ${event.why}` : event.type;
    const before = last.get(event.host);
    const isOver = event.type === 'progress' && event.done === event.total;
    if (before?.said === said && clock() - before.at < sameAgainAfterMs && !isOver) return false;
    last.set(event.host, { said, at: clock() });
    return true;
  };
}
