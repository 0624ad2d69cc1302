import type { Event, FailureText } from '../engine/event.ts';
import { serversTold } from './outlook.ts';
import type { Paint } from './paint.ts';
import { count, printable, showDuration } from './words.ts';

type Finished = Extract<Event, { type: 'run-finished' }>;
type Planned = Extract<Event, { type: 'change-planned' }>;

/** A failure, and where it happened: `gw · start-server`. */
export interface Failed {
  readonly where: string;
  readonly error: FailureText;
}

/** The end of a run: a row a host, every failure with its cause and cure, and one line that tells it all. */
export function recap(
  event: Finished,
  failures: readonly Failed[],
  command: string,
  paint: Paint,
  planned: readonly Planned[] = [],
): string[] {
  return [
    '',
    ...(wasBegun(event) ? rows(event, paint) : []),
    ...failures.flatMap((failure) => ['', ...tell(failure, paint)]),
    ...(wasBegun(event) || failures.length > 0 ? [''] : []),
    verdict(event, paint, planned),
    ...next(event, failures, command).map(paint.dim),
  ];
}

/** Whether there is anything to tell of any host. */
function wasBegun({ outcome, tallies }: Finished): boolean {
  return (
    (outcome !== 'interrupted' && outcome !== 'declined') ||
    tallies.some(({ changed, unchanged, failed }) => changed + unchanged + failed > 0)
  );
}

/** What to type to go on. Where nothing is to be mended, and nothing was done, people know. */
function next({ outcome, changed }: Finished, failures: readonly Failed[], command: string): string[] {
  if (outcome === 'ok') return [];
  if (failures.length > 0) return [`next: mend this, then ${command} again; it carries on from here`];
  return changed === 0 ? [] : [`next: ${command} again carries on from here`];
}

function rows({ tallies, dryRun }: Finished, paint: Paint): string[] {
  const width = Math.max(4, ...tallies.map((tally) => tally.host.length));
  const head = `${'host'.padEnd(width)}  ${dryRun ? 'to change' : '  changed'}  unchanged  failed  not begun`;
  return [
    paint.dim(head),
    ...tallies.map(({ host, changed, unchanged, failed, left }) => {
      const cells = [
        host.padEnd(width),
        number(changed, 9, paint.yellow),
        number(unchanged, 9, paint.green),
        number(failed, 6, paint.red),
        number(left, 9, paint.red),
      ];
      return cells.join('  ');
    }),
  ];
}

function number(value: number, width: number, color: (text: string) => string): string {
  const text = String(value).padStart(width);
  return value === 0 ? text : color(text);
}

function tell({ where, error }: Failed, paint: Paint): string[] {
  return [
    `${paint.red('✗')} ${paint.bold(where)}: ${printable(error.cause)}`,
    ...error.tail.map((line) => paint.dim(`  | ${printable(line)}`)),
    ...(error.hint === undefined ? [] : [`  → ${printable(error.hint)}`]),
  ];
}

function verdict(
  { outcome, changed, failed, tallies, ms, dryRun }: Finished,
  paint: Paint,
  planned: readonly Planned[],
): string {
  const hosts = count(tallies.length, 'host');
  const touched = tallies.filter((tally) => tally.changed > 0).length;
  const time = showDuration(ms);
  if (outcome === 'failed')
    return paint.red(`Failed on ${failed.join(', ')}, after ${count(changed, 'change')} and ${time}`);
  if (outcome === 'declined') return paint.yellow(`Nothing was changed (${time})`);
  if (outcome === 'interrupted')
    return paint.yellow(
      changed === 0
        ? `Interrupted before anything was changed (${time})`
        : `Interrupted after ${count(changed, 'change')} and ${time}`,
    );
  if (dryRun)
    return changed === 0
      ? paint.green(`Plan: nothing to do on ${hosts} (${time})`)
      : paint.yellow(
          `Plan: ${[
            `${count(changed, 'change')} would be made on ${touched === tallies.length ? '' : `${touched} of `}${hosts}`,
            ...serversTold(planned),
            `nothing was touched (${time})`,
          ].join('; ')}`,
        );
  return changed === 0
    ? paint.green(
        `Nothing to do: ${hosts} ${tallies.length === 1 ? 'is' : 'are'} as the inventory says (${time})`,
      )
    : paint.green(`Done: ${count(changed, 'change')} on ${hosts} in ${time}`);
}
