import { Socket } from 'node:net';
import type { Client, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { ConnectionFailed, Interrupted } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import { redact } from '../secret.ts';
import type { Asking } from './asking.ts';
import { type Credentials, credentials } from './credentials.ts';
import { knownServer, refusalOfKey, sshCommand } from './host-key.ts';
import { hostKeyAlgorithms } from './known-hosts.ts';
import { patience } from './patience.ts';
import { unreachable } from './shell-connection.ts';
import { byCommand, directly, through, type Wire } from './way.ts';

/** What connecting goes by besides the login. */
export interface DialOptions {
  readonly stop?: AbortSignal | undefined;
  /** A connection to a server on the way, shared by all who go through it. Without it each has one of its own. */
  readonly jump?: (login: SshLogin) => Promise<Client>;
  /** Asks a person; without it nobody is asked. */
  readonly ask?: Asking | undefined;
  /** Hears what people should know. */
  readonly tell?: (text: string) => void;
}

const connectMs = 15_000;

/** How long connecting to the server of a login may take. */
export function patienceWith({ timeoutMs = connectMs }: SshLogin): number {
  return timeoutMs;
}
/** How often an open connection is asked for a sign of life, and how often in vain until it counts as gone. */
export const keepalive = { ms: 10_000, misses: 3 };

const streams = new WeakMap<Client, Wire['stream']>();

/** Ends a connection without a word: what was under way is not to reach a server that is back later, where it would seem to be a run that lives. */
export function cut(client: Client): void {
  const stream = streams.get(client);
  if (stream instanceof Socket) stream.resetAndDestroy();
  else stream?.destroy();
}

/** Connects to a server whose key we know. Throws `ConnectionFailed`, and `Interrupted` if `stop` fires before we are in. */
export async function dial(login: SshLogin, options: DialOptions = {}): Promise<Client> {
  const { stop, tell = () => undefined } = options;
  const isStopped = () => stop?.aborted === true;
  if (isStopped()) throw new Interrupted();
  const name = nameOfLogin(login);
  // Judged before anything is opened: nobody should wait for an answer that is of no use.
  let stopClock = () => (): void => undefined;
  // Whoever is asked may take their time, and so may all who wait for the answer.
  const proofs = credentials(login, options.ask, async (work) => {
    const goOn = stopClock();
    return work().finally(goOn);
  });
  const timeoutMs = patienceWith(login);
  const known = knownServer(login);
  let refused: ConnectionFailed | undefined;
  const verify = (key: Buffer): boolean => {
    refused = refusalOfKey(known, key, login, tell);
    return refused === undefined;
  };
  const wire = await wireTo(login, options);
  if (isStopped()) {
    wire.close();
    throw new Interrupted();
  }
  const client = new ssh2.Client();
  streams.set(client, wire.stream);
  const { serverHostKey, publicKey: _ofOurs, ...algorithms } = login.algorithms ?? {};
  const config = {
    ...proofs.config,
    sock: wire.stream,
    // Ours is patient with a process that is busy.
    readyTimeout: 0,
    keepaliveInterval: keepalive.ms,
    keepaliveCountMax: keepalive.misses,
    hostVerifier: verify,
    algorithms: {
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
      ...algorithms,
      serverHostKey: hostKeyAlgorithms(known.types, serverHostKey),
    },
  } as object as ConnectConfig;
  return new Promise((resolve, reject) => {
    const inVain = () => {
      const within = wire.connecting() ? '' : ' of the handshake';
      fail(new Error(`no answer within ${timeoutMs / 1000} s${within}`));
    };
    let isSettled = false;
    let callOff = patience(timeoutMs, inVain);
    stopClock = () => {
      callOff();
      return () => {
        if (!isSettled) callOff = patience(timeoutMs, inVain);
      };
    };
    const settled = () => {
      isSettled = true;
      callOff();
      stop?.removeEventListener('abort', interrupt);
    };
    const end = (error: Error) => {
      settled();
      client.end();
      wire.close();
      reject(error);
    };
    const interrupt = () => end(new Interrupted());
    const fail = (error: Error) => {
      if (refused !== undefined) return end(refused);
      const problem = proofs.problem();
      if (problem !== undefined) return end(problem);
      const cause = `${name} cannot be reached: ${whyUnreached(error, timeoutMs, login)}`;
      void wire
        .said()
        .then((tail) =>
          end(new ConnectionFailed({ cause: redact(cause), tail, hint: hintFor(error, login, proofs) })),
        );
    };
    stop?.addEventListener('abort', interrupt, { once: true });
    // Whatever it still says after the end ends nothing else.
    client.on('error', () => undefined);
    // An agent that does not sign leaves it to the next key.
    const failed = (error: Error & { level?: string }) => {
      if (error.level !== 'agent') fail(error);
    };
    client.on('error', failed);
    client.once('close', () => {
      wire.close();
      fail(new Error('Connection lost before handshake'));
    });
    client.once('ready', () => {
      settled();
      client.removeListener('error', failed);
      resolve(client);
    });
    client.connect(config);
  });
}

/** A stream to the sshd of a login, by whatever way leads there. Throws as `dial` does. */
export async function wireTo(login: SshLogin, options: DialOptions): Promise<Wire> {
  const { way } = login;
  if (way === undefined) return directly(login);
  if ('command' in way) return byCommand(way.command);
  const jumpName = nameOfLogin(way.jump);
  let client: Client;
  try {
    client = await (options.jump?.(way.jump) ?? dial(way.jump, options));
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) throw error;
    throw new ConnectionFailed({
      cause: `${nameOfLogin(login)} cannot be reached: its jump host ${error.cause}`,
      tail: error.tail,
      hint: error.hint,
    });
  }
  try {
    const wire = await through(client, login, patienceWith(login), options.stop);
    // One that nobody shares goes with what it was opened for.
    return options.jump === undefined ? { ...wire, close: () => closeBoth(wire, client) } : wire;
  } catch (error) {
    if (options.jump === undefined) client.end();
    if (error instanceof Interrupted) throw error;
    const why = (error as Error).message.replace(/^\(SSH\) Channel open failure: /, '');
    throw unreachable(
      nameOfLogin(login),
      `its jump host ${jumpName} does not reach ${login.address}:${login.port}: ${why.toLowerCase()}`,
      /prohibited/i.test(why)
        ? `allow it in sshd_config of ${jumpName}: AllowTcpForwarding yes`
        : `is it up, and does sshd listen there, as seen from ${jumpName}?`,
    );
  }
}

