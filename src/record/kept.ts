import type { Emit } from '../engine/event.ts';
import { newsOnly, type RunHeader, recordName } from './recorder.ts';
import type { Recorded, RunRecord } from './records.ts';

/** A record that is kept in memory only: of a dry run, or where none is to be left. */
export function keepRecord(
  what: string,
  header: RunHeader,
  now: () => Date,
): { readonly emit: Emit; record(): RunRecord } {
  const began = now();
  const events: Recorded[] = [];
  const isNews = newsOnly(() => now().getTime());
  return {
    emit(event) {
      if (isNews(event)) events.push({ time: now(), event });
    },
    record: () => ({
      ...header,
      id: recordName(began, what),
      began,
      last: events.at(-1)?.time ?? began,
      events: [...events],
    }),
  };
}
