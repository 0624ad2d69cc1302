import { randomBytes } from 'node:crypto';
import { ConnectionFailed, StepFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import { Secret } from '../secret.ts';
import { script } from '../shell/command.ts';
import { decodeBytes, readBytes } from '../shell/files.ts';
import { putScript } from '../shell/put-script.ts';
import type { Transport } from './channel.ts';
import type { Connection, Upload } from './connection.ts';
import { executeOn } from './execute.ts';
import { type Identity, identityFor, shellThatBegins, sudoRefusal } from './identity.ts';
import { relabelled } from './label.ts';
import { createShellLoop, type ShellLoop } from './shell-loop.ts';

const defaultAskMs = 60_000;

/** All of a connection that needs no more than a way to run `sh`: questions, commands, small files, the lock. */
export type ShellConnection = Pick<Connection, 'ask' | 'read' | 'execute' | 'lock' | 'trips'> & {
  /** Puts content that is in memory. */
  putBytes(upload: Omit<Upload, 'content'>, content: Uint8Array | string): Promise<void>;
  identity(user: string | undefined): Identity;
  close(): void;
  /** Every shell is told that the connection has gone. */
  lost(why: string): void;
};

/** One persistent shell a user, opened at its first question; a broken one is replaced at the next. */
export function createShellConnection(
  transport: Transport,
  login: Login,
  loginUser: string,
  name: string,
): ShellConnection {
  const loops = new Map<string, Promise<ShellLoop>>();
  const broken = new WeakSet<Promise<ShellLoop>>();
  const opened: ShellLoop[] = [];
  const identity = (user: string | undefined) => identityFor(login, loginUser, user ?? loginUser);

  const open = (who: Identity): ShellLoop => {
    const start = async (first: string) => {
      const begins = shellThatBegins(who, first);
      const channel = await transport.open(begins ?? who.shell);
      if (begins === undefined) channel.stdin.write(`${who.preamble}${first}`);
      return channel;
    };
    const explain = (code: number | undefined, said: string) => {
      const refusal = sudoRefusal(said, name, who.user);
      if (refusal !== undefined) return refusal;
      return code === undefined ? 'the connection went away' : `its shell ended with ${code}`;
    };
    const loop = createShellLoop({ start, explain }, name);
    opened.push(loop);
    return loop;
  };

  // Not async: all who ask in one tick wait for the same promise, so the order in which they came is kept.
  const loopFor = (user: string | undefined): Promise<ShellLoop> => {
    const who = identity(user);
    const known = loops.get(who.user);
    if (known !== undefined && !broken.has(known)) return known;
    const loop = open(who);
    const fresh = who.user === loginUser && kept !== undefined ? retake(loop) : Promise.resolve(loop);
    loops.set(who.user, fresh);
    const forget = () => broken.add(fresh);
    loop.onBroken(forget);
    fresh.catch(forget);
    return fresh;
  };

  let kept: { readonly lockName: string; readonly holder: string } | undefined;

  /** The lock goes with the shell that took it. The next shell takes it anew, once the old one has let it go. */
  const retake = async (loop: ShellLoop): Promise<ShellLoop> => {
    if (kept === undefined) return loop;
    const { lockName, holder } = kept;
    for (const deadline = Date.now() + defaultAskMs; ; ) {
      const answer = await loop.lock(lockName, holder, defaultAskMs);
      if (answer.held) return loop;
      if (answer.by !== holder || Date.now() > deadline) {
        loop.close();
        throw new ConnectionFailed({
          cause: `${name}: a question was not answered in time, and the lock went with its shell${answer.by === holder ? '' : ` to ${answer.by}`}`,
          hint: 'see why the server does not answer; then run the same command again: it carries on',
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };

  const execute: Connection['execute'] = (command, options) =>
    executeOn(transport, identity(command.user), name, command, options);

  return {
    get trips() {
      return opened.reduce((sum, loop) => sum + loop.trips, 0);
    },
    identity,
    execute,
    async ask(command, timeoutMs = defaultAskMs) {
      return (await loopFor(command.user)).ask(command, timeoutMs);
    },
    async read(path, user) {
      const question = readBytes(path);
      const loop = await loopFor(user);
      return decodeBytes((await loop.ask(question, defaultAskMs)).stdout);
    },
    async lock(lockName, holder) {
      // To take it again would be to let it go first.
      if (kept?.lockName === lockName) return { held: true };
      const answer = await (await loopFor(undefined)).lock(lockName, holder, defaultAskMs);
      if (answer.held) kept = { lockName, holder };
      return answer;
    },
    async putBytes({ path, mode, user, signal }, content) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const tag = randomBytes(6).toString('hex');
      const { text } = script(putScript({ path, bytes: bytes.length, mode, tag }), relabelled(path));
      const output = await execute(user === undefined ? { text } : { text, user }, {
        stdin: bytes,
        timeoutMs: 120_000,
        ...(signal === undefined ? {} : { signal }),
      });
      if (output.code === 0) return;
      throw new StepFailed({
        cause: `${path} could not be written at ${name}`,
        tail: output.stderr
          .split('\n')
          .filter((line) => line.trim() !== '')
          .slice(-5),
        hint: 'is there room on its disk, and may this user write there?',
      });
    },
    lost(why) {
      for (const loop of opened) loop.lost(why);
    },
    close() {
      for (const loop of opened) loop.close();
    },
  };
}

/** The bytes of a content that is in memory; undefined for a file. */
export function bytesInMemory(content: Upload['content']): Uint8Array | string | undefined {
  if (content instanceof Secret) return content.reveal();
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  return undefined;
}

/** A failure to reach `name`, in one form everywhere. */
export function unreachable(name: string, why: string, hint?: string): ConnectionFailed {
  return new ConnectionFailed({ cause: `${name} cannot be reached: ${why}`, hint });
}
