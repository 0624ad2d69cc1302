import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { withLoginOptions } from '../../src/cli/login-options.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { withEffectiveLogins } from '../../src/connection/effective-logins.ts';
import { type ConnectionPool, createPool } from '../../src/connection/pool.ts';
import { KnownError } from '../../src/errors.ts';
import type { Host, SshLogin } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { loginFrom } from '../../src/input/login.ts';
import { startSshd, type TestServer } from '../support/sshd.ts';

let target: TestServer;
let jump: TestServer;
let hop: TestServer;
let told: string[] = [];
let pool: ConnectionPool;

beforeAll(async () => {
  [target, jump, hop] = [await startSshd(), await startSshd(), await startSshd()];
});
afterAll(() => {
  for (const server of [target, jump, hop]) server.stop();
});
afterEach(async () => {
  await pool.close();
  told = [];
});

/** A `Host` entry for a server, with more lines. */
function entry(name: string, server: TestServer, more: readonly string[] = []): string[] {
  const { keyFile = '' } = server.login();
  return [
    ...[`Host ${name}`, '  HostName 127.0.0.1', `  Port ${server.port}`, '  User root'],
    ...more.map((line) => `  ${line}`),
    ...[`  IdentityFile ${keyFile}`, `  UserKnownHostsFile ${server.knownHosts}`],
  ];
}

