import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createWeb } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { probe } from '../../src/connection/ask-probe.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { shownKeys } from '../../src/connection/host-keys.ts';
import { openSsh } from '../../src/connection/ssh.ts';
import { localChecksum } from '../../src/connection/upload.ts';
import { ConnectionFailed, Interrupted } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { startSshd, type TestServer } from '../support/sshd.ts';

let server: TestServer;
const opened: Connection[] = [];

async function open(change?: Parameters<TestServer['login']>[0]): Promise<Connection> {
  const connection = await openSsh(server.login(change));
  opened.push(connection);
  return connection;
}

beforeAll(async () => {
  server = await startSshd();
});
afterEach(() => Promise.all(opened.splice(0).map((connection) => connection.close())));
afterAll(() => server.stop());

describe('a server', () => {
  const publicKey = (file: string) => readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');

  it('whose host key is unknown is refused, with its fingerprint', async () => {
    const knownHosts = [join(server.directory, 'none')];
    await expect(open({ knownHosts })).rejects.toThrow(/host key is unknown: ssh-ed25519 SHA256:/);
  });

  it('whose host key has changed is refused, with the place of the known one', async () => {
    const file = join(server.directory, 'known_hosts_changed');
    writeFileSync(file, `[127.0.0.1]:${server.port} ${publicKey(server.makeKey('another-host'))}\n`);
    await expect(open({ knownHosts: [file] })).rejects.toThrow(`another one stands in ${file}:1`);
  });

  it('that takes none of our keys is told with the key that was tried', async () => {
    const keyFile = server.makeKey('stranger');
    await expect(open({ keyFile })).rejects.toThrow(`is ${keyFile} the right key`);
  });

  it('is not entered with an encrypted key where nobody can be asked: ssh-agent is named', async () => {
    await expect(open({ keyFile: server.makeKey('locked', 'a passphrase') })).rejects.toThrow('ssh-agent');
  });

  it('that is the jump host of one whose keys are to be shown has its passphrase asked for once', async () => {
    const keyFile = server.makeKey('locked-jump', 'fake-phrase');
    appendFileSync(join(server.directory, 'authorized_keys'), readFileSync(`${keyFile}.pub`));
    const login = { ...server.login(), way: { jump: server.login({ keyFile }) } };
    await expect(shownKeys(login)).rejects.toThrow('is encrypted');
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return 'fake-phrase';
    };
    expect((await shownKeys(login, { ask })).length).toBeGreaterThan(0);
    expect(asked).toHaveLength(1);
  });

  it('that does not listen is told as such', async () => {
    await expect(open({ port: 1 })).rejects.toThrow(/connection refused/);
  });
});

describe('questions', () => {
  it('asked in one tick share a trip, two hundred of them, answered in order', async () => {
    const connection = await open();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        connection.ask({ text: `echo ${n}; echo no >&2; exit ${n % 3}` }),
      ),
    );
    answers.forEach((answer, n) => {
      expect(answer).toEqual({ code: n % 3, stdout: `${n}\n`, stderr: 'no\n' });
    });
    expect(connection.trips).toBe(1);
    await connection.ask({ text: 'true' });
    expect(connection.trips).toBe(2);
  });

  it('bring back a megabyte on both streams', async () => {
    const text = 'head -c 1048576 /dev/zero | tr "\\0" x | tee /dev/stderr';
    const { stdout, stderr } = await (await open()).ask({ text });
    expect([stdout.length, stderr.length]).toEqual([1_048_576, 1_048_576]);
  });

  it('can be put as another user', async () => {
    expect((await (await open()).ask({ text: 'id -un', user: 'nobody' })).stdout).toBe('nobody\n');
  });

  it('that are unanswered when the connection is closed fail', async () => {
    const connection = await open();
    await connection.ask({ text: 'true' });
    const failed = expect(connection.ask({ text: 'sleep 30' })).rejects.toThrow(ConnectionFailed);
    // Closed only once the question is on its way.
    await new Promise((sent) => setImmediate(sent));
    await connection.close();
    await failed;
  });
});

