import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type ConnectionFailed, UsageError } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import { quote } from '../shell/quote.ts';
import {
  fingerprint,
  type KnownHost,
  keyType,
  knownHost,
  knownLine,
  nameInFiles,
  rsaBits,
} from './known-hosts.ts';
import { learnHosts } from './learn-hosts.ts';
import { unreachable } from './shell-connection.ts';

/** What is known of the server of a login. */
export function knownServer({ knownHosts, address, port, hostKeyAlias }: SshLogin): KnownHost {
  return hostKeyAlias === undefined
    ? knownHost(knownHosts, address, port)
    : knownHost(knownHosts, hostKeyAlias, 22);
}

/** What counts first of what is said of several keys. */
const verdicts = ['revoked', 'match', 'changed', 'unknown'] as const;

/**
 * What is known of a server that shows these keys, and of which of them. It is known by any one, as for ssh; one that shows only
 * others is not the one that was known. Undefined if it shows none.
 */
export function judgeShown(login: SshLogin, keys: readonly Buffer[]) {
  const { judge } = knownServer(login);
  const judged = keys.map((key) => ({ key, ...judge(key) }));
  return verdicts.flatMap((verdict) => judged.filter(({ kind }) => kind === verdict))[0];
}

/** How the server of a login is called in known_hosts files. */
export function knownName({ address, port, hostKeyAlias }: SshLogin): string {
  return hostKeyAlias ?? nameInFiles(address, port);
}

/** What is to be typed to have a key out of a file. */
export function removal({ file, name }: { readonly file: string; readonly name: string }): string {
  return `ssh-keygen -f ${quote(file)} -R ${quote(name)}`;
}

/** Writes a key down as `ssh` does, and says so. What cannot be written is told as well: the key holds for this time. */
function noted(
  { file, hashed }: { readonly file: string; readonly hashed: boolean },
  name: string,
  key: Buffer,
): string {
  const shown = `the host key of ${name}, ${keyType(key)} ${fingerprint(key)}, is new`;
  try {
    learnHosts(file, [knownLine(name, key, hashed)]);
    return `${shown}: written into ${file}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `${shown}, and ${error.message}`;
  }
}

/**
 * Why a server with this key is not entered; undefined if it is the one we know, or one whose key may be written down at first
 * sight: that is done, and told.
 */
export function refusalOfKey(
  known: KnownHost,
  key: Buffer,
  login: SshLogin,
  tell: (text: string) => void,
): ConnectionFailed | undefined {
  const name = nameOfLogin(login);
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const inFile = knownName(login);
  const verdict = known.judge(key);
  switch (verdict.kind) {
    case 'match': {
      const bits = rsaBits(key);
      if (login.rsaBits === undefined || bits === undefined || bits >= login.rsaBits) return undefined;
      return unreachable(
        name,
        `its host key ${shown} has ${bits} bits, and RequiredRSASize wants ${login.rsaBits}`,
        'have it show a key of another type, or a larger one',
      );
    }
    case 'unknown': {
      if (login.acceptNew !== undefined && !known.byAuthority) {
        tell(noted(login.acceptNew, inFile, key));
        return undefined;
      }
      const [file] = login.knownHosts;
      return unreachable(
        name,
        known.byAuthority
          ? 'its key is known only by a certificate authority (@cert-authority), which is not supported'
          : `its host key is unknown: ${shown}${known.types.length === 0 ? '' : `; known of it is only ${known.types.join(', ')}`}`,
        known.byAuthority
          ? `write its own key into ${file ?? 'a known_hosts file'}, beside the authority: ${inFile} ${keyType(key)} …`
          : `connect once with: ${sshCommand(login)}, and compare the fingerprint before you accept it; or look at those of all servers: apim-orchestrate trust-hosts INVENTORY`,
      );
    }
    case 'changed':
      return unreachable(
        name,
        `its host key has CHANGED: it shows ${shown}, another one stands in ${verdict.known}`,
        `somebody may be in between; if the server was set up anew, remove the old line: ${removal(verdict)}`,
      );
    case 'revoked':
      return unreachable(
        name,
        `its host key ${shown} is revoked in ${verdict.known}`,
        'do not connect to it',
      );
  }
}

/** What to type to enter a server as we do. */
export function sshCommand(login: SshLogin): string {
  const { port, user, address, asked, hostKeyAlias } = login;
  const [file] = login.knownHosts;
  const words = [
    ...(asked?.configuration === undefined ? [] : ['-F', resolve(asked.directory, asked.configuration)]),
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...(login.keyFile === undefined ? [] : ['-i', login.keyFile]),
    ...(login.way !== undefined && 'jump' in login.way ? ['-J', jumpsOf(login.way.jump)] : []),
    ...(file === undefined || file === usualFile() ? [] : ['-o', `UserKnownHostsFile=${file}`]),
    ...(hostKeyAlias === undefined ? [] : ['-o', `HostKeyAlias=${hostKeyAlias}`]),
  ];
  return ['ssh', ...words.map(quote), `${user}@${asked?.host ?? address}`].join(' ');
}

function jumpsOf({ way, user, port, address, asked }: SshLogin): string {
  const before = way !== undefined && 'jump' in way ? `${jumpsOf(way.jump)},` : '';
  return `${before}${user}@${asked?.host ?? address}${port === 22 ? '' : `:${port}`}`;
}

function usualFile(): string {
  return resolve(userInfo().homedir, '.ssh/known_hosts');
}
