import { describe, expect, it } from 'vitest';
import type { Connection, ExecuteOptions, Output, Upload } from '../../src/connection/connection.ts';
import { apply, type Hands } from '../../src/engine/apply.ts';
import { converse, put, run, sql } from '../../src/engine/plan.ts';
import { StepFailed } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeConnection, fakeServer } from '../support/fake-connection.ts';

const database = {
  type: 'mysql',
  host: 'db.example.com',
  port: 3306,
  username: 'ann',
  password: Secret.document('fake-password', 'fake-password'),
} as const;

/** Hands that write down what is handed on, at a server whose commands end so. */
function hands(ends: Partial<Output> = {}) {
  const executed: ExecuteOptions[] = [];
  const uploads: Upload[] = [];
  const heard: string[] = [];
  const connection: Connection = {
    ...fakeConnection(fakeServer([['', ends]])),
    async execute(_command, options) {
      executed.push(options);
      const output = { code: 0, stdout: '', stderr: '', ...ends };
      for (const line of output.stdout.split('\n').filter((each) => each !== '')) options.onLine?.(line);
      return output;
    },
    async put(upload) {
      uploads.push(upload);
    },
    async tunnel() {
      throw new StepFailed({ cause: 'connection refused' });
    },
  };
  const never = new AbortController().signal;
  const all: Hands = {
    connection,
    abort: never,
    stop: new AbortController().signal,
    output: (text) => heard.push(text),
    tell: (text) => heard.push(text),
    progress: (done, total) => heard.push(`${done} of ${total}`),
    waiting: (what) => heard.push(what),
  };
  return { all, executed, uploads, heard, never };
}

describe('a command that is run', () => {
  it('is fed only what it is given, and ends when its time is up or somebody breaks it off', async () => {
    const { all, executed, never } = hands();
    await apply(run(sh`true`, { timeoutMs: 7 }), all);
    await apply(run(sh`true`, { stdin: 'a text' }), all);
    expect(executed[0]).toMatchObject({ timeoutMs: 7, signal: never });
    expect(executed[0]).not.toHaveProperty('stdin');
    expect(executed[1]).toHaveProperty('stdin', 'a text');
  });

  it('is heard line by line, and a line that tells how far it is counts as that', async () => {
    const { all, heard } = hands({ stdout: 'one\n50\ntwo\n' });
    const progress = (line: string) => (line === '50' ? { done: 50, total: 100 } : undefined);
    await apply(run(sh`true`, { progress }), all);
    expect(heard).toEqual(['one', '50 of 100', 'two']);
    const plain = hands({ stdout: '50\n' });
    await apply(run(sh`true`), plain.all);
    expect(plain.heard).toEqual(['50']);
  });

  it('that fails is told by its name, or else by its first line, with its last words and what to do', async () => {
    const { all } = hands({ code: 3, stderr: 'first\n\nlast\n' });
    await expect(apply(run(sh`begin`, { shown: 'a name', hint: 'try again' }), all)).rejects.toMatchObject({
      cause: 'a name exited with 3',
      tail: ['first', 'last'],
      hint: 'try again',
    });
    await expect(apply(run({ text: 'begin\nend' }), all)).rejects.toMatchObject({
      cause: expect.stringMatching(/^begin\S* exited with 3$|^begin … exited with 3$/),
      hint: undefined,
    });
  });

  it('may say itself what its failure means', async () => {
    const { all } = hands({ code: 3, stderr: 'E42' });
    const explain = ({ stderr }: Output) =>
      stderr === 'E42' ? { cause: 'the disk is full', tail: ['/dev/sda'], hint: 'make room' } : undefined;
    await expect(apply(run(sh`begin`, { explain }), all)).rejects.toMatchObject({
      cause: 'the disk is full',
      tail: ['/dev/sda'],
      hint: 'make room',
    });
    const bare = () => ({ cause: 'it is' });
    await expect(apply(run(sh`begin`, { explain: bare }), all)).rejects.toMatchObject({ tail: [] });
    await expect(apply(run(sh`begin`, { explain: () => undefined }), all)).rejects.toMatchObject({
      cause: 'begin exited with 3',
    });
  });
});

describe('a file that is put', () => {
  it('belongs to whom it is for, or to whoever is logged in; one that is made late is made then', async () => {
    const { all, uploads } = hands();
    await apply(put('/a', 'text', 0o600), all);
    await apply(
      put('/b', async () => 'made', 0o640, 'wso2'),
      all,
    );
    expect(uploads[0]).toMatchObject({ path: '/a', content: 'text', mode: 0o600 });
    expect(uploads[0]).not.toHaveProperty('user');
    expect(uploads[1]).toMatchObject({ path: '/b', content: 'made', mode: 0o640, user: 'wso2' });
  });
});

describe('what is said to a database server', () => {
  it.each<[string, Parameters<typeof apply>[0]]>([
    ['a script', sql({ database, shown: 'make the tables', script: 'SELECT 1' })],
    ['a talk', converse({ database, shown: 'make the tables', talk: function* () {} })],
  ])('fails by the name of it if the server does not answer: %s', async (_what, action) => {
    await expect(apply(action, hands().all)).rejects.toThrow(/^make the tables: .*connection refused/);
  });

  it.each<[string, Parameters<typeof apply>[0]]>([
    ['a script', sql({ database, shown: 'make the tables', script: sh`cat it` })],
    ['a talk', converse({ database, shown: 'make the tables', reads: sh`cat it`, talk: function* () {} })],
  ])('fails if the server cannot read it: %s', async (_what, action) => {
    const { all } = hands({ code: 1, stderr: 'no such file\n' });
    await expect(apply(action, all)).rejects.toMatchObject({
      cause: 'make the tables: its script cannot be read',
      tail: ['no such file'],
    });
  });

  it('may be refused by codes that mean that it was so already', async () => {
    const script = { database, shown: 'make the tables', script: 'SELECT 1' };
    const failed = await apply(sql(script), hands().all).catch((error: StepFailed) => error.cause);
    const [, code = ''] = String(failed).split(': ');
    await expect(apply(sql({ ...script, tolerate: [code] }), hands().all)).resolves.toBeUndefined();
    await expect(apply(sql({ ...script, tolerate: ['other'] }), hands().all)).rejects.toThrow(code);
  });
});
