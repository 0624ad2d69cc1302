import type { ListrTaskWrapper } from 'listr2';
import type { Emit, Event } from '../engine/event.ts';
import { collectFailure, type LineOptions } from './lines.ts';
import { type Failed, recap } from './recap.ts';
import { count, doing, printable, showDuration } from './words.ts';

// biome-ignore lint/suspicious/noExplicitAny: listr2 types its wrapper by the renderer, which does not matter here
type Row = ListrTaskWrapper<unknown, any, any>;

/** One row on the screen: its handle once listr2 has begun it, and how to end it. */
interface HostRow {
  row: Row | undefined;
  readonly end: (title: string) => void;
  readonly ended: Promise<string>;
  changes: number;
  failed: boolean;
}

const redrawEveryMs = 100;

/**
 * A live view: one row a host, with what it is doing now. listr2 measures its whole tree at every redraw, so there is
 * nothing deeper, and rows change ten times a second at most.
 */
export function treeRenderer(
  options: LineOptions,
  clock: () => number,
): { emit: Emit; done: () => Promise<void> } {
  const { paint } = options;
  const rows = new Map<string, HostRow>();
  const failures: Failed[] = [];
  /** What people are to hear in any case: rows pass. */
  const told: string[] = [];
  const drawn = new Map<string, number>();
  /** Hosts of the play under way whose wave has not begun. */
  let waiting = new Set<string>();
  let listr: Promise<unknown> = Promise.resolve();
  let finished: Extract<Event, { type: 'run-finished' }> | undefined;

  const begin = (event: Extract<Event, { type: 'run-started' }>) => {
    options.write(`${paint.bold(event.playbook)}\n\n`);
    for (const host of event.hosts) rows.set(host, newRow());
    const tasks = event.hosts.map((host) => ({
      title: host,
      task: async (_context: unknown, row: Row) => {
        const own = rows.get(host);
        if (own === undefined) return;
        own.row = row;
        row.title = await own.ended;
        if (own.failed) throw new Error(row.title);
      },
    }));
    const draw = async () => {
      const { Listr } = await import('listr2');
      const drawing = new Listr(tasks, {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        rendererOptions: { collapseErrors: false, showErrorMessage: false, lazy: false },
      });
      await drawing.run().catch(() => undefined);
    };
    listr = draw();
  };

  /** Those whose wave comes later see for whom they wait. */
  const tellWave = (event: Extract<Event, { type: 'wave-started' }>) => {
    for (const host of event.hosts) waiting.delete(host);
    for (const host of waiting) {
      const row = rows.get(host)?.row;
      if (row !== undefined) row.output = `waits for ${event.hosts.join(', ')}`;
    }
  };

  const emit: Emit = (event) => {
    collectFailure(event, failures);
    if (event.type === 'run-started') return begin(event);
    if (event.type === 'run-finished') {
      finished = event;
      for (const tally of event.tallies) {
        const own = rows.get(tally.host);
        const words =
          tally.failed > 0
            ? 'failed'
            : own?.changes === 0
              ? 'nothing to do'
              : count(own?.changes ?? 0, 'change');
        own?.end(`${tally.host}  ${paint.dim(words)}`);
      }
      return;
    }
    if (event.type === 'play-started') waiting = new Set(event.hosts);
    if (event.type === 'wave-started') return tellWave(event);
    if (!('host' in event)) return;
    const own = rows.get(event.host);
    if (own === undefined) return;
    if (event.type === 'host-failed') own.failed = true;
    if (event.type === 'step-finished') {
      own.changes += event.changes;
      if (event.outcome === 'failed') own.failed = true;
      if (own.row !== undefined)
        own.row.title = `${event.host}  ${paint.dim(`${event.step} ${showDuration(event.ms)}`)}`;
    }
    if (event.type === 'output' && event.told === true)
      told.push(`${paint.yellow('!')} ${event.host} · ${event.step}: ${printable(event.text)}`);
    const text = doing(event);
    const often = event.type === 'progress' || event.type === 'waiting' || event.type === 'output';
    const now = clock();
    if (text === undefined || (often && now - (drawn.get(event.host) ?? 0) < redrawEveryMs)) return;
    drawn.set(event.host, now);
    if (own.row !== undefined) own.row.output = printable(text);
  };

  return {
    emit,
    async done() {
      for (const own of rows.values()) own.end('');
      await listr;
      for (const line of told) options.write(`${line}\n`);
      if (finished !== undefined)
        for (const line of recap(finished, failures, options.command, paint)) options.write(`${line}\n`);
    },
  };
}

function newRow(): HostRow {
  let end: (title: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { row: undefined, end, ended, changes: 0, failed: false };
}
