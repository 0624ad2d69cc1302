import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Interrupted, StepFailed } from '../errors.ts';
import { redact, Secret } from '../secret.ts';
import type { Command } from '../shell/command.ts';
import { quote } from '../shell/quote.ts';
import type { Channel, Transport } from './channel.ts';
import type { ExecuteOptions, Output } from './connection.ts';
import { heardOut } from './heard-out.ts';
import { type Identity, sudoRefusal } from './identity.ts';
import { wentAway } from './lost.ts';
import { passOn } from './pass-on.ts';

/** A background child that holds stdout must not keep us: so long after the exit nothing more is read. */
const graceMs = 250;
const refusedMs = 2_000;
const killAfterMs = 5_000;
const answersWithinMs = 2_000;
const keptCharacters = 4 * 1024 * 1024;
/** Of what goes on until it is stopped only so much as tells why it ended. */
const keptWhenEndless = 4096;

/**
 * Runs a command on a channel of its own. It begins by telling its process group, so that it can be ended
 * through a second channel: closing a channel ends nothing at the other side.
 */
export async function executeOn(
  transport: Transport,
  identity: Identity,
  name: string,
  command: Command,
  { stdin, output, timeoutMs, onLine, signal }: ExecuteOptions,
): Promise<Output> {
  const isAborted = () => signal?.aborted === true;
  if (isAborted()) throw new Interrupted();
  // What the login shell, or sudo, prints before that is not of the command.
  const mark = `group-${randomBytes(12).toString('hex')}`;
  const script = `set -- $(cat /proc/$$/stat); printf '%s\\n' "${mark} $5"; set --; eval ${quote(command.text)}`;
  const channel = await transport.open(identity.wrap(script));
  const kept = timeoutMs === Number.POSITIVE_INFINITY ? keptWhenEndless : keptCharacters;
  const passed =
    output === undefined ? undefined : passOn(channel.stdout, output, mark, (error) => stop(error));
  const stdout = passed ?? collect(channel, 'stdout', onLine, { kept, mark });
  const stderr = collect(channel, 'stderr', onLine, { kept });
  channel.stdin.on('error', () => undefined);
  if (identity.preamble !== '') channel.stdin.write(identity.preamble);

  let stopped: Error | undefined;
  let giveUp: () => void = () => undefined;
  const givenUp = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const stop = (error: Error) => {
    if (stopped !== undefined) return;
    stopped = error;
    let heard = false;
    void stdout.begun.then((group) =>
      endGroup(transport, identity, group, () => {
        heard = true;
      }),
    );
    // A server that does not answer is not waited for; one that does has its time to end it.
    setTimeout(() => (heard ? undefined : giveUp()), answersWithinMs).unref();
    setTimeout(() => giveUp(), killAfterMs * 2).unref();
  };
  const tooLong = () => {
    const seconds = Math.round(timeoutMs / 1000);
    stop(
      new StepFailed({
        cause: `did not end within ${seconds} s and was stopped: ${redact(firstLine(command.text))}`,
        tail: lastLines(stderr.text() || stdout.text()),
      }),
    );
  };
  const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(tooLong, timeoutMs);
  const onAbort = () => stop(new Interrupted());
  signal?.addEventListener('abort', onAbort, { once: true });
  if (stdin instanceof Readable) {
    stdin.on('error', (error) =>
      stop(new StepFailed({ cause: `what is sent to ${name} breaks off: ${error.message}` })),
    );
    stdin.pipe(channel.stdin);
  } else channel.stdin.end(bytesOf(stdin));
  // Said while the channel was being opened, it reaches no listener.
  if (isAborted()) onAbort();
  try {
    const code = await Promise.race([channel.exited, givenUp]);
    // What is passed on is waited for as long as somebody takes it.
    if (passed !== undefined) await Promise.race([passed.ended, givenUp]);
    // What never began was refused, and the reason may be on its way.
    const began = code === 0 || stdout.group() !== undefined;
    await heardOut([channel.stdout, channel.stderr], began ? graceMs : refusedMs);
    if (stopped !== undefined) throw stopped;
    if (code === undefined)
      throw wentAway(
        `${name} went away while this ran: ${redact(firstLine(command.text))}`,
        transport.lost?.(),
      );
    const refusal =
      code === 0 || identity.user === '' ? undefined : sudoRefusal(stderr.text(), name, identity.user);
    if (refusal !== undefined && stdout.group() === undefined) throw refusal;
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    if (stdin instanceof Readable) stdin.destroy();
    channel.destroy();
  }
}

function bytesOf(content: Exclude<ExecuteOptions['stdin'], Readable>): string | Uint8Array {
  return content instanceof Secret ? content.reveal() : (content ?? '');
}

/** Gathers a stream, and passes complete lines on; with a mark, only what comes after the line that it begins, which has the process group. */
function collect(
  channel: Channel,
  kind: 'stdout' | 'stderr',
  onLine: ExecuteOptions['onLine'],
  { kept, mark }: { readonly kept: number; readonly mark?: string },
) {
  let text = '';
  let line = '';
  let group: string | undefined;
  let tellBegun: (group: string) => void = () => undefined;
  const begun = new Promise<string>((resolve) => {
    tellBegun = resolve;
  });
  const stream = channel[kind];
  stream.setEncoding('utf8');
  stream.on('error', () => undefined);
  stream.on('data', (chunk: string) => {
    let rest = chunk;
    if (mark !== undefined && group === undefined) {
      line += chunk;
      const [, found, after] = line.match(new RegExp(`${mark} (\\d+)\n([^]*)`)) ?? [];
      if (found === undefined || after === undefined) return;
      group = found;
      tellBegun(group);
      rest = after;
      line = '';
    }
    text = (text + rest).slice(-kept);
    if (onLine === undefined) return;
    const lines = (line + rest).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) onLine(each);
  });
  stream.on('end', () => {
    if (line !== '' && (mark === undefined || group !== undefined)) onLine?.(line);
    line = '';
  });
  return { text: () => text, group: () => group, begun };
}

/** TERM to the whole group, and KILL to what is left of it after a while. Calls back once the server does it. */
async function endGroup(
  transport: Transport,
  identity: Identity,
  group: string,
  heard: () => void,
): Promise<void> {
  if (!/^\d+$/.test(group)) return;
  const seconds = killAfterMs / 1000;
  // Signals by -s: dash takes no -- after -TERM.
  const send = (signal: string) => `kill -s ${signal} -- -${group} 2>/dev/null`;
  const wait = `i=0; while [ $i -lt ${seconds * 10} ]; do ${send('0')} || exit 0; sleep 0.1; i=$((i + 1)); done`;
  const script = `${send('TERM')}; ${wait}; ${send('KILL')}`;
  try {
    const channel = await transport.open(identity.wrap(script));
    heard();
    channel.stdin.on('error', () => undefined);
    channel.stdin.end(identity.preamble);
    channel.stdout.resume();
    channel.stderr.resume();
    await channel.exited;
    channel.destroy();
  } catch {
    // The connection is gone: there is nobody left to tell.
  }
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function lastLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-10)
    .map(redact);
}
