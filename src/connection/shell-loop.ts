import { randomBytes } from 'node:crypto';
import { ConnectionFailed, StepFailed } from '../errors.ts';
import { redact } from '../secret.ts';
import type { Command } from '../shell/command.ts';
import { quote } from '../shell/quote.ts';
import type { Channel } from './channel.ts';
import type { Lock, Output } from './connection.ts';
import { heardOut } from './heard-out.ts';
import { lockedCode, lockScript } from './lock-script.ts';
import { hintForLost } from './lost.ts';
import { patience } from './patience.ts';

/** A persistent `sh` that answers questions in the order in which they were put. */
export interface ShellLoop {
  readonly trips: number;
  /** Calls back once it can answer no more. */
  onBroken(tell: () => void): void;
  /** `timeoutMs` counts from when it is this question's turn. The same one asked twice in a tick is put once. */
  ask(command: Command, timeoutMs: number): Promise<Output>;
  lock(name: string, holder: string, timeoutMs: number): Promise<Lock>;
  /** Tells it that its streams have ended, and why. */
  lost(why: string): void;
  close(): void;
}

/** How a loop gets its `sh`. */
export interface ShellSource {
  /** Starts one that does `first` before anything that it reads. */
  start(first: string): Promise<Channel>;
  /** Why it ended, by its code and what it said at last: as a failure, if it can be mended. */
  explain(code: number | undefined, said: string): string | StepFailed;
}

interface Task {
  readonly mark: string;
  readonly about: string;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: Error) => void;
  readonly timeoutMs: number;
  code: number | undefined;
  stdout: string | undefined;
  stderr: string | undefined;
}

/** So long what a shell said at last is waited for, which may be why it ended. */
const lastWordsMs = 2_000;
const largestAnswer = 16 * 1024 * 1024;

/**
 * Speaks the framed protocol over a running `sh`: every question runs in a subshell with empty stdin, and is followed
 * by a mark on stdout (with the exit code) and on stderr. Questions of one tick are written at once, and later ones
 * without waiting for answers, so a trip is paid only when there was nothing under way. The shell is started with the
 * first tick's questions, which need no trip of their own. Time runs for the one question whose turn it is: nobody is
 * late because others were asked first, or the shell was slow to start.
 */
