import { frameOf, type Size } from '../../src/display/live/frame.ts';
import { plain } from '../../src/display/live/pieces.ts';
import { hear, type LiveRun, liveRun } from '../../src/display/live/state.ts';
import type { Event } from '../../src/engine/event.ts';

/** A live view of events that are told with the second at which they happen. */
export interface Watched {
  /** Events that happen at this second of the run, or now. */
  at(second: number, ...events: readonly Event[]): Watched;
  /** The lines that are in sight. */
  lines(size?: Partial<Size>): string[];
  /** What stands behind the mark and the name of a host. */
  row(host: string): string | undefined;
}

/** A play as the beginning of a run tells it. */
type Planned = Extract<Event, { type: 'run-started' }>['plays'][number];

/** Watches a run of these plays. */
export function watch(plays: readonly Planned[]): Watched {
  const hosts = [...new Set(plays.flatMap((play) => play.hosts))];
  const began = { type: 'run-started', playbook: 'Deploy', plays, hosts, dryRun: false, time: '' } as const;
  const run: LiveRun = liveRun(began, 0);
  let now = 0;
  const lines = ({ columns = 80, rows = 24 }: Partial<Size> = {}) =>
    frameOf(run, now, { columns, rows }).map(plain);
  return {
    at(second, ...events) {
      now = second * 1000;
      for (const event of events) hear(run, event, now);
      return this;
    },
    lines,
    row: (host) =>
      lines()
        .find((line) => line.split(/ +/)[1] === host)
        ?.replace(/^. \S+ +/, ''),
  };
}
