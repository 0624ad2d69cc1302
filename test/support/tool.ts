import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Event } from '../../src/engine/event.ts';

const root = resolve(import.meta.dirname, '../..');
const program = resolve(root, 'dist/cli/main.js');

/** How a run of the command-line tool ended. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With `--output json`: every event. */
  readonly events: readonly Event[];
}

/** A run that is under way. */
export interface RunningTool {
  readonly child: ChildProcess;
  readonly ended: Promise<ToolResult>;
  /** Resolves with the first event that fits. */
  seen(fits: (event: Event) => boolean): Promise<Event>;
}

/** Commands that restart or stop servers, for which nobody but the test of it wants to be told that users notice. */
const noticed = new Set(['deploy', 'run', 'start', 'stop']);

/** Starts the tool as it was built, as a pipeline would: without a terminal, and with `--yes` where users could notice. */
export function startTool(words: readonly string[], environment: Record<string, string> = {}): RunningTool {
  const says = noticed.has(words[0] ?? '') && !words.includes('--yes');
  return startAsTyped(says ? [...words, '--yes'] : words, environment);
}

/** The same with nothing but these words. */
export function startAsTyped(
  words: readonly string[],
  environment: Record<string, string> = {},
): RunningTool {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const events: Event[] = [];
  const waiting: { fits: (event: Event) => boolean; tell: (event: Event) => void }[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.startsWith('{"type":'))) {
      const event = JSON.parse(line) as Event;
      events.push(event);
      for (const each of waiting) if (each.fits(event)) each.tell(event);
    }
  });
  child.stderr.on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<ToolResult>((done) => {
    child.on('close', (code, signal) =>
      done({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout, stderr, events }),
    );
  });
  return {
    child,
    ended,
    seen(fits) {
      const known = events.find(fits);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((tell, fail) => {
        waiting.push({ fits, tell });
        void ended.then(() => fail(new Error(`the run ended before that was seen:\n${stdout}\n${stderr}`)));
      });
    },
  };
}

/** Runs the tool to its end. */
export function runTool(...words: string[]): Promise<ToolResult> {
  return startTool(words).ended;
}

/** Runs a playbook command with one event a line. */
export function runJson(...words: string[]): Promise<ToolResult> {
  return runTool(...words, '--output', 'json');
}

/** What was planned or done, as `host step summary`, sorted: hosts go at the same time. */
export function changesIn({ events }: ToolResult): string[] {
  return events
    .flatMap((event) =>
      event.type === 'change-planned' ? [`${event.host} ${event.step}: ${event.summary}`] : [],
    )
    .sort();
}

/** Everything that failed, as it is told to people; and a run that broke off. */
export function failuresIn({ events, stderr }: ToolResult): { where: string; text: string }[] {
  const began = events.some(({ type }) => type === 'run-started');
  const ended = events.some(({ type }) => type === 'run-finished');
  const failures = events.flatMap((event) => {
    if (event.type === 'host-failed') return [{ where: event.host, text: JSON.stringify(event.error) }];
    if (event.type === 'step-finished' && event.error !== undefined)
      return [{ where: `${event.host} ${event.step}`, text: JSON.stringify(event.error) }];
    return [];
  });
  return began && !ended ? [...failures, { where: 'the run', text: `it broke off: ${stderr}` }] : failures;
}
