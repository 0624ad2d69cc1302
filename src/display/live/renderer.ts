import type { ProcessOutputStream } from 'listr2';
import type { Emit, Event } from '../../engine/event.ts';
import { collectFailure, type LineOptions, timeOfDay } from '../lines.ts';
import { type Failed, recap } from '../recap.ts';
import { printable } from '../words.ts';
import { frameOf, type Size } from './frame.ts';
import { painted } from './pieces.ts';
import { createScreen, type Screen } from './screen.ts';
import { hear, type LiveRun, liveRun } from './state.ts';

/** The terminal that is drawn on. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** What the live view needs besides. */
export interface LiveOptions extends Pick<LineOptions, 'paint' | 'command'> {
  readonly terminal: Terminal;
  /** Where others write while the view stands, if that is on the same terminal. */
  readonly others: readonly NodeJS.WriteStream[];
  /** Milliseconds of a steady clock. */
  clock(): number;
  /** The time of day. */
  now(): Date;
}

/** The view of one run. */
export interface LiveView {
  readonly emit: Emit;
  done(): Promise<void>;
  /** Leaves the terminal to others until their work has ended, as for a question. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

/** At most so often is anything drawn. */
const redrawEveryMs = 100;

/**
 * The live view: what is true of every host now, at the end of the terminal. It is drawn when something has happened and
 * once a second, for the times that it shows. What fails, what people are to hear, and what others write stands above it
 * for good. listr2 keeps what others write from the terminal until it can stand there; its own views measure all that
 * they show at every change, fold nothing, and cannot say what a host waits for.
 */
export function liveRenderer(options: LiveOptions): LiveView {
  const { paint, terminal, clock } = options;
  const failures: Failed[] = [];
  let run: LiveRun | undefined;
  let finished: Extract<Event, { type: 'run-finished' }> | undefined;
  let opened: Promise<Stage> | undefined;
  /** What is to stand above, and has not been written. */
  let news: string[] = [];
  let changed = true;
  let shownAt = Number.NaN;
  let resized = false;

  const tell = ({ screen, overheard }: Stage) => {
    const lines = [...news, ...overheard().map(printable)];
    news = [];
    if (lines.length > 0) screen.above(lines);
  };
  const draw = (stage: Stage) => {
    const size = sizeOf(terminal);
    if (resized) stage.screen.resized(size.columns, size.rows);
    tell(stage);
    const now = clock();
    const second = run === undefined ? 0 : Math.floor((now - run.began) / 1000);
    if (run === undefined || !(changed || resized || second !== shownAt)) return;
    [changed, resized, shownAt] = [false, false, second];
    stage.screen.show(frameOf(run, now, size).map((line) => painted(line, paint)));
  };
  const onResize = () => {
    resized = true;
  };

  const say = (line: string) => news.push(`${paint.dim(timeOfDay(options.now()))}  ${line}`);

  const emit: Emit = (event) => {
    collectFailure(event, failures);
    changed = true;
    if (event.type === 'run-started') {
      run = liveRun(event, clock());
      terminal.write(`${paint.bold(event.playbook)}\n`);
      opened = openStage(options, onResize, draw);
      return;
    }
    if (run !== undefined) hear(run, event, clock());
    if (event.type === 'run-finished') finished = event;
    if (event.type === 'output' && event.told === true)
      say(`${paint.yellow('!')} ${event.host} · ${event.step}: ${printable(event.text)}`);
    if (event.type === 'host-failed') say(`${paint.red('✗')} ${event.host}: ${printable(event.error.cause)}`);
    if (event.type === 'step-finished' && event.error !== undefined)
      say(`${paint.red('✗')} ${event.host} · ${event.step}: ${printable(event.error.cause)}`);
  };

  const close = async () => {
    const stage = await opened;
    opened = undefined;
    if (stage === undefined) return;
    tell(stage);
    stage.close();
  };

  return {
    emit,
    async aside(work) {
      await close();
      try {
        return await work();
      } finally {
        changed = true;
        if (run !== undefined) opened = openStage(options, onResize, draw);
      }
    },
    async done() {
      await close();
      if (finished !== undefined)
        for (const line of recap(finished, failures, options.command, paint)) terminal.write(`${line}\n`);
    },
  };
}

/** The screen while the view stands. */
interface Stage {
  readonly screen: Screen;
  /** The lines that others wrote since it was last asked. */
  overheard(): string[];
  close(): void;
}

async function openStage(
  { terminal, others }: LiveOptions,
  onResize: () => void,
  draw: (stage: Stage) => void,
): Promise<Stage> {
  const { ProcessOutputStream } = await import('listr2');
  const streams = others.map((stream) => new ProcessOutputStream(stream));
  // One that others write to is written to past what is kept from it.
  const own = streams[others.indexOf(terminal as NodeJS.WriteStream)];
  const screen = createScreen((text) => void (own ?? terminal).write(text));
  for (const stream of streams) stream.hijack();
  const overheard = () => streams.flatMap(heardBy);
  const stage: Stage = {
    screen,
    overheard,
    close() {
      clearInterval(timer);
      process.off('exit', restore);
      terminal.off?.('resize', onResize);
      const heard = overheard();
      if (heard.length > 0) screen.above(heard.map(printable));
      restore();
    },
  };
  const restore = () => {
    screen.close();
    for (const stream of streams) stream.release();
  };
  const timer = setInterval(() => draw(stage), redrawEveryMs);
  process.once('exit', restore);
  terminal.on?.('resize', onResize);
  draw(stage);
  return stage;
}

/** What somebody wrote since, line by line; it goes on being kept. */
function heardBy(stream: ProcessOutputStream): string[] {
  const text = stream
    .release()
    .map(({ entry }) => entry)
    .join('');
  stream.hijack();
  return text === '' ? [] : text.replace(/^\n|\n$/g, '').split('\n');
}

function sizeOf({ columns, rows }: Terminal): Size {
  return { columns: columns ?? 80, rows: rows ?? 24 };
}
