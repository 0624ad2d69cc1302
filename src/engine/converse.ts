import type { Connection } from '../connection/connection.ts';
import type { Rows, SqlResult, SqlSession } from '../connection/sql.ts';
import { openSqlSession } from '../connection/sql-session.ts';
import { Interrupted, StepFailed } from '../errors.ts';
import { redact } from '../secret.ts';
import { pause } from './pause.ts';
import type { Action, Sentence } from './plan.ts';

/** What a talk is held with, and who is told about it. */
interface Hands {
  readonly connection: Connection;
  readonly abort: AbortSignal;
  readonly stop: AbortSignal;
  waiting(what: string, why: string, ms: number, timeoutMs: number): void;
}

/** Holds a talk with a database server in one session. Whatever ends it, the session ends as well. */
export async function converseWith(
  action: Extract<Action, { kind: 'converse' }>,
  hands: Hands,
): Promise<void> {
  const { connection, abort } = hands;
  let read = '';
  if (action.reads !== undefined) {
    const output = await connection.ask(action.reads);
    if (output.code !== 0)
      throw new StepFailed({
        cause: `${action.shown}: its script cannot be read`,
        tail: output.stderr.split('\n').filter((line) => line.trim() !== ''),
      });
    read = output.stdout;
  }
  const opened = await openSqlSession(connection, action.database);
  if (!opened.ok) throw failed(action.shown, opened);
  const { session } = opened;
  const close = () => session.close();
  abort.addEventListener('abort', close, { once: true });
  try {
    const talk = action.talk(read);
    let next = talk.next();
    while (next.done !== true) {
      if (abort.aborted) throw new Interrupted();
      next = talk.next(await say(next.value, session, hands));
    }
  } finally {
    abort.removeEventListener('abort', close);
    close();
  }
}

async function say(sentence: Sentence, session: SqlSession, hands: Hands): Promise<Rows> {
  const began = Date.now();
  const { until, shown } = sentence;
  for (;;) {
    const answer = await session.ask(sentence.sql, sentence.timeoutMs);
    if (hands.abort.aborted) throw new Interrupted();
    if (!answer.ok) throw failed(shown, answer);
    if (until === undefined || isTrue(answer.rows)) return answer.rows;
    const why = await reason(until.why, session);
    const ms = Date.now() - began;
    hands.waiting(until.what, why, ms, until.timeoutMs);
    if (ms > until.timeoutMs)
      throw new StepFailed({
        cause: `waited ${Math.round(ms / 1000)} s for ${until.what} (${why})`,
        hint: until.hint,
      });
    await pause(1_000, hands.stop);
    // Nothing was done yet: whoever wants to stop need not wait with us.
    if (hands.stop.aborted) throw new Interrupted();
  }
}

/** A number, a truth or a text: drivers differ in what they make of one. */
function isTrue([row]: Rows): boolean {
  const [value] = Object.values(row ?? {});
  return value === true || value === 1 || value === '1';
}

async function reason(questions: readonly string[], session: SqlSession): Promise<string> {
  for (const question of questions) {
    const answer = await session.ask(question);
    const [row] = answer.ok ? answer.rows : [];
    const [value] = Object.values(row ?? {});
    if (typeof value === 'string' && value !== '') return redact(value);
  }
  return 'it does not say by whom';
}

function failed(shown: string, { code, why }: Extract<SqlResult, { ok: false }>): StepFailed {
  return new StepFailed({ cause: redact(`${shown}: ${code}: ${why}`) });
}
