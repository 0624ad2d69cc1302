import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/connection/connection.ts';
import { openSsh } from '../../src/connection/ssh.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { type SshServer, serverPassword, startSshServer } from '../support/ssh-server.ts';

const password = new Secret(serverPassword);
const wrongPassword = new Secret('fake-wrong-pw');

let home: string;
let server: SshServer;
const opened: Connection[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'login-'));
  mkdirSync(join(home, '.ssh'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  server = await startSshServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  server.close();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

async function open(change?: Parameters<SshServer['login']>[0]): Promise<Connection> {
  const connection = await openSsh(server.login(change));
  opened.push(connection);
  return connection;
}

/** Puts a key where those stand that no inventory names. */
function usualKey(file: string): void {
  copyFileSync(file, join(home, '.ssh', 'id_ed25519'));
}

describe('a login', () => {
  it('begins with the key of the inventory', async () => {
    await open({ keyFile: server.keys.known, password: wrongPassword });
    expect(server.tried).toEqual(['publickey?', 'publickey']);
  });

  it('goes on to the password where the key does not fit', async () => {
    server.takes('password');
    await open({ keyFile: server.keys.stranger, password });
    expect(server.tried).toEqual(['publickey?', 'password']);
  });

  it('tries the password of the inventory before a key that lies around', async () => {
    usualKey(server.keys.known);
    server.takes('password');
    await open({ password });
    expect(server.tried).toEqual(['password']);
  });

  it('tells no second password to a server that takes keys alone', async () => {
    usualKey(server.keys.known);
    await open({ password: wrongPassword });
    expect(server.tried).toEqual(['password', 'publickey?', 'publickey']);
    server.takes('publickey');
    await expect(open({ keyFile: server.keys.stranger, password })).rejects.toThrow(
      'none of our keys or passwords',
    );
    expect(server.tried.slice(3)).toEqual(['publickey?', 'none']);
  });

  it.each([[['publickey', 'password']], [['password', 'publickey']]])(
    'gives both where a server wants %j',
    async (wanted) => {
      server.takes(...wanted);
      await open({ keyFile: server.keys.known, password });
      expect(server.tried.filter((proof) => proof !== 'publickey?').slice(-2)).toEqual(wanted);
    },
  );

  it('needs no proof where a server lets everybody in', async () => {
    server.takes('none');
    await open();
    await open({ keyFile: server.keys.stranger });
    expect(server.tried).toEqual(['none', 'publickey?', 'none']);
  });

  it('that is refused is told with what was tried', async () => {
    await expect(open()).rejects.toThrow('it accepts none of our keys or passwords');
    const keyFile = server.keys.stranger;
    await expect(open({ keyFile })).rejects.toThrow(`is ${keyFile} the right key`);
  });
});

describe('the first questions', () => {
  it('travel with the shell that answers them, and later ones on its stdin', async () => {
    const connection = await open({ keyFile: server.keys.known });
    const asked = await Promise.all([
      connection.lock('run', 'alice'),
      connection.ask(sh`echo one`),
      connection.ask(sh`echo two >&2; exit 2`),
    ]);
    expect(asked).toEqual([
      { held: true },
      { code: 0, stdout: 'one\n', stderr: '' },
      { code: 2, stdout: '', stderr: 'two\n' },
    ]);
    expect(server.executed.map(({ stdin }) => stdin)).toEqual([[]]);
    expect((await connection.ask(sh`echo three`)).stdout).toBe('three\n');
    expect(server.executed.map(({ stdin }) => stdin.length)).toEqual([1]);
    expect(connection.trips).toBe(2);
  });

  it('leave the lock with the shell that they have begun', async () => {
    const [first, second] = [
      await open({ keyFile: server.keys.known }),
      await open({ keyFile: server.keys.known }),
    ];
    expect(await first.lock('run', 'alice')).toEqual({ held: true });
    expect(await second.lock('run', 'bob')).toEqual({ held: false, by: 'alice' });
    await first.ask(sh`true`);
    expect(await second.lock('run', 'bob')).toEqual({ held: false, by: 'alice' });
  });

  it('are on stdin where they are too long for a command', async () => {
    const connection = await open({ keyFile: server.keys.known });
    const long = 'x'.repeat(200_000);
    expect((await connection.ask(sh`echo ${long} | wc -c`)).stdout.trim()).toBe('200001');
    expect(server.executed[0]?.text).toBe('exec sh');
  });

  it('find neither themselves among the processes, nor anything in the environment or the variables', async () => {
    const connection = await open({ keyFile: server.keys.known });
    const needle = randomBytes(8).toString('hex');
    // A bracket, so that what looks for it does not look like it.
    const pattern = `${needle}[!]`;
    const counts = await Promise.all([
      connection.ask(
        sh`: ${needle}!; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c ${pattern}`,
      ),
      connection.ask(sh`: ${needle}!; set | grep -c ${pattern}`),
      connection.ask(sh`env | grep -c apim_first`),
    ]);
    expect(counts.map(({ stdout }) => stdout)).toEqual(['0\n', '0\n', '0\n']);
  });
});
