import { Interrupted, type KnownError, LockHeld, RunRefused } from '../errors.ts';
import type { Tally } from './event.ts';
import type { ScheduledPlay } from './schedule.ts';
import type { Outcome } from './visit.ts';

/** Keeps count of a run, host by host. */
export function createScore<World>(plays: readonly ScheduledPlay<World>[]) {
  const counts = new Map<string, { changed: number; unchanged: number; failed: number; visited: number }>();
  const due = new Map<string, number>();
  for (const play of plays)
    for (const host of play.hosts) {
      counts.set(host.name, { changed: 0, unchanged: 0, failed: 0, visited: 0 });
      due.set(host.name, (due.get(host.name) ?? 0) + play.calls.length);
    }
  const failures: { host: string; error: KnownError }[] = [];
  let changes = 0;

  const countOf = (host: string) => {
    const count = counts.get(host);
    if (count === undefined) throw new Error(`host ${host} is in no play`);
    return count;
  };

  return {
    visited(host: string, outcome: Outcome): void {
      const count = countOf(host);
      count.visited += 1;
      if (outcome.kind === 'changed') {
        count.changed += 1;
        changes += outcome.changes;
      } else if (outcome.kind === 'unchanged') count.unchanged += 1;
      else if (outcome.error instanceof Interrupted) count.visited -= 1;
      else this.failed(host, outcome.error);
    },
    /** A host has no part in a play of so many steps. */
    excused(host: string, calls: number): void {
      countOf(host).visited += calls;
    },
    failed(host: string, error: KnownError): void {
      countOf(host).failed += 1;
      failures.push({ host, error });
    },
    hasFailed: (host: string): boolean => countOf(host).failed > 0,
    changes: (): number => changes,
    anyRefused: (): boolean => failures.some(({ error }) => error instanceof RunRefused),
    anyLockHeld: (): boolean => failures.some(({ error }) => error instanceof LockHeld),
    tallies: (): readonly Tally[] =>
      [...counts].map(([host, { changed, unchanged, failed, visited }]) => ({
        host,
        changed,
        unchanged,
        failed,
        left: (due.get(host) ?? 0) - visited,
      })),
    result: (interrupted: boolean) => ({
      outcome:
        failures.length > 0 ? ('failed' as const) : interrupted ? ('interrupted' as const) : ('ok' as const),
      changed: changes,
      failures,
    }),
  };
}
