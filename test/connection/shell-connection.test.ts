import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/connection/connection.ts';
import { openLocal } from '../../src/connection/local.ts';
import { Interrupted } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';

let home: string;
let connection: Connection;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'connection-'));
  vi.stubEnv('HOME', home);
  connection = openLocal();
});
afterEach(async () => {
  await connection.close();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Whether a process still runs. One that nobody has waited for yet does not. */
function lives(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('questions', () => {
  it('of one tick share one trip, and each gets its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => connection.ask(sh`echo ${index}; exit ${index % 7}`)),
    );
    expect(answers.map(({ stdout, code }) => `${stdout.trim()} ${code}`)).toEqual(
      answers.map((_, index) => `${index} ${index % 7}`),
    );
    expect(connection.trips).toBe(1);
  });

  it('that are the same in one tick are put once', async () => {
    const file = join(home, 'asked');
    const [first, second, other] = await Promise.all([
      connection.ask(sh`echo asked >> ${file}; cat ${file}`),
      connection.ask(sh`echo asked >> ${file}; cat ${file}`),
      connection.ask(sh`cat ${file}`),
    ]);
    expect([first.stdout, second.stdout, other.stdout]).toEqual(['asked\n', 'asked\n', 'asked\n']);
    await connection.ask(sh`echo asked >> ${file}; cat ${file}`);
    expect(readFileSync(file, 'utf8')).toBe('asked\nasked\n');
  });

  it('have their time from when it is their turn', async () => {
    const slow = connection.ask(sh`sleep 0.6`, 30_000);
    expect((await connection.ask(sh`echo on`, 300)).stdout).toBe('on\n');
    await slow;
  });

  it('are not late because this process was busy while they were answered', async () => {
    await connection.ask(sh`true`);
    const answer = connection.ask(sh`echo on`, 200);
    // It is sent, and then nobody here listens for longer than it has.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    expect((await answer).stdout).toBe('on\n');
  });

  it('keep what is said on stdout and stderr apart', async () => {
    expect(await connection.ask(sh`echo out; echo err >&2`)).toEqual({
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('bring back a megabyte', async () => {
    const { stdout } = await connection.ask(sh`head -c 1048576 /dev/zero | tr '\\0' x`);
    expect(stdout).toHaveLength(1_048_576);
  });

  it('cannot change what later ones find', async () => {
    await connection.ask(sh`cd /; left=behind; exit 3`);
    expect((await connection.ask(sh`echo "$left"`)).stdout).toBe('\n');
  });
});

describe('the lock', () => {
  it('is held by one, refused to the next with the words of the holder, and free when its shell has gone', async () => {
    const other = openLocal();
    expect(await connection.lock('run', 'alice since noon')).toEqual({ held: true });
    expect(await other.lock('run', 'bob')).toEqual({ held: false, by: 'alice since noon' });
    // Something that lives on must not hold it for us.
    const { stdout } = await connection.ask(sh`sleep 30 >/dev/null 2>&1 & echo $!`);
    await connection.close();
    await vi.waitFor(async () => expect(await other.lock('run', 'bob')).toEqual({ held: true }));
    process.kill(Number(stdout));
    await other.close();
  });
});

describe('the lock of a run whose machine was cut off', () => {
  /** What `ss` of the server tells of the connection of the holder: milliseconds since a packet with data, and one without. */
  const heard = (data: number, other: number) => {
    writeFileSync(
      join(home, 'ss'),
      `#!/bin/sh\n: >${home}/asked\n[ "$*" = '-Htin dst [2001:db8::7]:50022' ] && echo ' cubic rto:204 lastsnd:9000 lastrcv:${data} lastack:${other} rcv_space:14480'\n`,
      { mode: 0o755 },
    );
  };
  beforeEach(() => {
    vi.stubEnv('PATH', `${home}:${process.env.PATH}`);
    vi.stubEnv('SSH_CONNECTION', '2001:db8::7 50022 2001:db8::1 22');
  });

  it('is taken from it, and its shell ended, once the kernel has heard nothing from there for long', async () => {
    const other = openLocal();
    expect(await connection.lock('run', 'alice')).toEqual({ held: true });
    heard(90_000, 95_000);
    expect(await other.lock('run', 'bob')).toEqual({ held: true });
    expect(readFileSync(join(home, '.apim-orchestrate/run.holder'), 'utf8')).toMatch(/^bob\n\d+ 2001:db8::7/);
    await other.close();
  });

  it.each([
    ['data comes from there', 4_000, 90_000],
    ['what it is sent is received there', 90_000, 200],
  ])('stays with it while %s', async (_why, data, other) => {
    const next = openLocal();
    expect(await connection.lock('run', 'alice')).toEqual({ held: true });
    heard(data, other);
    expect(await next.lock('run', 'bob')).toEqual({ held: false, by: 'alice' });
    await next.close();
  });

  it('is waited for while nobody can tell, and stays with it when it is heard again', async () => {
    const other = openLocal();
    expect(await connection.lock('run', 'alice')).toEqual({ held: true });
    heard(30_000, 30_000);
    const asked = other.lock('run', 'bob');
    await vi.waitFor(() => statSync(join(home, 'asked')));
    heard(100, 100);
    expect(await asked).toEqual({ held: false, by: 'alice' });
    await other.close();
  });
});

describe('the lock of a shell that was given up', () => {
  it('is taken again by the next, as soon as the old one lets it go', async () => {
    const other = openLocal();
    expect(await connection.lock('run', 'alice')).toEqual({ held: true });
    await expect(connection.ask(sh`sleep 2`, 300)).rejects.toThrow('within');
    expect((await connection.ask(sh`echo on`)).stdout).toBe('on\n');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await other.lock('run', 'bob')).toEqual({ held: false, by: 'alice' });
    await other.close();
  }, 20_000);
});

describe('a file', () => {
  it('is not put where a folder is', async () => {
    const put = connection.put({ path: home, content: 'text', mode: 0o600 });
    await expect(put).rejects.toThrow(/folder|directory/);
  });
});

describe('a command', () => {
  it('reads a secret from stdin, and its lines are passed on', async () => {
    const lines: string[] = [];
    const output = await connection.execute(sh`cat; echo end >&2; exit 4`, {
      stdin: new Secret('whispered'),
      timeoutMs: 10_000,
      onLine: (line) => lines.push(line),
    });
    expect(output).toEqual({ code: 4, stdout: 'whispered', stderr: 'end\n' });
    expect(lines.sort()).toEqual(['end', 'whispered']);
  });

  it('is ended with all it started when its time is up', async () => {
    const file = join(home, 'pids');
    const command = sh`sleep 31 & echo $! > ${file}; sleep 32 & echo $! >> ${file}; wait`;
    await expect(connection.execute(command, { timeoutMs: 300 })).rejects.toThrow('did not end within');
    const pids = readFileSync(file, 'utf8').trim().split('\n');
    expect(pids).toHaveLength(2);
    expect(pids.filter(lives)).toEqual([]);
  });

  it('that goes on until it is stopped is stopped at once, and keeps nothing of what it passed on', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const command = sh`seq 1 20000; exec tail -f /dev/null`;
    const began = Date.now();
    const running = connection.execute(command, {
      timeoutMs: Number.POSITIVE_INFINITY,
      signal: abort.signal,
      onLine: (line) => {
        lines.push(line);
        if (line === '20000') abort.abort();
      },
    });
    await expect(running).rejects.toThrow(Interrupted);
    expect(lines).toHaveLength(20_000);
    expect(Date.now() - began).toBeLessThan(5_000);
    const ended = await connection.execute(sh`seq 1 20000`, { timeoutMs: Number.POSITIVE_INFINITY });
    expect(ended.stdout).toHaveLength(4096);
    expect(ended.stdout).toMatch(/\n20000\n$/);
  });

  it('is ended when the operator will not wait for its first word', async () => {
    const abort = new AbortController();
    const file = join(home, 'pid');
    const running = connection.execute(sh`echo $$ > ${file}; exec sleep 34`, {
      timeoutMs: 10_000,
      signal: abort.signal,
    });
    abort.abort();
    await expect(running).rejects.toThrow(Interrupted);
    const pid = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
    expect(pid === undefined ? [] : [pid].filter(lives)).toEqual([]);
  });

  it('is ended when the operator will not wait', async () => {
    const abort = new AbortController();
    const running = connection.execute(sh`echo begun; sleep 33`, {
      timeoutMs: 10_000,
      signal: abort.signal,
      onLine: () => abort.abort(),
    });
    await expect(running).rejects.toThrow(Interrupted);
  });
});

describe('a file that is put', () => {
  it('is there with its mode, and nothing beside it', async () => {
    const path = join(home, 'secret');
    await connection.put({ path, content: new Secret('inside'), mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('inside');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await connection.ask(sh`ls -A ${home}`)).stdout).toBe('secret\n');
  });

  it('leaves the old one as it was when it cannot be written', async () => {
    await expect(connection.put({ path: join(home, 'no/such'), content: 'x', mode: 0o644 })).rejects.toThrow(
      'could not be written',
    );
  });

  it('from a file with another checksum than the wanted one is refused', async () => {
    writeFileSync(join(home, 'pack'), 'damaged');
    const content = { file: join(home, 'pack'), sha256: 'ab'.repeat(32) };
    await expect(connection.put({ path: join(home, 'there'), content, mode: 0o644 })).rejects.toThrow(
      'is wanted',
    );
  });
});
