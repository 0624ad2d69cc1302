import type { At, Emit, Event } from '../engine/event.ts';
import { unifiedDiff } from './diff.ts';
import { type Paint, paintDiff } from './paint.ts';
import { type Failed, recap } from './recap.ts';
import { doing, printable, showDuration, waveLine } from './words.ts';

/** How much is shown, and where. */
export interface LineOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** 1: also what is unchanged, and what servers say; 2: also every action and whom a host waits for; 3: also connections, and each wait. */
  readonly verbose: number;
  readonly diff: boolean;
  /** What to type to carry on after a failure. */
  readonly command: string;
  /** The time that stands before every line, where lines are to carry it. */
  clock?(): Date;
}

const waitingEveryMs = 10_000;

/** Plain lines, in the order in which things happen: for logs, and for terminals that cannot do more. */
export function lineRenderer(options: LineOptions): Emit {
  const { paint, verbose } = options;
  const say = (text: string) => {
    const time = options.clock === undefined ? '' : `${paint.dim(timeOfDay(options.clock()))}  `;
    // A text can begin with an empty line.
    for (const line of text.split('\n')) options.write(line === '' ? '\n' : `${time}${line}\n`);
  };
  const failures: Failed[] = [];
  const lastWait = new Map<string, number>();
  const planned: Extract<Event, { type: 'change-planned' }>[] = [];
  let dryRun = false;
  let width = 0;
  // Of a wave in which there is nothing to do nobody needs to know.
  let wave: Extract<Event, { type: 'wave-started' }> | undefined;
  const row = (event: At, text: string) => {
    if (wave?.play === event.play) {
      say(paint.dim(waveLine(wave)));
      wave = undefined;
    }
    say(`${paint.cyan(event.host.padEnd(width))}  ${paint.dim(event.step)}  ${text}`);
  };

  return (event) => {
    collectFailure(event, failures);
    switch (event.type) {
      case 'run-started':
        dryRun = event.dryRun;
        width = Math.max(...event.hosts.map((host) => host.length), 0);
        say(
          `${paint.bold(event.playbook)}${dryRun ? ' (plan: nothing is touched)' : ''}: ${event.hosts.join(', ')}`,
        );
        return;
      case 'wave-started':
        wave = event;
        return;
      case 'play-started':
        say(`\n${paint.bold(event.play)}`);
        return;
      case 'host-connecting':
        if (verbose > 2) say(`${paint.cyan(event.host.padEnd(width))}  ${paint.dim('connecting')}`);
        return;
      case 'host-connected':
        if (verbose > 2)
          say(
            `${paint.cyan(event.host.padEnd(width))}  ${paint.dim(`connected, ${showDuration(event.ms)}`)}`,
          );
        return;
      case 'turn-awaited':
        if (verbose > 1) row(event, paint.dim(turn(event)));
        return;
      case 'action-finished':
        if (verbose > 1) row(event, paint.dim(`· ${printable(event.what)}`));
        return;
      case 'host-failed':
        say(`${paint.cyan(event.host.padEnd(width))}  ${paint.red('✗')} ${printable(event.error.cause)}`);
        return;
      case 'change-planned':
        if (dryRun) planned.push(event);
        if (dryRun) row(event, `${paint.yellow('+')} ${printable(event.summary)}`);
        if (options.diff && event.diff !== undefined)
          for (const line of unifiedDiff(event.diff.before, event.diff.after))
            say(`${' '.repeat(width)}      ${paintDiff(printable(line), paint)}`);
        return;
      case 'change-started':
        row(event, `${paint.yellow('~')} ${printable(event.summary)}`);
        return;
      case 'output':
        if (event.told === true) row(event, `${paint.yellow('!')} ${printable(event.text)}`);
        else if (verbose > 0) row(event, paint.dim(`| ${printable(event.text)}`));
        return;
      case 'progress':
      case 'waiting': {
        const last = lastWait.get(event.host) ?? 0;
        if (verbose < 3 && event.ms < last + waitingEveryMs && event.ms >= last) return;
        lastWait.set(event.host, event.ms);
        row(event, paint.dim(doing(event)?.replace(`${event.step}: `, '') ?? ''));
        return;
      }
      case 'step-finished':
        lastWait.delete(event.host);
        if (event.outcome === 'failed')
          row(event, `${paint.red('✗')} ${printable(event.error?.cause ?? '')}`);
        else if (event.outcome === 'changed' && !dryRun)
          row(event, paint.green(`✓ ${showDuration(event.ms)}`));
        else if (verbose > 0) row(event, paint.dim('unchanged'));
        return;
      case 'run-finished':
        // It tells of the whole run, and can be copied as it is.
        for (const line of recap(event, failures, options.command, paint, planned))
          options.write(`${line}\n`);
        return;
      default:
    }
  };
}

function turn({ hosts, plays, atWork }: Extract<Event, { type: 'turn-awaited' }>): string {
  if (hosts !== undefined) return `waits for its turn after ${hosts.join(', ')}`;
  return plays === undefined ? `waits: ${atWork} hosts at work already` : `waits for ${plays.join(', ')}`;
}

/** In the time zone of whoever reads it. */
export function timeOfDay(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

/** Remembers failures for the end. */
export function collectFailure(event: Event, failures: Failed[]): void {
  if (event.type === 'host-failed') failures.push({ where: event.host, error: event.error });
  if (event.type === 'step-finished' && event.error !== undefined)
    failures.push({ where: `${event.host} · ${event.step}`, error: event.error });
}
