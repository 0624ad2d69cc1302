import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Login } from '../../src/input/inventory.ts';

/** A real sshd on loopback with a key, a host key and a home of its own. Needs root and openssh-server. */
export interface TestServer {
  readonly directory: string;
  /** What `$HOME` is for those who log in. */
  readonly home: string;
  readonly port: number;
  readonly knownHosts: string;
  /** A login as root; parts of it can be replaced. */
  login(change?: Partial<Extract<Login, { kind: 'ssh' }>>): Extract<Login, { kind: 'ssh' }>;
  /** Makes another key pair in the directory, and returns the private file. `passphrase` encrypts it. */
  makeKey(name: string, passphrase?: string, type?: string): string;
  /** Ends the daemon's sessions at once, as a crash would; the daemon itself goes on. */
  cutSessions(): void;
  stop(): void;
}

/** Starts one, and waits until it listens. `moreKeys` are types of further host keys, `settings` lines of its configuration. */
export async function startSshd({
  moreKeys = [],
  settings = [],
}: {
  readonly moreKeys?: readonly string[];
  readonly settings?: readonly string[];
} = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'sshd-'));
  const home = join(directory, 'home');
  mkdirSync(home);
  mkdirSync('/run/sshd', { recursive: true });
  const makeKey = (name: string, passphrase = '', type = 'ed25519') => {
    const file = join(directory, name);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', file]);
    return file;
  };
  const hostKey = makeKey('host');
  const otherKeys = moreKeys.map((type) => makeKey(`host-${type}`, '', type));
  const key = makeKey('login');
  writeFileSync(join(directory, 'authorized_keys'), readFileSync(`${key}.pub`));
  const port = await freePort();
  const knownHosts = join(directory, 'known_hosts');
  const [type, blob] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${type} ${blob}\n`);
  const config = join(directory, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      // The first of a setting counts.
      ...settings,
      ...[hostKey, ...otherKeys].map((file) => `HostKey ${file}`),
      'PidFile none',
      `AuthorizedKeysFile ${directory}/authorized_keys`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      `SetEnv HOME=${home}`,
      'Subsystem sftp internal-sftp',
    ].join('\n'),
  );
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
  await listening(port);
  return {
    directory,
    home,
    port,
    knownHosts,
    makeKey,
    login: (change = {}) => ({
      kind: 'ssh',
      address: '127.0.0.1',
      port,
      user: 'root',
      keyFile: key,
      become: false,
      knownHosts: [knownHosts],
      ...change,
    }),
    cutSessions() {
      for (const pid of childrenOf(daemon.pid ?? 0)) end(pid);
    },
    stop() {
      for (const pid of childrenOf(daemon.pid ?? 0)) end(pid);
      daemon.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A session may end by itself between being seen and being ended. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, which is what was wanted.
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // After the name, which may hold spaces: state, then the parent.
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not listen on ${port}; is openssh-server installed, and are we root?`);
}
