import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const tool = ['--import', 'tsx', join(root, 'src/cli/main.ts')];
let folder: string;
let inventory: string;
let playbook: string;

const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lost-'));
  inventory = path('inventory.yaml');
  playbook = path('own.yaml');
  writeFileSync(inventory, 'all: { hosts: { a: { ansible_connection: local } } }\n');
  const step = (name: string, command: string) =>
    `      - run-command: { unless: "test -e ${path(name)}", command: "${command}; touch ${path(name)}" }\n`;
  writeFileSync(
    playbook,
    `name: Own\nplays:\n  - name: A\n    hosts: a\n    steps:\n${step('first', 'sleep 1')}${step('second', 'true')}`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a line of bash in which TOOL is this tool; gives its last line as well, where it can tell exit codes. */
function bash(line: string) {
  const words = [process.execPath, ...tool].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync('bash', ['-c', line.replaceAll('TOOL', words)], {
    cwd: root,
    encoding: 'utf8',
  });
  return { lines: stdout.trim().split('\n'), stderr };
}

describe('what nobody reads any more', () => {
  it('ends a command that only shows something, without a word', () => {
    const { lines, stderr } = bash(
      `TOOL exec ${inventory} a -- 'seq 1 200000' | head -2; echo "\${PIPESTATUS[*]}"`,
    );
    expect(lines).toEqual(['a | 1', 'a | 2', '141 0']);
    expect(stderr).not.toMatch(/EPIPE|fault|at .*node:/);
  }, 30_000);

  it('ends a run after the action under way, which is on record, and the same again carries on', async () => {
    const run = spawn(process.execPath, [...tool, 'run', playbook, inventory, '--output', 'lines'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    run.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    run.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('+ run') || chunk.includes('~ run')) run.stdout.destroy();
    });
    const code = await new Promise((done) => run.on('close', done));
    expect(code).toBe(141);
    expect(stderr).not.toMatch(/EPIPE|fault|at .*node:/);
    expect([existsSync(path('first')), existsSync(path('second'))]).toEqual([true, false]);
    expect(bash(`TOOL runs ${inventory}`).lines.at(-1)).toMatch(/interrupted$/);
    expect(bash(`TOOL run ${playbook} ${inventory} >/dev/null; echo $?`).lines).toEqual(['0']);
    expect(existsSync(path('second'))).toBe(true);
  }, 60_000);
});

describe('a disk without room for what is printed', () => {
  it('is told in one line, and ends what is done', () => {
    const { lines, stderr } = bash(`TOOL run ${playbook} ${inventory} --dry-run >/dev/full; echo $?`);
    expect(lines).toEqual(['74']);
    expect(stderr).toMatch(/^what this prints cannot be written: .*no space left on device.*\n$/);
    expect(bash(`TOOL --help >/dev/full; echo $?`).lines).toEqual(['74']);
  }, 30_000);
});