function closeBoth(wire: Wire, client: Client): void {
  wire.close();
  client.end();
}

/** Codes of streams whose other end has gone. */
const goneCodes = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'];

/** Why a server is not reached, as people would say it. */
export function whyUnreached(
  error: Error & { code?: string; level?: string },
  timeoutMs: number,
  login: SshLogin,
): string {
  const { code, level, message } = error;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its address cannot be resolved';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route to it';
  if (code === 'EADDRNOTAVAIL')
    return `${login.from ?? 'the address to connect from'} is none of this machine`;
  if (level === 'client-authentication') return 'it accepts none of our keys or passwords';
  if (code === 'ETIMEDOUT') return `no answer within ${timeoutMs / 1000} s`;
  // It depends on the moment whether there was something to be written to the command when it ended.
  const isGone = goneCodes.includes(code ?? '') || /lost before handshake/.test(message);
  if (login.way !== undefined && 'command' in login.way && isGone)
    return 'its ProxyCommand ended before there was a connection';
  return message;
}

function hintFor(
  error: Error & { code?: string; level?: string },
  login: SshLogin,
  proofs: Credentials,
): string {
  if (/too many authentication failures/i.test(error.message))
    return 'it was shown more keys than it looks at: name the right one by ansible_ssh_private_key_file, and say IdentitiesOnly=yes in ansible_ssh_common_args';
  const [leftOut] = proofs.leftOut();
  if (error.level === 'client-authentication' && leftOut !== undefined)
    return `${leftOut}; load it into ssh-agent, or name another by ansible_ssh_private_key_file`;
  if (error.level === 'client-authentication')
    return login.keyFile === undefined
      ? 'set ansible_ssh_private_key_file or ansible_password in the inventory, or load a key into ssh-agent'
      : `is ${login.keyFile} the right key, and is its public part in ~${login.user}/.ssh/authorized_keys there?`;
  if (error.code === 'ENOTFOUND') return 'correct ansible_host in the inventory';
  return `is it up, and does sshd listen there? Try: ${sshCommand(login)}`;
}
