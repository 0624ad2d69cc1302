import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lists-'));
  // Nobody is there: whoever connected would wait.
  const hosts = ['a', 'b', 'c'].map((name, index) => `${name}: { ansible_host: 192.0.2.${index + 1} }`);
  writeFileSync(join(folder, 'inventory.yaml'), `all: { hosts: { ${hosts.join(', ')} } }\n`);
  const step = (name: string) =>
    `      - run-command: { unless: "test -e /srv/${name}", command: "touch /srv/${name}" }\n`;
  writeFileSync(
    join(folder, 'own.yaml'),
    `name: Own\nplays:\n  - name: Both\n    hosts: a:b\n    steps:\n${step('x')}${step('y')}  - name: Here\n    hosts: controller\n    steps:\n${step('z')}`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: readonly string[]) =>
  runProgram(['run', 'own.yaml', 'inventory.yaml', ...words], { cwd: folder });

describe('a list', () => {
  it('of hosts has those of each play, as the pattern and the limit leave them, and asks none of them', () => {
    expect(run('--list-hosts')).toEqual({
      code: 0,
      stdout: 'Both (2)\n  a\n  b\nHere (1)\n  controller\n',
      stderr: '',
    });
    expect(run('--list-hosts', '-l', 'all:!a').stdout).toBe('Both (1)\n  b\nHere (1)\n  controller\n');
  }, 30_000);

  it('of steps has those of each play in their order', () => {
    expect(run('--list-steps').stdout).toBe(
      'Both (2)\n  run-command\n  run-command\nHere (1)\n  run-command\n',
    );
  }, 30_000);

  it('has what is left from a step on', () => {
    expect(run('--list-steps', '--start-at-step', 'run-command').stdout).toMatch(/^Both \(2\)\n/);
    expect(run('--list-steps', '--start-at-step', 'run-comand')).toMatchObject({
      code: 64,
      stderr: 'there is no step "run-comand" in this run; did you mean "run-command"?\n',
    });
  }, 30_000);

  it('is JSON for programs', () => {
    expect(JSON.parse(run('--list-hosts', '--output', 'json').stdout)).toEqual([
      { play: 'Both', hosts: ['a', 'b'] },
      { play: 'Here', hosts: ['controller'] },
    ]);
  }, 30_000);

  it('is of the one or the other', () => {
    expect(run('--list-steps', '--list-hosts')).toMatchObject({
      code: 64,
      stderr: 'give --list-hosts or --list-steps, not both\n',
    });
  }, 30_000);
});
