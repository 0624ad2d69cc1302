import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import type { Client, ClientChannel } from 'ssh2';
import { ConnectionFailed, StepFailed } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { cut, type DialOptions, dial, keepalive } from './dial.ts';
import { createLoss, hintForLost } from './lost.ts';
import { bytesInMemory, createShellConnection, unreachable } from './shell-connection.ts';
import { uploadFile } from './upload.ts';

/** sshd allows 10 sessions a connection by default; the shells and SFTP take some of them. */
const commandsAtOnce = 4;
const goodbyeMs = 1_000;

/** Connects to a server as `dial` does, and offers what can be done there. */
export async function openSsh(login: SshLogin, options: DialOptions = {}): Promise<Connection> {
  const name = nameOfLogin(login);
  const client = await dial(login, options);
  const limit = pLimit(commandsAtOnce);
  const loss = createLoss();
  const refuseLost = () => {
    const why = loss.why();
    if (why !== undefined) throw unreachable(name, why, hintForLost);
  };
  const transport = {
    open: async (text: string): Promise<Channel> => {
      refuseLost();
      return loss.orLost(openChannel(client, name, text), `${name} went away`);
    },
    lost: loss.why,
  };
  const shell = createShellConnection(transport, login, login.user, name);
  const lose = (why: string) => {
    loss.tell(why);
    cut(client);
    shell.lost(why);
  };
  client.on('error', (error) => lose(lostBy(error)));
  client.on('close', () => lose('the connection was closed'));

  return {
    name,
    user: login.user,
    get trips() {
      return shell.trips;
    },
    ask: shell.ask,
    read: shell.read,
    execute: (command, options) => limit(() => shell.execute(command, options)),
    async put(upload) {
      const bytes = bytesInMemory(upload.content);
      if (bytes !== undefined) return limit(() => shell.putBytes(upload, bytes));
      return limit(() => uploadFile({ client, shell, name, loss }, upload));
    },
    lock: shell.lock,
    async tunnel(host, port, timeoutMs = 10_000) {
      refuseLost();
      const opening = forward(client, name, host, port, timeoutMs);
      return loss.orLost(opening, `${name} went away while ${host}:${port} was asked from there`);
    },
    async close() {
      loss.tell('closed');
      shell.close();
      client.end();
      // A server that does not answer does not say goodbye, either.
      setTimeout(() => cut(client), goodbyeMs).unref();
    },
  };
}

/** Why a connection that was open has gone. */
function lostBy({ level, message }: Error & { level?: string }): string {
  if (level !== 'client-timeout') return message;
  // The first is sent after so long, and the last is waited for as long.
  return `it has given no sign of life for ${(keepalive.ms * (keepalive.misses + 1)) / 1000} s`;
}

async function openChannel(client: Client, name: string, text: string, attempt = 1): Promise<Channel> {
  const channel = await new Promise<Channel | undefined>((resolve, reject) => {
    client.exec(text, (error, stream) => {
      // At once, not after an await: a short command's exit can arrive in the same packet as its start.
      if (error === undefined || error === null) resolve(channelOf(stream));
      // The server counts a channel until we have seen its close: a moment later there is room again.
      else if ((error as Error & { reason?: number }).reason === 2 && attempt < 40) resolve(undefined);
      else
        reject(
          new ConnectionFailed({
            cause: `${name} opens no channel: ${error.message}`,
            hint: 'is MaxSessions of its sshd very low?',
          }),
        );
    });
  });
  if (channel !== undefined) return channel;
  await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
  return openChannel(client, name, text, attempt + 1);
}

function channelOf(stream: ClientChannel): Channel {
  stream.on('error', () => undefined);
  return {
    stdin: stream,
    stdout: stream,
    stderr: stream.stderr,
    exited: new Promise((resolve) => {
      stream.once('exit', (code: number | null, signal?: string) =>
        resolve(code ?? 128 + signalNumber(signal)),
      );
      stream.once('close', () => resolve(undefined));
    }),
    destroy: () => stream.close(),
  };
}

function signalNumber(signal: string | undefined): number {
  const numbers: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, PIPE: 13, TERM: 15 };
  return numbers[(signal ?? '').replace(/^SIG/, '')] ?? 0;
}

function forward(
  client: Client,
  name: string,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new StepFailed({ cause: `${host}:${port} does not answer, seen from ${name}` })),
      timeoutMs,
    );
    client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
      clearTimeout(timer);
      if (error === undefined || error === null) {
        stream.on('error', () => undefined);
        resolve(stream);
      } else reject(new StepFailed({ cause: whyNoTunnel(error, name) }));
    });
  });
}

/** What sshd says why it opens no way to a port: that it may not, or in the words of its system why it could not. */
function whyNoTunnel({ message, reason }: Error & { reason?: number }, name: string): string {
  if (reason === administrativelyProhibited) return `sshd of ${name} forbids tunnels (AllowTcpForwarding)`;
  const said = message.replace(/^\(SSH\) Channel open failure: */, '');
  return said === '' ? 'connection refused' : `${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}

/** RFC 4254, 5.1. */
const administrativelyProhibited = 1;