export function createShellLoop(source: ShellSource, name: string): ShellLoop {
  const nonce = randomBytes(16).toString('hex');
  const queue: Task[] = [];
  /** What was asked in this tick, by its text: steps that look for the same thing share an answer. */
  const unsentAnswers = new Map<string, Promise<Output>>();
  let stopWatching: () => void = () => undefined;
  let number = 0;
  let trips = 0;
  let unsent = '';
  let flushing = false;
  let dead: string | undefined;
  let started = false;
  let streams: Channel | undefined;
  const broken: (() => void)[] = [];
  const read = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  /** What the login shell, or sudo, prints before that is no answer. */
  const begin = `${nonce}-begin`;
  const begun = { stdout: false, stderr: false };

  const fail = (why: string) =>
    end(why, () => new ConnectionFailed({ cause: `${name}: ${why}`, hint: hintForLost }));

  const end = (why: string, error: () => Error) => {
    if (dead !== undefined) return;
    dead = why;
    stopWatching();
    for (const task of queue.splice(0)) task.reject(error());
    streams?.destroy();
    for (const tell of broken) tell();
  };

  /** Gives the first in line its time. */
  const watch = () => {
    stopWatching();
    const [task] = queue;
    if (task !== undefined && streams !== undefined)
      stopWatching = patience(task.timeoutMs, () => giveUp(task));
  };

  const giveUp = (task: Task) => {
    queue.splice(queue.indexOf(task), 1);
    task.reject(
      new StepFailed({
        cause: `${name} did not answer within ${Math.round(task.timeoutMs / 1000)} s: ${redact(summary(task.about))}`,
        hint: 'is the server overloaded, or a file system of it hung?',
      }),
    );
    fail('an earlier question was never answered');
  };

  const settle = () => {
    const [first] = queue;
    for (let task = queue[0]; task !== undefined; task = queue[0]) {
      const { code, stdout, stderr } = task;
      if (code === undefined || stdout === undefined || stderr === undefined) break;
      queue.shift();
      task.resolve({ code, stdout, stderr });
    }
    if (queue[0] !== first) watch();
  };

  /** Deals what has arrived to the tasks that wait for this stream, in order. */
  const deal = (kind: 'stdout' | 'stderr', chunk: Buffer) => {
    read[kind].push(chunk);
    // A mark ends with a newline; without one there is nothing to deal.
    if (!chunk.includes(0x0a)) return;
    let data: Buffer = Buffer.concat(read[kind]);
    if (!begun[kind]) {
      const from = data.indexOf(`${begin}\n`);
      if (from < 0) return;
      begun[kind] = true;
      data = data.subarray(from + begin.length + 1);
    }
    if (data.length > largestAnswer) fail('a question was answered with more than 16 MiB');
    for (;;) {
      const task = queue.find((each) => each[kind] === undefined);
      if (task === undefined) break;
      const at = data.indexOf(task.mark);
      const end = at < 0 ? -1 : data.indexOf(0x0a, at);
      if (end < 0) break;
      task[kind] = data.subarray(0, at).toString('utf8');
      if (kind === 'stdout') task.code = Number(data.subarray(at + task.mark.length, end).toString());
      data = data.subarray(end + 1);
    }
    read[kind] = [data];
    settle();
  };

  const listen = (opened: Channel) => {
    if (dead !== undefined) {
      opened.destroy();
      return;
    }
    streams = opened;
    opened.stdout.on('data', (chunk: Buffer) => deal('stdout', chunk));
    opened.stderr.on('data', (chunk: Buffer) => deal('stderr', chunk));
    opened.stdin.on('error', (error: Error) => fail(error.message));
    opened.stdout.on('error', (error: Error) => fail(error.message));
    opened.stderr.on('error', (error: Error) => fail(error.message));
    void opened.exited.then(async (code) => {
      await heardOut([opened.stdout, opened.stderr], lastWordsMs);
      const why = source.explain(code, Buffer.concat(read.stderr).toString());
      if (typeof why === 'string') fail(why);
      else end(why.cause, () => why);
    });
    watch();
    flush();
  };

  /** Starts the shell with what there is, and keeps what comes until it has started. */
  const flush = () => {
    flushing = false;
    unsentAnswers.clear();
    if (dead !== undefined || unsent === '' || (started && streams === undefined)) return;
    const greeting = `printf '%s\\n' ${begin}; printf '%s\\n' ${begin} >&2\n`;
    const text = started ? unsent : `${greeting}${unsent}`;
    unsent = '';
    if (streams !== undefined) streams.stdin.write(text);
    else {
      started = true;
      source.start(text).then(listen, (error: Error) => end(error.message, () => error));
    }
  };

  const send = (frame: (mark: string) => string, about: string, timeoutMs: number): Promise<Output> => {
    if (dead !== undefined) return Promise.reject(new ConnectionFailed({ cause: `${name}: ${dead}` }));
    const mark = `${nonce}-${++number}-`;
    return new Promise((resolve, reject) => {
      if (queue.length === 0) trips += 1;
      queue.push({
        mark,
        about,
        resolve,
        reject,
        timeoutMs,
        code: undefined,
        stdout: undefined,
        stderr: undefined,
      });
      if (queue.length === 1) watch();
      if (!flushing) setImmediate(flush);
      flushing = true;
      unsent += frame(mark);
    });
  };

  return {
    get trips() {
      return trips;
    },
    onBroken(tell) {
      if (dead !== undefined) tell();
      else broken.push(tell);
    },
    ask(command, timeoutMs) {
      const key = `${timeoutMs} ${command.text}`;
      const asked = unsentAnswers.get(key);
      if (asked !== undefined) return asked;
      const answer = send(
        (mark) => framed(`( eval ${quote(command.text)} ) </dev/null 9>&-`, mark),
        command.text,
        timeoutMs,
      );
      unsentAnswers.set(key, answer);
      return answer;
    },
    async lock(lockName, holder, timeoutMs) {
      const output = await send(
        (mark) => framed(lockScript(lockName, holder), mark),
        'take the lock',
        timeoutMs,
      );
      if (output.code === 0) return { held: true };
      if (output.code === lockedCode) return { held: false, by: output.stdout.trim() || 'somebody' };
      throw new StepFailed({
        cause: `${name}: the lock cannot be taken`,
        tail: output.stderr.split('\n').filter((line) => line !== ''),
        hint: 'the login needs a writable home folder, and flock (Debian: util-linux)',
      });
    },
    lost: fail,
    close() {
      dead ??= 'closed';
      stopWatching();
      for (const task of queue.splice(0)) {
        task.reject(new ConnectionFailed({ cause: `${name}: closed before it answered` }));
      }
      streams?.stdin.end('exit\n');
    },
  };
}

function framed(body: string, mark: string): string {
  return `${body}\nprintf '%s%d\\n' ${mark} $?; printf '%s\\n' ${mark} >&2\n`;
}

function summary(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
