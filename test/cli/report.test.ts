import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';

let folder: string;
let inventory: string;
let playbook: string;

const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
  inventory = path('inventory.yaml');
  playbook = path('own.yaml');
  writeFileSync(inventory, 'all:\n  hosts:\n    far: { ansible_host: 192.0.2.1 }\n');
  const command = JSON.stringify(`touch ${path('made')}`);
  writeFileSync(
    playbook,
    `name: Own\nplays:\n  - name: Here\n    hosts: controller\n    steps:\n      - run-command: { unless: "test -e ${path('made')}", command: ${command} }\n`,
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

const run = (...words: readonly string[]) => runProgram(words, { environment: { HOME: folder } });

/** The line of a page that tells how the run ended. */
const verdictOf = (file: string) => /<title>([^<]*)</.exec(readFileSync(file, 'utf8'))?.[1];

describe('report', () => {
  it('writes the page of a run on record beside the record, or where it is told to, for the user alone', () => {
    expect(run('run', playbook, inventory).code).toBe(0);
    const { code, stdout } = run('report', 'last', inventory);
    expect(code).toBe(0);
    const file = stdout.trim();
    const [record = ''] = readdirSync(path('runs')).filter((name) => name.endsWith('.jsonl'));
    expect(file).toBe(join(folder, 'runs', record.replace('.jsonl', '.html')));
    expect(verdictOf(file)).toBe('Own: Done: 1 change');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(run('report', 'last', inventory, '--out', path('own.html')).stdout).toBe(`${path('own.html')}\n`);
    expect(readFileSync(path('own.html'), 'utf8')).toBe(readFileSync(file, 'utf8'));
    // A page is no run.
    expect(run('runs', inventory).stdout.trim().split('\n')).toHaveLength(2);
  }, 60_000);

  it('shows what a load saw meanwhile, and refuses what is none, or was at another time', () => {
    expect(run('run', playbook, inventory).code).toBe(0);
    const seen = { seconds: 600, roles: { gateway: { requests: 7 } }, bySecond: [] };
    const show = (content: unknown) => {
      writeFileSync(path('load.json'), typeof content === 'string' ? content : JSON.stringify(content));
      return run('report', 'last', inventory, '--out', path('own.html'), '--load', path('load.json'));
    };
    const began = new Date(Date.now() - 300_000).toISOString();
    expect(show({ ...seen, began }).code).toBe(0);
    expect(readFileSync(path('own.html'), 'utf8')).toContain('no request failed: 7 in 10 min 00 s');
    for (const [content, words] of [
      ['{', /load\.json cannot be read: /],
      [{ ...seen, began: 'today' }, /load\.json is no report of a load: began: /],
      [{ ...seen, began, roles: { gateway: { requests: -7 } } }, /: roles\.gateway\.requests: /],
      [
        { ...seen, began: '2026-01-01T00:00:00Z' },
        /to 2026-01-01T00:10:00\.000Z, and the run .*: not at the same/,
      ],
    ] as const)
      expect(show(content)).toMatchObject({ code: 64, stderr: expect.stringMatching(words) as string });
  }, 60_000);

  it('refuses a run that there is none of, and a folder that is not there', () => {
    expect(run('report', 'last', inventory)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('no run is on record') as string,
    });
    expect(run('run', playbook, inventory).code).toBe(0);
    expect(run('report', 'last', inventory, '--out', path('none/own.html'))).toMatchObject({
      code: 64,
      stderr: `there is no folder ${path('none')} to write a page into\n`,
    });
  }, 60_000);
});

describe('--report', () => {
  it('writes the page of this very run, also of a plan and of one that leaves no record', () => {
    const page = path('page.html');
    const planned = run('run', playbook, inventory, '--dry-run', '--report', page);
    expect(planned).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/\nthe page of this run: .*\n$/) as string,
    });
    expect(verdictOf(page)).toBe('Own: Plan: 1 change to make');
    expect(
      run('run', playbook, inventory, '--no-record', '--report', page, '--output', 'json'),
    ).toMatchObject({
      ...{ code: 0, stderr: `the page of this run: ${page}\n` },
      stdout: expect.not.stringContaining('the page') as string,
    });
    expect(verdictOf(page)).toBe('Own: Done: 1 change');
    expect(existsSync(path('runs'))).toBe(false);
  }, 60_000);

  it('begins nothing where the page has no folder', () => {
    expect(run('run', playbook, inventory, '--report', path('none/page.html')).code).toBe(64);
    expect(existsSync(path('made'))).toBe(false);
  }, 30_000);

  it('leaves the run as it was where the page cannot be written in the end, and says so', () => {
    const { code, stdout } = run('run', playbook, inventory, '--report', folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nthe page of this run cannot be written: E/);
    expect(existsSync(path('made'))).toBe(true);
  }, 30_000);
});
