import type { Emit, Event } from '../engine/event.ts';
import { junitRenderer } from './junit.ts';
import { lineRenderer } from './lines.ts';
import { paints } from './paint.ts';
import { treeRenderer } from './tree.ts';

/** How a run can be shown. `auto` is `live` on a terminal, and `lines` elsewhere. */
export type OutputKind = 'auto' | 'live' | 'lines' | 'json' | 'junit';

/** Who draws, and onto what. */
export interface RendererOptions {
  readonly output: OutputKind;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly color: boolean;
  readonly verbose: boolean;
  readonly diff: boolean;
  /** What to type to carry on after a failure. */
  readonly command: string;
  /** Milliseconds, for throttling. */
  clock(): number;
  /** The time of day. */
  now(): Date;
}

/** More rows than this do not fit a screen, and slow listr2 down. */
const mostRows = 15;

/** Chooses a renderer when the run starts, because only then it is known how many hosts there are. */
export function createRenderer(options: RendererOptions): { emit: Emit; done: () => Promise<void> } {
  const { stdout } = options;
  const lines = {
    write: (text: string) => void stdout.write(text),
    paint: paints(options.color),
    verbose: options.verbose,
    diff: options.diff,
    command: options.command,
  };
  let chosen: { emit: Emit; done: () => Promise<void> } | undefined;
  const choose = (event: Event) => {
    if (options.output === 'json')
      return {
        emit: ({ type, ...more }: Event) =>
          void stdout.write(`${JSON.stringify({ type, time: options.now().toISOString(), ...more })}\n`),
        done: async () => undefined,
      };
    if (options.output === 'junit') return { emit: junitRenderer(lines.write), done: async () => undefined };
    // A terminal without columns makes listr2 spin; in a plan there is nothing to watch but the plan.
    const fits = stdout.isTTY === true && (stdout.columns ?? 0) > 0;
    const few = event.type === 'run-started' && event.hosts.length <= mostRows && !event.dryRun;
    const live = fits && few && !options.verbose && options.output !== 'lines';
    return live
      ? treeRenderer(lines, options.clock)
      : { emit: lineRenderer(lines), done: async () => undefined };
  };
  return {
    emit(event) {
      chosen ??= choose(event);
      chosen.emit(event);
    },
    async done() {
      await chosen?.done();
    },
  };
}
