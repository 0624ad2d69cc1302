import ssh2, { type ConnectConfig } from 'ssh2';
import { ConnectionFailed, Interrupted } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { type DialOptions, patienceWith, whyUnreached, wireTo } from './dial.ts';
import { hostKeyAlgorithms } from './known-hosts.ts';
import { patience } from './patience.ts';
import { unreachable } from './shell-connection.ts';

type Algorithms = NonNullable<ConnectConfig['algorithms']>;

/** Keys of one type sign in several ways; a server shows one key of each type in a handshake of its own. */
const kinds = ['ssh-ed25519', 'ecdsa-', 'rsa-'].map((beginning) =>
  hostKeyAlgorithms([]).filter((algorithm) => algorithm.startsWith(beginning)),
);

/** What is asked of people is for jump hosts on the way, where we log in. */
type KeyOptions = Pick<DialOptions, 'ask' | 'stop'>;

/**
 * The keys by which a server can show who it is, one of each type that it has. It learns nothing about us. Throws
 * `ConnectionFailed`, and `Interrupted` if `stop` fires.
 */
export async function shownKeys(login: SshLogin, options: KeyOptions = {}): Promise<Buffer[]> {
  const keys: Buffer[] = [];
  // One after another: a server counts those who are not in yet, and drops some if they are many.
  for (const algorithms of kinds) {
    const key = await shownKey(login, algorithms, options);
    if (key !== undefined) keys.push(key);
  }
  if (keys.length > 0) return keys;
  throw unreachable(login.address, 'it shows no key of a type that is known here');
}

/** Undefined if it has no key of this kind. Jump hosts on the way have to be known: we log in there. */
async function shownKey(
  login: SshLogin,
  serverHostKey: readonly string[],
  options: KeyOptions,
): Promise<Buffer | undefined> {
  const { stop } = options;
  const name = `${login.address}:${login.port}`;
  const timeoutMs = patienceWith(login);
  if (stop?.aborted === true) throw new Interrupted();
  const wire = await wireTo(login, options);
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const end = (finish: () => void) => {
      callOff();
      stop?.removeEventListener('abort', interrupt);
      client.end();
      wire.close();
      finish();
    };
    const interrupt = () => end(() => reject(new Interrupted()));
    const fail = (why: string) => {
      const cause = `${name} cannot be reached: ${why}`;
      const hint = 'is it up, and does sshd listen there?';
      void wire.said().then((tail) => end(() => reject(new ConnectionFailed({ cause, tail, hint }))));
    };
    const callOff = patience(timeoutMs, () => fail(`no answer within ${timeoutMs / 1000} s`));
    stop?.addEventListener('abort', interrupt, { once: true });
    client.on('error', (error: Error & { code?: string }) => {
      if (/no matching host key/i.test(error.message)) end(() => resolve(undefined));
      else fail(whyUnreached(error, timeoutMs, login));
    });
    client.on('close', () =>
      fail(whyUnreached(new Error('Connection lost before handshake'), timeoutMs, login)),
    );
    client.connect({
      sock: wire.stream,
      username: login.user,
      readyTimeout: 0,
      algorithms: { serverHostKey: serverHostKey as Algorithms['serverHostKey'] },
      hostVerifier: (key: Buffer) => {
        end(() => resolve(key));
        return false;
      },
    } as ConnectConfig);
  });
}
