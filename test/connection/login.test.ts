import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Asking } from '../../src/connection/asking.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { openSsh } from '../../src/connection/ssh.ts';
import { Interrupted } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { keyPassphrase, type SshServer, serverPassword, startSshServer } from '../support/ssh-server.ts';

const password = new Secret(serverPassword);
const wrongPassword = new Secret('fake-wrong-pw');

let home: string;
let server: SshServer;
const opened: Connection[] = [];
const agents: ChildProcess[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'login-'));
  mkdirSync(join(home, '.ssh'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  server = await startSshServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  for (const agent of agents.splice(0)) agent.kill();
  server.close();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

async function open(change?: Parameters<SshServer['login']>[0], ask?: Asking): Promise<Connection> {
  const connection = await openSsh(server.login(change), ask === undefined ? {} : { ask });
  opened.push(connection);
  return connection;
}

/** Puts a key where those stand that no inventory names. */
function usualKey(file: string): void {
  copyFileSync(file, join(home, '.ssh', 'id_ed25519'));
}

/** Where those stand. */
function usualKeys(): string[] {
  return ['id_rsa', 'id_ed25519'].map((name) => join(home, '.ssh', name));
}

/** Runs an agent with these keys, and tells where it listens. */
async function agentWith(...files: readonly string[]): Promise<string> {
  const socket = join(home, `agent-${agents.length}`);
  agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
  await vi.waitFor(() => expect(existsSync(socket)).toBe(true));
  for (const file of files)
    execFileSync('ssh-add', ['-q', file], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });
  return socket;
}

/** Somebody who answers so, and is told what was asked. */
function person(...answers: readonly string[]): Asking & { readonly asked: string[] } {
  const asked: string[] = [];
  const ask: Asking = async (question) => {
    asked.push(question);
    const answer = answers[asked.length - 1];
    if (answer === undefined) throw new Interrupted();
    return answer;
  };
  return Object.assign(ask, { asked });
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
    await open({ password, keyFiles: usualKeys() });
    expect(server.tried).toEqual(['password']);
  });

  it('tells no second password to a server that takes keys alone', async () => {
    usualKey(server.keys.known);
    await open({ password: wrongPassword, keyFiles: usualKeys() });
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

describe('keys', () => {
  it('of all files are tried, one after another', async () => {
    await open({ keyFiles: [join(home, 'none'), server.keys.stranger, server.keys.known] });
    expect(server.tried).toEqual(['publickey?', 'publickey?', 'publickey']);
  });

  it('of the agent are tried as well, also where a key is named', async () => {
    const agent = await agentWith(server.keys.known);
    await open({ agent });
    expect(server.tried).toEqual(['publickey?', 'publickey']);
    await open({ agent, keyFile: server.keys.stranger });
    expect(server.tried.slice(2)).toEqual(['publickey?', 'publickey?', 'publickey']);
  });

  it('of the agent that no file names are left alone where only those may be tried', async () => {
    const agent = await agentWith(server.keys.stranger, server.keys.known);
    const only = { agent, identitiesOnly: true };
    await expect(open({ ...only, keyFiles: [server.keys.stranger] })).rejects.toThrow('none of our keys');
    expect(server.tried).toEqual(['publickey?', 'none']);
    await open({ ...only, keyFiles: [server.keys.locked] });
    expect(server.tried.slice(2)).toEqual(['publickey?', 'publickey']);
  });

  it('of the agent are known by their public part, if that is all there is in a file', async () => {
    const agent = await agentWith(server.keys.stranger, server.keys.known);
    const text = execFileSync('ssh-keygen', ['-y', '-f', server.keys.known]);
    writeFileSync(join(home, 'one.pub'), text);
    const only = { agent, identitiesOnly: true };
    await open({ ...only, keyFiles: [join(home, 'one.pub')] });
    await open({ ...only, keyFiles: [join(home, 'one')] });
    expect(server.tried).toEqual(['publickey?', 'publickey', 'publickey?', 'publickey']);
  });

  it('of an agent that is not there, or says nothing, keep nobody from the others', async () => {
    await open({ agent: join(home, 'nobody'), keyFiles: [server.keys.known] });
    expect(server.tried).toEqual(['publickey?', 'publickey']);
  });

  it.each([
    ['publickey', 'password'],
    ['password', 'publickey'],
  ])('of the agent are one of two proofs: %s, %s', async (...wanted) => {
    server.takes(...wanted);
    await open({ agent: await agentWith(server.keys.stranger, server.keys.known), password });
    expect(server.tried.filter((proof) => proof !== 'publickey?').slice(-2)).toEqual(wanted);
  });
});

describe('an encrypted key', () => {
  it('is opened once for all servers, and only once a server would take it', async () => {
    const ask = person('fake-wrong', keyPassphrase);
    const keyFile = server.keys.locked;
    await Promise.all([open({ keyFile }, ask), open({ keyFile }, ask), open({ keyFiles: [keyFile] }, ask)]);
    expect(ask.asked).toEqual([
      `Passphrase of the key ${keyFile}: `,
      `That does not open it. Passphrase of the key ${keyFile}: `,
    ]);
  });

  it('that no server wants is not asked about', async () => {
    const other = await startSshServer();
    const ask = person();
    await expect(open({ keyFiles: [other.keys.locked] }, ask)).rejects.toThrow('none of our keys');
    expect(ask.asked).toEqual([]);
    other.close();
  });

  it('is not asked about where the agent has it', async () => {
    const keyFile = server.keys.locked;
    await open({ keyFile, agent: await agentWith(server.keys.known) });
    expect(server.tried).toEqual(['publickey?', 'publickey']);
  });

  it('is told by name where nobody can be asked', async () => {
    const { locked } = server.keys;
    const said = `the private key ${locked} is encrypted, and there is no terminal`;
    await expect(open({ keyFile: locked })).rejects.toThrow(said);
    await expect(open({ keyFiles: [locked] })).rejects.toThrow(said);
    await expect(open({ keyFile: locked, prompts: 0 }, person(keyPassphrase))).rejects.toThrow(said);
  });

  it('may be given up', async () => {
    await expect(open({ keyFile: server.keys.locked }, person())).rejects.toThrow(Interrupted);
  });
});

describe('what a server asks', () => {
  const code = { prompt: 'Verification code: ', echo: false, answer: '123456' };
  const ownPassword = { prompt: '(wso2@gw) Password: ', echo: false, answer: serverPassword };

  it('for the password is answered with it, and anything else by a person', async () => {
    server.takes('keyboard-interactive');
    server.asks(ownPassword, code);
    const ask = person('123456');
    await open({ password }, ask);
    expect(ask.asked).toEqual([expect.stringMatching(/^wso2@127\.0\.0\.1:\d+: Verification code: $/)]);
  });

  it('after a key is asked of a person, without any password', async () => {
    server.takes('publickey', 'keyboard-interactive');
    server.asks(code);
    await open({ keyFile: server.keys.known }, person('123456'));
    await open({ agent: await agentWith(server.keys.known) }, person('123456'));
  });

  it('may be mistyped, and is asked as often as passwords are', async () => {
    server.takes('publickey', 'keyboard-interactive');
    server.asks(code);
    const ask = person('1', '2', '123456');
    await open({ keyFile: server.keys.known }, ask);
    expect(ask.asked).toHaveLength(3);
    const wrong = person('1', '2', '3', '4');
    await expect(open({ keyFile: server.keys.known, prompts: 2 }, wrong)).rejects.toThrow('none of our');
    expect(wrong.asked).toHaveLength(2);
  });

  it('is an error where nobody can be asked, and the password goes to no other question', async () => {
    server.takes('keyboard-interactive');
    server.asks({ ...code, prompt: 'One-time password: ' });
    await expect(open({ password })).rejects.toThrow(
      'it asks “One-time password:”, and there is nobody to answer',
    );
    server.asks(ownPassword, { ...ownPassword, prompt: 'New password: ' });
    await expect(open({ password })).rejects.toThrow('it asks “New password:”, and there is nobody');
  });

  it('for a password is not asked of a person: there are keys for that', async () => {
    server.takes('keyboard-interactive');
    server.asks(ownPassword);
    const ask = person(serverPassword);
    await expect(open({}, ask)).rejects.toThrow('none of our keys or passwords');
    expect(ask.asked).toEqual([]);
  });
});

describe('ways that may be gone', () => {
  it('are gone in the order that is wanted, and no others', async () => {
    server.takes('password');
    await open({ methods: ['password', 'publickey'], keyFile: server.keys.stranger, password });
    await open({ methods: ['publickey', 'password'], keyFiles: [server.keys.stranger], password });
    expect(server.tried).toEqual(['password', 'publickey?', 'password']);
    await expect(open({ methods: ['publickey'], password })).rejects.toThrow('none of our keys');
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
