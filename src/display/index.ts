import type { Emit, Event } from '../engine/event.ts';
import { junitRenderer } from './junit.ts';
import { lineRenderer } from './lines.ts';
import { type LiveView, liveRenderer, type Terminal } from './live/renderer.ts';
import { paints } from './paint.ts';

/** How a run can be shown. `auto` is `live` on a terminal, and `lines` elsewhere. */
export type OutputKind = 'auto' | 'live' | 'lines' | 'json' | 'junit';

/** Who draws, and onto what. */
export interface RendererOptions {
  readonly output: OutputKind;
  readonly stdout: Terminal & { readonly isTTY?: boolean };
  /** Streams of the process that end on the same terminal: what is written there must not disturb a live view. */
  readonly others?: readonly NodeJS.WriteStream[];
  readonly color: boolean;
  readonly verbose: number;
  readonly diff: boolean;
  /** What to type to carry on after a failure. */
  readonly command: string;
  /** Milliseconds of a steady clock. */
  clock(): number;
  /** The time of day. */
  now(): Date;
}

/** Whoever shows a run. */
interface Renderer {
  readonly emit: Emit;
  done(): Promise<void>;
}

/** Chooses a renderer when the run starts, because only then it is known whether it only tells what would be done. */
export function createRenderer(options: RendererOptions): Renderer & Pick<LiveView, 'aside'> {
  const { stdout } = options;
  const lines = {
    write: (text: string) => void stdout.write(text),
    paint: paints(options.color),
    verbose: options.verbose,
    diff: options.diff,
    command: options.command,
  };
  let chosen: (Renderer & Partial<LiveView>) | undefined;
  const choose = (event: Event): Renderer & Partial<LiveView> => {
    if (options.output === 'json')
      return {
        emit: ({ type, ...more }: Event) =>
          void stdout.write(`${JSON.stringify({ type, time: options.now().toISOString(), ...more })}\n`),
        done: async () => undefined,
      };
    if (options.output === 'junit') return { emit: junitRenderer(lines.write), done: async () => undefined };
    const dryRun = event.type === 'run-started' && event.dryRun;
    // In a plan there is nothing to watch but the plan.
    const fits = stdout.isTTY === true && (stdout.columns ?? 0) > 0 && !dryRun;
    if (fits && options.verbose === 0 && options.output !== 'lines')
      return liveRenderer({
        terminal: stdout,
        others: options.others ?? [],
        ...{ paint: lines.paint, command: options.command, clock: options.clock, now: options.now },
      });
    // A plan tells what would be done, whenever it is.
    const emit = lineRenderer(dryRun ? lines : { ...lines, clock: options.now });
    return { emit, done: async () => undefined };
  };
  return {
    emit(event) {
      chosen ??= choose(event);
      chosen.emit(event);
    },
    async done() {
      await chosen?.done();
    },
    aside: (work) => (chosen?.aside === undefined ? work() : chosen.aside(work)),
  };
}
