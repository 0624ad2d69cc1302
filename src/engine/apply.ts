import { probe } from '../connection/ask-probe.ts';
import { runScript } from '../connection/ask-sql.ts';
import type { Connection, Output } from '../connection/connection.ts';
import { feedFile, receiveFile } from '../connection/files-in-streams.ts';
import { orInterrupted } from '../connection/or-interrupted.ts';
import { Interrupted, StepFailed } from '../errors.ts';
import { redact, Secret } from '../secret.ts';
import { converseWith } from './converse.ts';
import { pause } from './pause.ts';
import type { Action, Check } from './plan.ts';

/** What an action is done with, and who is told about it. */
export interface Hands {
  readonly connection: Connection;
  /** Fires when the operator will not wait for the action under way. */
  readonly abort: AbortSignal;
  /** Fires when the operator wants to stop soon. A `wait` ends at once; other actions are finished. */
  readonly stop: AbortSignal;
  output(text: string): void;
  /** What people are to hear in any case. */
  tell(text: string): void;
  /** Bytes so far and in all; 0 in all if nobody knows. */
  progress(done: number, total: number): void;
  waiting(what: string, why: string, ms: number, timeoutMs: number): void;
}

/** Does one action. The only function of the engine that alters a server. Throws `StepFailed` or `Interrupted`. */
export async function apply(action: Action, hands: Hands): Promise<void> {
  if (action.kind === 'run') return runCommand(action, hands);
  if (action.kind === 'put') return putFile(action, hands);
  if (action.kind === 'receive') return receiveOutput(action, hands);
  if (action.kind === 'feed') return feedCommand(action, hands);
  if (action.kind === 'sql') return runSql(action, hands);
  if (action.kind === 'converse') return converseWith(action, hands);
  return waitUntil(action, hands);
}

/** What an action does, in words for people and without secrets. */
export function wordsFor(action: Action): string {
  switch (action.kind) {
    case 'run':
      return redact(action.shown ?? firstLine(action.command.text));
    case 'put':
      return `put ${action.path}`;
    case 'wait':
      return `wait for ${action.what}`;
    default:
      return redact(action.shown);
  }
}

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

async function runCommand(action: Of<'run'>, { connection, abort, output, progress }: Hands): Promise<void> {
  const result = await connection.execute(action.command, {
    timeoutMs: action.timeoutMs,
    signal: abort,
    onLine: (line) => {
      const far = action.progress?.(line);
      if (far === undefined) output(redact(line));
      else progress(far.done, far.total);
    },
    ...(action.stdin === undefined ? {} : { stdin: action.stdin }),
  });
  if (result.code === 0) return;
  const known = action.explain?.(result);
  if (known !== undefined)
    throw new StepFailed({ ...known, cause: redact(known.cause), tail: known.tail?.map(redact) ?? [] });
  throw new StepFailed({
    cause: `${wordsFor(action)} exited with ${result.code}`,
    tail: lastLines(result),
    hint: action.hint,
  });
}

async function putFile(action: Of<'put'>, { connection, abort, progress }: Hands): Promise<void> {
  const content = typeof action.content === 'function' ? await action.content() : action.content;
  await connection.put({
    path: action.path,
    content,
    mode: action.mode,
    onProgress: progress,
    signal: abort,
    ...(action.user === undefined ? {} : { user: action.user }),
  });
}

async function receiveOutput(
  action: Of<'receive'>,
  { connection, abort, progress, tell }: Hands,
): Promise<void> {
  const { command, shown, ends, hint } = action;
  await receiveFile(connection, command, {
    ...action,
    signal: abort,
    onProgress: progress,
    accept(output) {
      if (output.code !== 0)
        throw new StepFailed({ cause: `${shown} exited with ${output.code}`, tail: lastLines(output), hint });
      if (ends !== undefined && !output.tail.includes(ends))
        throw new StepFailed({
          cause: `${shown} ended well, but what it printed breaks off: its end should be “${ends}”`,
          tail: lastLines({ ...output, stdout: '' }),
          hint,
        });
      for (const line of lastLines({ ...output, stdout: '' })) tell(line);
    },
  });
}

