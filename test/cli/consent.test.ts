import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consentOf } from '../../src/cli/consent.ts';
import { UsageError } from '../../src/errors.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { program, runProgram } from '../support/program.ts';

let folder: string;

const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'consent-'));
  writeFileSync(path('hosts.yaml'), 'all: { hosts: { one: { ansible_connection: local } } }\n');
  const step = { 'run-command': { command: `touch ${path('done')}`, unless: `test -e ${path('done')}` } };
  const plays = [{ name: 'Work', hosts: 'all', steps: [step] }];
  writeFileSync(path('play.yaml'), JSON.stringify({ name: 'Try it', plays }));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A run on a terminal, where the question stands. */
async function asked(...more: readonly string[]) {
  const words = [...program, 'run', 'play.yaml', 'hosts.yaml', '--no-record', ...more];
  const run = startOnTerminal(words, { columns: 80, rows: 24, cwd: folder });
  await run.seen((text) => text.includes('Go on? [y/N]'));
  return run;
}

const isDone = () => existsSync(path('done'));

describe('on a terminal', () => {
  it('a run tells what would be done and asks, and nothing moves meanwhile', async () => {
    const run = await asked();
    expect(run.terminal.text()).toBe(
      'Try it\n1 change would be made on 1 host\n  one  1 change\nGo on? [y/N]',
    );
    expect(isDone()).toBe(false);
    run.type('y\r');
    expect(await run.ended).toBe(0);
    expect(isDone()).toBe(true);
    expect(run.terminal.all()).toMatch(
      /Go on\? \[y\/N\] y\n\nhost .*\n\nDone: 1 change on 1 host in [\d.]+ s$/s,
    );
  }, 30_000);

  it.each([
    ['no', 'n\r'],
    ['an empty line', '\r'],
    ['Ctrl-C', '\u0003'],
    ['the end of what is typed', '\u0004'],
  ])(
    '%s ends it before anything is changed',
    async (_name, typed) => {
      const run = await asked();
      run.type(typed);
      expect(await run.ended).toBe(130);
      expect(run.terminal.all()).toMatch(/\nNothing was changed \([\d.]+ s\)$/);
      expect(run.terminal.cursorShown()).toBe(true);
      expect(isDone()).toBe(false);
      // It left nothing behind, not even a lock.
      const again = await asked('--output', 'lines');
      again.type('y\r');
      expect(await again.ended).toBe(0);
    },
    30_000,
  );

  it('nobody is asked with --yes, in a plan, and where there is nothing to do', async () => {
    const run = async (...more: readonly string[]) => {
      const words = [...program, 'run', 'play.yaml', 'hosts.yaml', '--no-record', ...more];
      const started = startOnTerminal(words, { columns: 80, rows: 24, cwd: folder });
      const code = await started.ended;
      return { code, asked: started.terminal.all().includes('Go on?') };
    };
    expect(await run('--dry-run')).toEqual({ code: 2, asked: false });
    expect(await run('--yes')).toEqual({ code: 0, asked: false });
    expect(await run()).toEqual({ code: 0, asked: false });
  }, 30_000);
});

describe('without a terminal', () => {
  it('a run goes on by itself', () => {
    expect(runProgram(['run', 'play.yaml', 'hosts.yaml'], { cwd: folder })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(isDone()).toBe(true);
  }, 30_000);

  it('what users would notice takes --yes', async () => {
    const preview = { changes: [], failures: [] };
    const consent = (yes: boolean) =>
      consentOf({
        yes,
        warnings: () => ['gw has no twin'],
        aside: (work) => work(),
        stop: new AbortController().signal,
      });
    const refused = consent(false);
    expect(await refused.confirm(preview)).toBe(false);
    expect(refused.refusal()).toBeInstanceOf(UsageError);
    const granted = consent(true);
    expect(await granted.confirm(preview)).toBe(true);
    expect(granted.refusal()).toBeUndefined();
  });
});
