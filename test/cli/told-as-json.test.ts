import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failedLine, wantsJson } from '../../src/cli/told-as-json.ts';
import { InputError, UsageError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { runProgram } from '../support/program.ts';

describe('an error', () => {
  const told = (error: unknown) => JSON.parse(failedLine(error, 64, new Date(0))) as object;

  it('is one line of JSON, with each issue where it stands', () => {
    const issue = { file: 'a.yaml', line: 2, column: 3, path: 'x', message: 'is "wrong"\nin two lines' };
    expect(failedLine(new InputError([issue]), 64, new Date(0)).split('\n')).toHaveLength(2);
    expect(told(new InputError([issue]))).toEqual({
      type: 'failed',
      time: '1970-01-01T00:00:00.000Z',
      exitCode: 64,
      message: 'a.yaml:2:3: x: is "wrong"\nin two lines',
      issues: [issue],
    });
  });

  it('has no secret in it, and says whether it is a fault of ours', () => {
    const secret = new Secret('fake-json-word');
    expect(told(new UsageError(`it is ${secret.reveal()}`))).toMatchObject({ message: 'it is (secret)' });
    expect(told(new TypeError('x is undefined'))).toMatchObject({ fault: true });
  });

  it('is wanted as JSON where that is typed for this program, not for the command it is to run', () => {
    expect(wantsJson(['deploy', 'x', '--output', 'json'])).toBe(true);
    expect(wantsJson(['deploy', '--output=json'])).toBe(true);
    expect(wantsJson(['deploy', '--output', 'lines'])).toBe(false);
    expect(wantsJson(['exec', 'x', 'all', '--', 'kubectl', '--output', 'json'])).toBe(false);
  });
});

describe('exec', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'exec-'));
    const closed = '{ ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: nobody }';
    writeFileSync(
      join(folder, 'hosts.yaml'),
      `all: { hosts: { one: { ansible_connection: local }, two: ${closed} } }\n`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the exit code and the output of each host in JSON, or why there is none', () => {
    const words = ['exec', 'hosts.yaml', 'all', '--output', 'json', '--', 'echo out; echo err >&2; exit 3'];
    const { code, stdout, stderr } = runProgram(words, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      hosts: [
        { host: 'one', code: 3, stdout: 'out\n', stderr: 'err\n' },
        { host: 'two', code: null, error: expect.stringContaining('connection refused') },
      ],
    });
  }, 30_000);
});
