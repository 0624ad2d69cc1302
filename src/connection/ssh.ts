import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { ConnectionFailed, Interrupted, StepFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { credentials } from './credentials.ts';
import { fingerprint, hostKeyAlgorithms, keyType, knownHost } from './known-hosts.ts';
import { patience } from './patience.ts';
import { bytesInMemory, createShellConnection, unreachable } from './shell-connection.ts';
import { uploadFile } from './upload.ts';

type SshLogin = Extract<Login, { kind: 'ssh' }>;

const connectMs = 15_000;
const keepaliveMs = 10_000;
const keepaliveMisses = 3;
/** sshd allows 10 sessions a connection by default; the shells and SFTP take some of them. */
const commandsAtOnce = 4;

/**
 * Connects to a server whose key we know. Throws `ConnectionFailed`, which says what to do, and `Interrupted` if `stop`
 * fires before we are in.
 */
export async function openSsh(login: SshLogin, stop?: AbortSignal): Promise<Connection> {
  const name = `${login.user}@${login.address}${login.port === 22 ? '' : `:${login.port}`}`;
  const client = await dial(login, name, stop);
  const limit = pLimit(commandsAtOnce);
  let gone: string | undefined;
  const transport = {
    open: async (text: string): Promise<Channel> => {
      if (gone !== undefined)
        throw unreachable(
          name,
          gone,
          'see whether it is up and reached; then run the same command again: it carries on',
        );
      return openChannel(client, name, text);
    },
  };
  const shell = createShellConnection(transport, login, login.user, name);
  const lose = (why: string) => {
    gone ??= why;
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
      return limit(() => uploadFile(client, shell, name, upload));
    },
    lock: shell.lock,
    tunnel: (host, port, timeoutMs = 10_000) => forward(client, name, host, port, timeoutMs),
    async close() {
      gone ??= 'closed';
      shell.close();
      client.end();
    },
  };
}

async function dial(login: SshLogin, name: string, stop: AbortSignal | undefined): Promise<Client> {
  if (stop?.aborted === true) throw new Interrupted();
  // Judged before the socket is opened: nobody should wait for an answer that is of no use.
  const proofs = credentials(login);
  const timeoutMs = login.timeoutMs ?? connectMs;
  const known = knownHost(login.knownHosts, login.address, login.port);
  let refused: ConnectionFailed | undefined;
  const verify = (key: Buffer): boolean => {
    refused = judge(known.judge(key), key, known.byAuthority, login, name);
    return refused === undefined;
  };
  // ssh2 leaves Nagle's algorithm on, which costs 40 ms a command: so the socket is ours.
  const socket = connectSocket({ host: login.address, port: login.port, noDelay: true });
  const client = new ssh2.Client();
  const config: ConnectConfig = {
    ...proofs,
    sock: socket,
    // Ours is patient with a process that is busy.
    readyTimeout: 0,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveMisses,
    hostVerifier: verify,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(known.types) as NonNullable<
        ConnectConfig['algorithms']
      >['serverHostKey'],
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
    },
  } as ConnectConfig;
  return new Promise((resolve, reject) => {
    const inVain = () => {
      const within = socket.connecting ? '' : ' of the handshake';
      fail(new Error(`no answer within ${timeoutMs / 1000} s${within}`));
    };
    const callOff = patience(timeoutMs, inVain);
    const settled = () => {
      callOff();
      stop?.removeEventListener('abort', interrupt);
    };
    const end = (error: Error) => {
      settled();
      client.end();
      socket.destroy();
      reject(error);
    };
    const interrupt = () => end(new Interrupted());
    const fail = (error: Error) =>
      end(refused ?? unreachable(name, plain(error, timeoutMs), hintFor(error, login)));
    stop?.addEventListener('abort', interrupt, { once: true });
    // Whatever it still says after the end ends nothing else.
    client.on('error', () => undefined);
    client.on('keyboard-interactive', (_name, _text, _language, prompts, finish) => {
      finish(prompts.map(() => login.password?.reveal() ?? ''));
    });
    client.once('error', fail);
    client.once('close', () => fail(new Error('Connection lost before handshake')));
    client.once('ready', () => {
      settled();
      client.removeListener('error', fail);
      resolve(client);
    });
    client.connect(config);
  });
}

function judge(
  verdict: ReturnType<ReturnType<typeof knownHost>['judge']>,
  key: Buffer,
  byAuthority: boolean,
  login: SshLogin,
  name: string,
): ConnectionFailed | undefined {
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const port = login.port === 22 ? '' : `-p ${login.port} `;
  switch (verdict.kind) {
    case 'match':
      return undefined;
    case 'unknown':
      return unreachable(
        name,
        byAuthority
          ? 'its key is known only by a certificate authority, which is not supported'
          : `its host key is unknown: ${shown}`,
        `connect once with: ssh ${port}${login.user}@${login.address}, and compare the fingerprint before you accept it`,
      );
    case 'changed':
      return unreachable(
        name,
        `its host key has CHANGED: it shows ${shown}, another one stands in ${verdict.known}`,
        `somebody may be in between; if the server was set up anew, remove the old line: ssh-keygen -R ${login.port === 22 ? login.address : `'[${login.address}]:${login.port}'`}`,
      );
    case 'revoked':
      return unreachable(
        name,
        `its host key ${shown} is revoked in ${verdict.known}`,
        'do not connect to it',
      );
  }
}

function plain(error: Error & { code?: string; level?: string }, timeoutMs: number): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'its address cannot be resolved';
  if (error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH') return 'no route to it';
  if (error.level === 'client-authentication') return 'it accepts none of our keys or passwords';
  if (error.code === 'ETIMEDOUT') return `no answer within ${timeoutMs / 1000} s`;
  return error.message;
}

/** Why a connection that was open has gone. */
function lostBy({ level, message }: Error & { level?: string }): string {
  if (level !== 'client-timeout') return message;
  return `it has given no sign of life for ${(keepaliveMs * keepaliveMisses) / 1000} s`;
}

function hintFor(error: Error & { code?: string; level?: string }, login: SshLogin): string {
  if (error.level === 'client-authentication')
    return login.keyFile === undefined
      ? 'set ansible_ssh_private_key_file or ansible_password in the inventory, or load a key into ssh-agent'
      : `is ${login.keyFile} the right key, and is its public part in ~${login.user}/.ssh/authorized_keys there?`;
  if (error.code === 'ENOTFOUND') return 'correct ansible_host in the inventory';
  return `is it up, and does sshd listen there? Try: ssh -p ${login.port} ${login.user}@${login.address}`;
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
      } else
        reject(
          new StepFailed({
            cause: /administratively prohibited/i.test(error.message)
              ? `sshd of ${name} forbids tunnels (AllowTcpForwarding)`
              : 'connection refused',
          }),
        );
    });
  });
}