function write(lines: readonly string[]): string {
  const file = join(target.directory, 'config');
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

const question = 'echo "${SSH_CONNECTION##* }"; ps -o args= -p $PPID >/dev/null; echo in';

/** Where `ssh` gets to with a configuration; undefined if it does not get in. */
function ssh(...words: string[]): Promise<string | undefined> {
  return new Promise((done) => {
    const options = { timeout: 20_000, killSignal: 'SIGKILL' as const };
    const all = ['-o', 'BatchMode=yes', ...words, question];
    execFile('ssh', all, options, (error, stdout) => done(error === null ? stdout : undefined));
  });
}

async function open(name: string, args: string): Promise<Connection> {
  const position = () => ({ file: 'inventory.yaml', line: 1, column: 1 });
  const login = loginFrom(name, { ansible_ssh_args: args }, position, target.directory, []);
  const host: Host = { name, groups: [], vars: {}, position, login };
  pool = createPool({ tell: (text) => told.push(text) });
  const [found] = await withEffectiveLogins([host]);
  return pool.connect((found ?? host).login);
}

/** The same for us, or what we say. */
async function ours(name: string, args: string): Promise<string | undefined> {
  try {
    return (await (await open(name, args)).ask({ text: question })).stdout;
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    told.push(error.message);
    return undefined;
  }
}

describe('a configuration of ssh leads where ssh gets to', () => {
  const elsewhere = () => ['IdentityAgent none', 'IdentitiesOnly yes'];
  const cases: [name: string, lines: () => string[], enters: boolean][] = [
    ['directly', () => entry('target', target), true],
    ...(
      [
        ['may be shown', 'ssh-ed25519,rsa-sha2-512', true],
        ['may not be shown', 'rsa-sha2-512,ecdsa-sha2-nistp256', false],
        ['is taken away', '-ssh-ed25519', false],
      ] as const
    ).map(([what, list, enters]): [string, () => string[], boolean] => [
      `with a key of a type that ${what}`,
      () => [...entry('target', target, [`PubkeyAcceptedAlgorithms ${list}`])],
      enters,
    ]),
    [
      'through a jump host',
      () => [...entry('target', target, ['ProxyJump jump']), ...entry('jump', jump)],
      true,
    ],
    [
      'through a chain of them',
      () => [
        ...entry('target', target, ['ProxyJump hop,jump']),
        ...entry('jump', jump),
        ...entry('hop', hop),
      ],
      true,
    ],
    [
      'through a jump host that has one of its own',
      () => [
        ...entry('target', target, ['ProxyJump jump']),
        ...entry('jump', jump, ['ProxyJump hop']),
        ...entry('hop', hop),
      ],
      true,
    ],
    [
      'through a jump host with a key that is not ours',
      () => [
        ...entry('target', target, ['ProxyJump jump']),
        ...[
          'Host jump',
          ...elsewhere().map((line) => `  ${line}`),
          `  IdentityFile ${target.login().keyFile}`,
        ],
        ...entry('jump', jump).slice(1, 4),
        `  UserKnownHostsFile ${jump.knownHosts}`,
      ],
      false,
    ],
    [
      'through a jump host whose key is not known',
      () => [
        ...['Host jump', `  UserKnownHostsFile ${target.knownHosts}`],
        ...entry('target', target, ['ProxyJump jump']),
        ...entry('jump', jump),
      ],
      false,
    ],
    [
      'by a command',
      () => [
        ...entry('target', target, [
          `ProxyCommand ssh -F ${join(target.directory, 'config')} -W '%h:%p' jump`,
        ]),
        ...entry('jump', jump),
      ],
      true,
    ],
    ['by a command that fails', () => entry('target', target, ['ProxyCommand echo no >&2; exit 3']), false],
    [
      'under another name of its key',
      () => {
        const [, type, key] = readFileSync(target.knownHosts, 'utf8').trim().split(' ');
        writeFileSync(join(target.directory, 'aliased'), `alias ${type} ${key}\n`);
        const file = `UserKnownHostsFile ${join(target.directory, 'aliased')}`;
        return entry('target', target, ['HostKeyAlias alias', file]);
      },
      true,
    ],
    [
      'without a known key',
      () =>
        entry('target', target, [
          `UserKnownHostsFile ${target.directory}/nobody`,
          'StrictHostKeyChecking yes',
        ]),
      false,
    ],
    [
      'with a key known by the usual port',
      () => {
        const [, type, key] = readFileSync(target.knownHosts, 'utf8').trim().split(' ');
        writeFileSync(join(target.directory, 'portless'), `127.0.0.1 ${type} ${key}\n`);
        return entry('target', target, [`UserKnownHostsFile ${join(target.directory, 'portless')}`]);
      },
      true,
    ],
    [
      'with an old key of another type',
      () => {
        const old = readFileSync(`${target.makeKey('old-ecdsa')}.pub`, 'utf8').split(' ')[1] ?? '';
        const text = readFileSync(target.knownHosts, 'utf8');
        writeFileSync(
          join(target.directory, 'older'),
          `[127.0.0.1]:${target.port} ecdsa-sha2-nistp256 ${old}\n${text}`,
        );
        return entry('target', target, [`UserKnownHostsFile ${join(target.directory, 'older')}`]);
      },
      true,
    ],
  ];
  it.each(cases)('%s', async (_name, lines, enters) => {
    const config = write(lines());
    const theirs = await ssh('-F', config, 'target');
    expect(theirs).toBe(enters ? `${target.port}\nin\n` : undefined);
    expect(await ours('target', `-F ${config}`)).toBe(theirs);
  });
});

describe('on the way', () => {
  it('a jump host that refuses is told by its name', async () => {
    const config = write([
      ...['Host jump', `  UserKnownHostsFile ${target.knownHosts}`],
      ...entry('target', target, ['ProxyJump jump']),
      ...entry('jump', jump),
    ]);
    await expect(open('target', `-F ${config}`)).rejects.toThrow(
      `root@127.0.0.1:${target.port} cannot be reached: its jump host root@127.0.0.1:${jump.port} cannot be reached: its host key is unknown`,
    );
  });

  it('what stands behind a jump host and does not answer is told as seen from there', async () => {
    const lines = entry('target', target, ['ProxyJump jump']).map((line) =>
      line.replace(/Port \d+/, 'Port 1'),
    );
    const config = write([...lines, ...entry('jump', jump)]);
    await expect(open('target', `-F ${config}`)).rejects.toThrow(
      `its jump host root@127.0.0.1:${jump.port} does not reach 127.0.0.1:1: connection refused`,
    );
  });

  it('one connection to a jump host is enough for many', async () => {
    const config = write([...entry('t*', target, ['ProxyJump jump']), ...entry('jump', jump)]);
    const one = await open('t1', `-F ${config}`);
    const log = () =>
      readdirSync('/proc')
        .filter((pid) => /^\d+$/.test(pid))
        .filter(isSessionOf(jump)).length;
    const before = log();
    const position = () => ({ file: 'inventory.yaml', line: 1, column: 1 });
    const hosts = Array.from({ length: 5 }, (_, at): Host => {
      const vars = { ansible_ssh_args: `-F ${config} -o SetEnv=A=${at}` };
      const login = loginFrom(`t${at + 2}`, vars, position, target.directory, []);
      return { name: `t${at + 2}`, groups: [], vars, position, login };
    });
    for (const { login } of await withEffectiveLogins(hosts)) {
      const { stdout } = await (await pool.connect(login)).ask({ text: 'echo in' });
      expect(stdout).toBe('in\n');
    }
    expect((await one.ask({ text: 'echo in' })).stdout).toBe('in\n');
    expect(log()).toBe(before);
  });

  it('a command that connects is told with what it said, and ends with the connection', async () => {
    const failing = write(entry('target', target, ['ProxyCommand echo the proxy is down >&2; exit 3']));
    await expect(open('target', `-F ${failing}`)).rejects.toThrow(
      /its ProxyCommand ended before there was a connection\n {2}\| the proxy is down/,
    );
    const note = join(target.directory, 'proxy.pid');
    const command = `sh -c 'echo $$ > ${note}; exec ssh -F ${join(target.directory, 'config')} -W %h:%p jump'`;
    const config = write([...entry('target', target, [`ProxyCommand ${command}`]), ...entry('jump', jump)]);
    await open('target', `-F ${config}`);
    const pid = readFileSync(note, 'utf8').trim();
    expect(isThere(pid)).toBe(true);
    await pool.close();
    await vi.waitFor(() => expect(isThere(pid)).toBe(false), 5_000);
  });

  it('a key that is seen for the first time is written down where that is wanted, as ssh does, and told', async () => {
    const files = ['theirs', 'ours'].map((name) => join(target.directory, `new-${name}`));
    const entries = files.map((file) =>
      entry('target', target, [`UserKnownHostsFile ${file}`, 'StrictHostKeyChecking accept-new']),
    );
    await ssh('-F', write(entries[0] ?? []), 'target');
    await open('target', `-F ${write(entries[1] ?? [])}`);
    const [theirs, written] = files.map((file) => readFileSync(file, 'utf8'));
    expect(written).toBe(theirs);
    expect(told).toEqual([
      expect.stringMatching(/^the host key of \[127\.0\.0\.1\]:\d+, ssh-ed25519 SHA256:.* is new/),
    ]);
  });

  it('a key that has changed is told with the file and the name that it stands under', async () => {
    const file = join(target.directory, 'a changed one');
    const [type, key] = readFileSync(`${target.makeKey('another')}.pub`, 'utf8').split(' ');
    writeFileSync(file, `alias ${type} ${key}\n`);
    const config = write(entry('target', target, ['HostKeyAlias alias', `UserKnownHostsFile "${file}"`]));
    const other = `-F ${config} -o "UserKnownHostsFile '${file}'"`;
    await expect(open('target', other)).rejects.toThrow(`ssh-keygen -f '${file}' -R alias`);
  });
});

describe('the configuration of the account', () => {
  /** Runs something where the home of this account holds nothing but a configuration of ssh. */
  const athome = (config: string, program: string, ...words: string[]) =>
    new Promise<string>((done) => {
      const script =
        'mount -t tmpfs none "$HOME" && mkdir -m 700 "$HOME/.ssh" && printf %s "$config" > "$HOME/.ssh/config" && exec "$@"';
      const all = ['-m', 'sh', '-c', script, 'sh', program, ...words];
      const env = { ...process.env, HOME: userInfo().homedir, config };
      execFile('unshare', all, { env, timeout: 60_000 }, (error, stdout, stderr) =>
        done(error === null ? stdout : `${stdout}${stderr}`),
      );
    });

  it('is followed by every command, as by ssh', async () => {
    const config = [...entry('target', target, ['ProxyJump jump']), ...entry('jump', jump), ''].join('\n');
    const theirs = await athome(config, 'ssh', '-o', 'BatchMode=yes', 'target', 'echo in');
    expect(theirs).toBe('in\n');
    const inventory = join(target.directory, 'account.yaml');
    writeFileSync(inventory, 'all: { hosts: { target: {} } }\n');
    const program = resolve(import.meta.dirname, '../../dist/cli/main.js');
    const words = ['exec', inventory, 'all', '--', 'echo in'];
    expect(await athome(config, process.execPath, program, ...words)).toBe('target | in\n');
    const refused = await athome(`StrictHostKeyChecking no\n${config}`, process.execPath, program, ...words);
    expect(refused).toMatch(
      /^\S+account\.yaml:1:\d+: target: in what ssh is told of it: stricthostkeychecking=/,
    );
  });
});

describe('what is typed with a command', () => {
  /** What Ansible would give to `ssh`. */
  const theirs = (inventory: string, ...words: string[]) =>
    new Promise<string>((done) => {
      const all = ['-i', inventory, 'all', '-m', 'raw', '-a', 'true', '-vvv', ...words];
      const options = { timeout: 60_000, env: { ...process.env, ANSIBLE_NOCOLOR: '1' } };
      execFile('ansible', all, options, (_error, stdout) => {
        done(/SSH: EXEC (ssh .*)$/m.exec(stdout)?.[1] ?? stdout);
      });
    });
  const vars = ['', 'ansible_user: own, ansible_ssh_private_key_file: /own', 'ansible_ssh_user: own'];
  it.each(vars)('counts as with Ansible beside a host that says: %s', async (own) => {
    const inventory = join(target.directory, 'inventory.yaml');
    writeFileSync(
      inventory,
      `all: { hosts: { km: { ansible_host: 127.0.0.1, ansible_port: 1${own === '' ? '' : `, ${own}`} } } }\n`,
    );
    const command = await theirs(inventory, '-u', 'typed', '--private-key', '/typed');
    const loginSettings = await withLoginOptions(
      { user: 'typed', privateKey: '/typed' },
      { values: {}, position: () => ({ file: '', line: 1, column: 1 }) },
    );
    const { hosts } = await loadInventory(inventory, { loginSettings });
    const login = hosts[0]?.login as SshLogin;
    expect(command).toContain(`User="${login.user}"`);
    expect(command).toContain(`IdentityFile="${login.keyFile}"`);
  });
});

function isSessionOf({ directory }: TestServer): (pid: string) => boolean {
  return (pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] ?? '';
      return readFileSync(`/proc/${parent}/cmdline`, 'utf8').includes(join(directory, 'sshd_config'));
    } catch {
      return false;
    }
  };
}

function isThere(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
