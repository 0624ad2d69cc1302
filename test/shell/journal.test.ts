import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendToJournal, readJournal } from '../../src/shell/journal.ts';

const shells = ['/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const run = (text: string, shell = '/bin/sh') =>
  execFileSync(shell, ['-c', text], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home },
    maxBuffer: 16 * 1024 * 1024,
  });
const file = (name: string) => join(home, '.apim-orchestrate', name);

it.each(shells)('a journal is begun, and goes on, in %s', (shell) => {
  expect(run(readJournal().text, shell)).toBe('');
  const line = `{"what":"it's $HOME \\n \`id\`"}`;
  run(appendToJournal(line, { tidy: true }).text, shell);
  run(appendToJournal('two', { tidy: false }).text, shell);
  expect(run(readJournal().text, shell)).toBe(`${line}\ntwo\n`);
  expect(statSync(file('journal')).mode & 0o777).toBe(0o600);
});

it('one that has grown large becomes the one before, of which there is one', () => {
  run(appendToJournal('first', { tidy: true }).text);
  writeFileSync(file('journal.1'), 'older\n');
  writeFileSync(file('journal'), `${'x'.repeat(1_100_000)}\n`);
  run(appendToJournal('second', { tidy: false }).text);
  expect(readFileSync(file('journal.1'), 'utf8')).toBe('older\n');
  run(appendToJournal('third', { tidy: true }).text);
  expect(readFileSync(file('journal'), 'utf8')).toBe('third\n');
  expect(run(readJournal().text)).toMatch(/^x+\nsecond\nthird\n$/);
});