async function feedCommand(action: Of<'feed'>, { connection, abort, progress, tell }: Hands): Promise<void> {
  const { command, shown, hint } = action;
  const output = await feedFile(connection, command, { ...action, signal: abort, onProgress: progress });
  if (output.code !== 0)
    throw new StepFailed({ cause: `${shown} exited with ${output.code}`, tail: lastLines(output), hint });
  for (const line of lastLines({ ...output, stdout: '' })) tell(line);
}

async function runSql(action: Of<'sql'>, { connection, abort }: Hands): Promise<void> {
  let script: Secret | string;
  if (typeof action.script === 'string' || action.script instanceof Secret) script = action.script;
  else {
    const output = await orInterrupted(abort, connection.ask(action.script));
    if (output.code !== 0)
      throw new StepFailed({ cause: `${action.shown}: its script cannot be read`, tail: lastLines(output) });
    script = output.stdout;
  }
  const result = await orInterrupted(abort, runScript(connection, action.database, script));
  if (!result.ok && !(action.tolerate ?? []).includes(result.code))
    throw new StepFailed({
      cause: redact(`${action.shown}: ${result.code}: ${result.why}`),
      hint: undefined,
    });
}

/** Milliseconds between rounds at first. */
const eagerMs = 50;

/** Asks often at first, and less often the longer it takes: what is waited for is found late by a twentieth at most. */
async function waitUntil(action: Of<'wait'>, hands: Hands): Promise<void> {
  const began = Date.now();
  const { connection, stop, waiting, tell } = hands;
  const stages = [action.first ?? [], action.until].filter((checks) => checks.length > 0);
  let missing = stages.shift() ?? [];
  for (;;) {
    if (stop.aborted) throw new Interrupted();
    // In one tick, so that they share a trip.
    const round = Promise.all([
      action.alive === undefined ? undefined : connection.ask(action.alive),
      Promise.all(missing.map(async (check) => ({ check, why: await answer(check, connection) }))),
    ]);
    const [alive, answers] = await orInterrupted(hands.abort, round);
    const left = answers.flatMap(({ check, why }) =>
      why === undefined ? [] : [{ check, why: redact(why) }],
    );
    const [first, ...others] = left;
    if (first === undefined) {
      const next = stages.shift();
      if (next === undefined) return;
      missing = next;
      continue;
    }
    missing = left.map(({ check }) => check);
    const ms = Date.now() - began;
    waiting(first.check.what, first.why, ms, action.timeoutMs);
    if (alive !== undefined && alive.code !== 0)
      throw new StepFailed({
        cause: `waited for ${action.what}, but its process ended (${first.check.what}: ${first.why})`,
        ...(await lastWords(action, connection)),
      });
    const pauseMs = Math.min(Math.max(ms / 20, eagerMs), action.everyMs);
    if (ms + pauseMs > action.timeoutMs) {
      const more = others.length === 0 ? '' : `, and ${others.length} more`;
      const cause = `waited ${seconds(action.timeoutMs)} for ${action.what}; still missing: ${first.check.what} (${first.why})${more}`;
      if (action.patient === 'quietly') return;
      if (action.patient === true) return tell(`${cause}; going on`);
      throw new StepFailed({
        cause,
        ...(await lastWords(action, connection)),
      });
    }
    await pause(pauseMs, stop);
  }
}

/** Undefined when the check holds, otherwise why it does not. */
async function answer(check: Check, connection: Connection): Promise<string | undefined> {
  if ('probe' in check) {
    const result = await probe(connection, check.probe);
    return result.ok ? undefined : result.why;
  }
  const output = await connection.ask(check.command);
  if (output.code === 0) return undefined;
  return lastLines(output).at(-1) ?? 'not yet';
}

async function lastWords(
  action: Of<'wait'>,
  connection: Connection,
): Promise<{ tail: string[]; hint: string | undefined }> {
  if (action.tail === undefined) return { tail: [], hint: action.hint };
  try {
    const { stdout } = await connection.ask(action.tail);
    return { tail: lines(stdout).map(redact), hint: action.hint };
  } catch {
    return { tail: [], hint: action.hint };
  }
}

function lastLines(output: Output): string[] {
  const text = output.stderr.trim() === '' ? output.stdout : output.stderr;
  return lines(text).slice(-10).map(redact);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function firstLine(text: string): string {
  const [first = ''] = text.split('\n');
  return first.length > 100 ? `${first.slice(0, 99)}…` : first;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
