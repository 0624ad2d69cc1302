import pLimit from 'p-limit';
import { defaultForks } from '../connection/forks.ts';
import { judgeShown, knownName, removal } from '../connection/host-key.ts';
import { fingerprint, keyType, knownLine } from '../connection/known-hosts.ts';
import { learnHosts } from '../connection/learn-hosts.ts';
import { orInterrupted } from '../connection/or-interrupted.ts';
import { count } from '../display/words.ts';
import { KnownError } from '../errors.ts';
import type { Host, SshLogin } from '../input/inventory.ts';
import { machineOf } from '../input/machine.ts';
import { oneLine } from '../secret.ts';
import { asker } from './asker.ts';
import { exitCodes } from './exit-codes.ts';
import { confirm } from './prompt.ts';
import { type CommonOptions, type HostSession, openHosts } from './session.ts';
import { table } from './table.ts';

/** One sshd, by its address and port, and how the hosts behind it are called. */
interface Server {
  readonly login: SshLogin;
  readonly names: readonly string[];
}

/** What a server shows, and what is known of it. */
type Shown = Server &
  (
    | { readonly kind: 'unreached'; readonly why: string }
    | { readonly kind: 'known' | 'new'; readonly keys: readonly Buffer[] }
    | {
        readonly kind: 'refused';
        readonly keys: readonly Buffer[];
        readonly why: string;
        readonly cure: string;
      }
  );

/**
 * Shows the keys of all servers at once, and adds those of servers that are not known to the known_hosts file that they
 * are looked up in, once the operator said yes. What is known is left as it is. Exit code 1 if a server does not answer, or
 * shows another key than the one that is known.
 */
export async function trustHosts(
  inventoryFile: string,
  options: CommonOptions & { readonly yes?: boolean },
): Promise<number> {
  const session = await openHosts(inventoryFile, options, 'trust-hosts', false);
  const shown = await lookAtKeys(session, options.forks ?? defaultForks);
  if (shown.length === 0) {
    process.stdout.write('no host is entered by SSH\n');
    return exitCodes.ok;
  }
  process.stdout.write(`${table(['host', 'server', 'key', 'fingerprint', ''], shown.flatMap(rowsOf))}\n`);
  for (const each of shown)
    if (each.kind === 'refused')
      process.stderr.write(`${each.names.join(', ')}: ${each.why}\n  → ${each.cure}\n`);
  const files = newLines(shown);
  if (files.size > 0) {
    process.stderr.write(
      'compare these with what the servers say of themselves, at their consoles: for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done\n',
    );
    await confirm(
      [...files].map(
        ([file, { lines, servers }]) =>
          `${count(lines.length, 'key')} of ${count(servers, 'server')} will be trusted from now on, in ${file}`,
      ),
      options.yes === true,
    );
    for (const [file, { lines }] of files) {
      learnHosts(file, lines);
      process.stdout.write(`added ${count(lines.length, 'key')} to ${file}\n`);
    }
  } else if (shown.every(({ kind }) => kind === 'known')) process.stdout.write('all of them are known\n');
  return shown.every(({ kind }) => kind === 'known' || kind === 'new') ? exitCodes.ok : exitCodes.failed;
}

async function lookAtKeys({ hosts, stop }: HostSession, forks: number): Promise<Shown[]> {
  const { shownKeys } = await import('../connection/host-keys.ts');
  const atOnce = pLimit(forks);
  const ask = asker(stop);
  const looks = serversOf(hosts).map((server) =>
    atOnce(async (): Promise<Shown> => {
      try {
        return judge(server, await shownKeys(server.login, { stop, ask }));
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        return { ...server, kind: 'unreached', why: oneLine(error) };
      }
    }),
  );
  return orInterrupted(stop, Promise.all(looks));
}

/** Hosts behind one sshd are one server; the machine we run on is none. */
function serversOf(hosts: readonly Host[]): Server[] {
  const servers = new Map<string, Server>();
  for (const { name, login } of hosts) {
    if (login.kind === 'local') continue;
    const key = JSON.stringify([machineOf(login).toLowerCase(), knownName(login), login.knownHosts]);
    const known = servers.get(key);
    servers.set(key, { login: known?.login ?? login, names: [...(known?.names ?? []), name] });
  }
  return [...servers.values()];
}

function judge(server: Server, keys: readonly Buffer[]): Shown {
  const verdict = judgeShown(server.login, keys);
  if (verdict?.kind === 'match') return { ...server, kind: 'known', keys };
  if (verdict?.kind === 'revoked')
    return {
      ...server,
      ...{ kind: 'refused', keys },
      why: `its key is revoked in ${verdict.known}`,
      cure: 'do not connect to it',
    };
  if (verdict?.kind === 'changed')
    return {
      ...server,
      ...{ kind: 'refused', keys },
      why: `its key has CHANGED: another one stands in ${verdict.known}`,
      cure: `somebody may be in between; if the server was set up anew, remove the old line: ${removal(verdict)}`,
    };
  return { ...server, kind: 'new', keys };
}

function rowsOf(shown: Shown): string[][] {
  const { address, port } = shown.login;
  const [first, ...others] = shown.names;
  const who = `${first}${others.length === 0 ? '' : ` and ${others.join(', ')}`}`;
  const server = `${address}:${port}`;
  if (shown.kind === 'unreached') return [[who, server, '-', '-', shown.why]];
  const word = { known: 'known', new: 'new', refused: 'NOT THE ONE THAT IS KNOWN' }[shown.kind];
  return shown.keys.map((key, index) => [
    ...(index === 0 ? [who, server] : ['', '']),
    ...[keyType(key), fingerprint(key), word],
  ]);
}

/** What is to be added to each file; the first of a login is its own. */
function newLines(shown: readonly Shown[]): Map<string, { lines: string[]; servers: number }> {
  const files = new Map<string, { lines: string[]; servers: number }>();
  for (const each of shown) {
    if (each.kind !== 'new') continue;
    const [file = ''] = each.login.knownHosts;
    const entry = files.get(file) ?? { lines: [], servers: 0 };
    entry.lines.push(...each.keys.map((key) => knownLine(knownName(each.login), key)));
    files.set(file, { ...entry, servers: entry.servers + 1 });
  }
  return files;
}