describe('the lock', () => {
  it('is held by one, refused to the next with the words of the holder, and free once the first has closed', async () => {
    const [first, second] = [await open(), await open()];
    expect(await first.lock('a', 'ann since nine')).toEqual({ held: true });
    expect(await second.lock('a', 'bob')).toEqual({ held: false, by: 'ann since nine' });
    await first.close();
    await vi.waitFor(async () => expect(await second.lock('a', 'bob')).toEqual({ held: true }), 10_000);
  });

  it('is not kept by what a question or a command left running', async () => {
    const [first, second] = [await open(), await open()];
    await first.lock('b', 'ann');
    await first.ask({ text: 'sleep 20 >/dev/null 2>&1 &' });
    await first.execute({ text: 'sleep 20 >/dev/null 2>&1 &' }, { timeoutMs: 10_000 });
    await first.close();
    await vi.waitFor(async () => expect(await second.lock('b', 'bob')).toEqual({ held: true }), 10_000);
  });

  it('is free when the process that held it was killed', async () => {
    const client = join(server.directory, 'client.mts');
    const source = resolve(import.meta.dirname, '../../src/connection/ssh.ts');
    writeFileSync(
      client,
      `const { openSsh } = await import(${JSON.stringify(source)});
       const connection = await openSsh(${JSON.stringify(server.login())});
       console.log(JSON.stringify(await connection.lock('c', 'the one that is killed')));`,
    );
    const tsx = import.meta.resolve('tsx');
    const child = spawn(process.execPath, ['--import', tsx, client], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<string>((done) =>
      child.stdout.once('data', (chunk) => done(String(chunk))),
    );
    expect(said.trim()).toBe('{"held":true}');
    const second = await open();
    expect(await second.lock('c', 'bob')).toEqual({ held: false, by: 'the one that is killed' });
    child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await second.lock('c', 'bob')).toEqual({ held: true }), 10_000);
  });
});

describe('a command', () => {
  it('reads a secret from stdin that no process shows', async () => {
    const secret = new Secret(randomBytes(12).toString('hex'));
    const shown: string[] = [];
    const { stdout } = await (await open()).execute(
      { text: 'read -r x; echo asked; sleep 1; printf %s "$x" | wc -c' },
      {
        stdin: secret,
        timeoutMs: 20_000,
        onLine() {
          for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
            if (cmdlineOf(pid).includes(secret.reveal())) shown.push(pid);
        },
      },
    );
    expect(stdout).toBe('asked\n24\n');
    expect(shown).toEqual([]);
  });

  it('gives back its code, also when a signal ended it', async () => {
    const connection = await open();
    expect((await connection.execute({ text: 'exit 7' }, { timeoutMs: 10_000 })).code).toBe(7);
    expect((await connection.execute({ text: 'kill -KILL $$' }, { timeoutMs: 10_000 })).code).toBe(137);
  });

  it('does not wait for a child in the background that holds its output', async () => {
    const ended = (await open()).execute({ text: 'sleep 60 & echo up' }, { timeoutMs: 20_000 });
    expect(await ended).toEqual({ code: 0, stdout: 'up\n', stderr: '' });
  });

  it('is ended with all it started when its time is up, and when the operator aborts', async () => {
    const connection = await open();
    const text = 'sleep 301 & echo $!; echo $$; sleep 302';
    for (const how of ['time', 'abort'] as const) {
      const stop = new AbortController();
      const pids: string[] = [];
      const onLine = (line: string) => {
        if (pids.push(line) === 2 && how === 'abort') stop.abort();
      };
      const timeoutMs = how === 'time' ? 1_500 : 60_000;
      const error = how === 'time' ? 'did not end within 2 s' : Interrupted;
      await expect(connection.execute({ text }, { timeoutMs, onLine, signal: stop.signal })).rejects.toThrow(
        error,
      );
      expect(pids).toHaveLength(2);
      await vi.waitFor(() => expect(pids.map(cmdlineOf)).toEqual(['', '']), 10_000);
    }
  });

  it('is not begun once the operator has gone', async () => {
    const connection = await open();
    const begun = connection.execute({ text: 'true' }, { timeoutMs: 10_000, signal: AbortSignal.abort() });
    await expect(begun).rejects.toThrow(Interrupted);
  });

  it('fails as a lost connection when sshd dies under it, and so do questions', async () => {
    const connection = await open();
    await connection.ask({ text: 'true' });
    const command = expect(
      connection.execute(
        { text: 'echo on; sleep 60' },
        { timeoutMs: 60_000, onLine: () => server.cutSessions() },
      ),
    ).rejects.toThrow(ConnectionFailed);
    const question = expect(connection.ask({ text: 'sleep 60' })).rejects.toThrow(ConnectionFailed);
    await Promise.all([command, question]);
    await expect(connection.ask({ text: 'true' })).rejects.toThrow(ConnectionFailed);
  });
});

function cmdlineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

describe('a file', () => {
  it('is put with mode and owner, over an older one, and leaves nothing beside it', async () => {
    const connection = await open();
    const folder = join(server.directory, 'put');
    await connection.ask({
      text: `mkdir ${folder} && chown nobody ${folder} && chmod 755 ${server.directory}`,
    });
    for (const content of ['one', new Secret('two-two-two')])
      await connection.put({ path: `${folder}/x`, content, mode: 0o640, user: 'nobody' });
    expect(readdirSync(folder)).toEqual(['x']);
    expect(readFileSync(`${folder}/x`, 'utf8')).toBe('two-two-two');
    expect(statSync(`${folder}/x`).mode & 0o777).toBe(0o640);
    expect((await connection.ask({ text: `stat -c %U ${folder}/x` })).stdout).toBe('nobody\n');
  });

  it('is refused by name where its folder is missing', async () => {
    const put = (await open()).put({ path: '/no/such/folder/x', content: 'x', mode: 0o600 });
    await expect(put).rejects.toThrow('there is no folder /no/such/folder');
  });

  const starts: [what: string, start: (bytes: Buffer) => Buffer | undefined][] = [
    ['from nothing', () => undefined],
    ['from where an earlier upload broke off', (bytes) => bytes.subarray(0, 3_000_000)],
    ['from the start when what is there is another file', (bytes) => Buffer.alloc(bytes.length / 2, 7)],
    ['from the start when what is there is too long', (bytes) => Buffer.alloc(bytes.length + 5, 7)],
  ];
  it.each(starts)('is uploaded %s, and is the same', async (_what, start) => {
    const local = join(server.directory, `local-${randomBytes(4).toString('hex')}`);
    const bytes = randomBytes(5_000_000);
    writeFileSync(local, bytes);
    const path = `${local}.there`;
    const before = start(bytes);
    if (before !== undefined)
      writeFileSync(`${path}.part-${(await localChecksum(local)).slice(0, 16)}`, before);
    const progress: number[] = [];
    await (await open()).put({
      path,
      content: { file: local },
      mode: 0o600,
      onProgress: (done) => progress.push(done),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(progress.at(-1)).toBe(bytes.length);
    expect(readdirSync(server.directory).filter((name) => name.includes('.part-'))).toEqual([]);
  });
});

describe('a port', () => {
  it('where nothing listens is told as refused', async () => {
    const connection = await open();
    await expect(connection.tunnel('127.0.0.1', 1)).rejects.toThrow('connection refused');
    expect(await probe(connection, { host: '127.0.0.1', port: 1 })).toEqual({
      ok: false,
      why: 'connection refused',
    });
  });

  it('is asked over HTTP without TLS as well', async () => {
    const web = createWeb((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
    const { port } = web.address() as AddressInfo;
    const connection = await open();
    const ask = (path: string) =>
      probe(connection, { host: '127.0.0.1', port, http: { path, status: { not: [503] } } });
    expect(await ask('/404')).toEqual({ ok: true });
    expect(await ask('/503')).toEqual({ ok: false, why: 'answered 503' });
    await new Promise((done) => web.close(done));
  });

  it('where something listens is open', async () => {
    expect(await probe(await open(), { host: '127.0.0.1', port: server.port })).toEqual({ ok: true });
  });
});
