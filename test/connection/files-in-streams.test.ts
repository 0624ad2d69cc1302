import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection, Output } from '../../src/connection/connection.ts';
import { feedFile, receiveFile } from '../../src/connection/files-in-streams.ts';
import { openLocal } from '../../src/connection/local.ts';
import { openSsh } from '../../src/connection/ssh.ts';
import { Interrupted, StepFailed } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { type Command, sh } from '../../src/shell/command.ts';
import { type SshServer, startSshServer } from '../support/ssh-server.ts';

let folder: string;
let connection: Connection;
let server: SshServer | undefined;
const at = (name: string) => join(folder, name);
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streams-'));
  connection = openLocal();
});
afterEach(async () => {
  await connection.close();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

function receive(command: Command, more: Partial<Parameters<typeof receiveFile>[2]> = {}) {
  const told: number[] = [];
  const heard: (Output & { readonly tail: string })[] = [];
  const done = receiveFile(connection, command, {
    path: at('kept.gz'),
    timeoutMs: 60_000,
    silentMs: 60_000,
    signal: new AbortController().signal,
    onProgress: (bytes) => told.push(bytes),
    accept: (output) => heard.push(output),
    ...more,
  });
  return { done, told, heard };
}

describe.each(['on this machine', 'over SSH'])('what a command prints, %s,', (where) => {
  beforeEach(async () => {
    if (where === 'on this machine') return;
    await connection.close();
    server = await startSshServer();
    connection = await openSsh(server.login({ keyFile: server.keys.known }));
  });

  it('is kept in a file byte by byte, however much it is, for its owner alone', async () => {
    const bytes = randomBytes(6 * 1024 * 1024);
    writeFileSync(at('source'), bytes);
    const { done, told, heard } = receive(sh`echo said >&2; cat ${at('source')}; echo the end`);
    await done;
    const kept = gunzipSync(readFileSync(at('kept.gz')));
    expect(sum(kept)).toBe(sum(Buffer.concat([bytes, Buffer.from('the end\n')])));
    expect(statSync(at('kept.gz')).mode & 0o777).toBe(0o600);
    expect(told.at(-1)).toBe(kept.length);
    expect(heard).toEqual([
      { code: 0, stdout: '', stderr: 'said\n', tail: expect.stringMatching(/the end\n$/) },
    ]);
    expect(readdirSync(folder).sort()).toEqual(['kept.gz', 'source']);
  });

  it('goes to a command as it is, between what goes before it and after', async () => {
    const bytes = randomBytes(6 * 1024 * 1024);
    writeFileSync(at('packed.gz'), gzipSync(bytes));
    const told: [number, number][] = [];
    const output = await feedFile(connection, sh`read -r first; echo "$first"; sha256sum | cut -d ' ' -f 1`, {
      path: at('packed.gz'),
      before: new Secret('before-it\n'),
      after: 'after-it\n',
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onProgress: (done, total) => told.push([done, total]),
    });
    expect(output.stdout).toBe(`before-it\n${sum(Buffer.concat([bytes, Buffer.from('after-it\n')]))}\n`);
    const size = statSync(at('packed.gz')).size;
    expect(told.at(-1)).toEqual([size, size]);
  });
});

describe('a command whose output is kept', () => {
  it('is fed with what it is given', async () => {
    await receive(sh`cat`, { stdin: new Secret('a fake word') }).done;
    expect(gunzipSync(readFileSync(at('kept.gz'))).toString()).toBe('a fake word');
  });

  it('leaves nothing if what it says is not accepted', async () => {
    const accept = () => {
      throw new StepFailed({ cause: 'no' });
    };
    await expect(receive(sh`echo half; exit 3`, { accept }).done).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is ended if it prints nothing for too long', async () => {
    const { done } = receive(sh`echo on; sleep 60`, { silentMs: 300 });
    await expect(done).rejects.toThrow('it printed nothing for 0.3 s and was stopped');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is ended when somebody breaks it off', async () => {
    const abort = new AbortController();
    const { done } = receive(sh`while :; do echo on; sleep 0.01; done`, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(done).rejects.toThrow(Interrupted);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is ended where its output cannot be kept', async () => {
    const { done } = receive(sh`yes`, { path: at('nowhere/kept.gz') });
    await expect(done).rejects.toThrow(/what it prints cannot be kept: ENOENT/);
  });

  it('takes nothing in the place of a file that is there until it is whole', async () => {
    writeFileSync(at('kept.gz'), 'before');
    const accept = () => {
      throw new StepFailed({ cause: 'no' });
    };
    await expect(receive(sh`echo new`, { accept }).done).rejects.toThrow('no');
    expect(readFileSync(at('kept.gz'), 'utf8')).toBe('before');
  });
});

describe('a command that is fed with a file', () => {
  const feed = (command: Command, path: string) =>
    feedFile(connection, command, {
      path,
      before: new Secret('fake-before\n'),
      after: 'after\n',
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });

  it('never gets what goes after a file that is damaged', async () => {
    const packed = gzipSync(randomBytes(200_000));
    writeFileSync(at('cut.gz'), packed.subarray(0, 150_000));
    await expect(feed(sh`cat > ${at('got')}`, at('cut.gz'))).rejects.toThrow(
      /what is sent to .* breaks off: unexpected end of file/,
    );
    expect(existsSync(at('got'))).toBe(true);
    expect(readFileSync(at('got')).includes('after\n')).toBe(false);
  });

  it('ends when it wants no more, with its own code and words', async () => {
    writeFileSync(at('packed.gz'), gzipSync(randomBytes(5_000_000)));
    expect(await feed(sh`echo enough >&2; exit 7`, at('packed.gz'))).toMatchObject({
      code: 7,
      stderr: 'enough\n',
    });
  });

  it('is not begun if there is no such file', async () => {
    await expect(feed(sh`touch ${at('begun')}`, at('none.gz'))).rejects.toThrow(
      /none\.gz cannot be read: ENOENT/,
    );
    expect(existsSync(at('begun'))).toBe(false);
  });
});
