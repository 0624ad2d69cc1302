import { readEnd, readFiles, readLogEnd } from '../apim/server/log-files.ts';
import type { AsksThere } from '../engine/step.ts';
import { ConnectionFailed, StepFailed } from '../errors.ts';
import { as, type Command } from '../shell/command.ts';
import { readJournal } from '../shell/journal.ts';
import { describeMachine, readTime, timeThere } from '../shell/machine.ts';

/** Whoever keeps what was found at a host. */
export interface Findings {
  /** A text, which may have secrets in it: whoever keeps it masks them. */
  keep(name: string, text: string, how?: KeepHow): void;
  /** What there is nothing of, and why. It is a failure if there may be something. */
  miss(what: string, why: string, failed?: boolean): void;
}

/** What else there is to say of a text. */
export interface KeepHow {
  /** Lines that are known to hold no secret. */
  readonly plain?: ReadonlySet<string>;
  /** So many bytes before it were left out. */
  readonly left?: number;
}

/** How much of what a host has is wanted. */
export interface Wanted {
  /** Of the last so many seconds. */
  readonly seconds: number;
  /** At most so many bytes of a log, and of all of them. */
  readonly bytesOfLog: number;
  readonly bytesOfLogs: number;
}

/** Does a part of the work; what fails is noted as missing, and the rest goes on unless the host went away. */
export async function attempt(findings: Findings, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StepFailed) || error instanceof ConnectionFailed) throw error;
    findings.miss(what, error.cause, true);
  }
}

/** Keeps what a question prints; nothing printed means that there is none, for this reason. */
export function keepAnswer(
  findings: Findings,
  { there }: Pick<AsksThere, 'there'>,
  name: string,
  question: Command,
  none = 'it is not there',
): Promise<void> {
  return attempt(findings, name, async () => {
    const { stdout } = await there(question);
    if (stdout.trim() === '') findings.miss(name, none);
    else findings.keep(name, stdout);
  });
}

/** What every machine tells, whatever runs on it. */
export async function machineSupport(
  asks: Pick<AsksThere, 'there'>,
  { seconds }: Pick<Wanted, 'seconds'>,
  clock: () => number,
  findings: Findings,
): Promise<void> {
  await attempt(findings, 'clock.txt', async () => {
    const before = clock();
    const { stdout } = await asks.there(timeThere());
    const after = clock();
    const there = readTime(stdout);
    if (there === undefined) return findings.miss('clock.txt', `it tells no time: ${stdout.trim()}`, true);
    findings.keep('clock.txt', clockText(there - (before + after) / 2, (after - before) / 2));
  });
  await Promise.all([
    keepAnswer(findings, asks, 'machine.txt', describeMachine()),
    attempt(findings, 'journal.jsonl', async () => {
      const { stdout } = await asks.there(readJournal());
      const from = new Date(clock() - seconds * 1000).toISOString();
      const lines = stdout.split('\n').filter((line) => line !== '' && !isOlder(line, from));
      if (lines.length === 0) findings.miss('journal.jsonl', 'nothing was changed there in that time');
      else findings.keep('journal.jsonl', `${lines.join('\n')}\n`);
    }),
  ]);
}

/** How far a clock is from ours, in words. */
export function clockText(differenceMs: number, uncertainMs: number): string {
  const seconds = (ms: number) => (Math.abs(ms) / 1000).toFixed(3);
  const known = `known to ${seconds(uncertainMs)} s`;
  if (Math.abs(differenceMs) <= uncertainMs) return `its clock goes as that of the controller (${known})\n`;
  return `its clock is ${seconds(differenceMs)} s ${differenceMs > 0 ? 'ahead of' : 'behind'} that of the controller (${known})\n`;
}

/** A damaged line is kept, since nobody knows of when it is. */
function isOlder(line: string, from: string): boolean {
  const [, time] = /^\{"time":"([^"]+)"/.exec(line) ?? [];
  return time !== undefined && time < from;
}

/** Keeps the ends of logs, the last written to first, for as long as there is room. */
export async function keepLogs(
  asks: Pick<AsksThere, 'there'>,
  user: string,
  list: Command,
  { seconds, bytesOfLog, bytesOfLogs }: Wanted,
  findings: Findings,
): Promise<void> {
  await attempt(findings, 'logs', async () => {
    const files = readFiles((await asks.there(list)).stdout);
    if (files.length === 0) findings.miss('logs', 'none was written to in that time');
    let room = bytesOfLogs;
    for (const { path, bytes } of files) {
      const name = `logs/${path.slice(path.lastIndexOf('/') + 1)}`;
      if (room <= 0) {
        findings.miss(name, `${bytes} bytes more than there is room for`);
        continue;
      }
      // One after another: each has its own time to answer.
      await attempt(findings, name, async () => {
        const question = readLogEnd(path, { seconds, bytes: Math.min(bytesOfLog, room) });
        const { code, stdout, stderr } = await asks.there(as(user, question));
        if (code !== 0) return findings.miss(name, stderr.trim() || `it cannot be read (${code})`, true);
        const { text, left } = readEnd(stdout);
        room -= Buffer.byteLength(text);
        if (text !== '' || left > 0) findings.keep(name, text, { left });
      });
    }
  });
}
