import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OnTerminal, startOnTerminal } from '../support/on-terminal.ts';
import { startSshd } from '../support/sshd.ts';
import { screenAt } from '../support/terminal.ts';

/** The tool on a real terminal, at hosts that are this machine: each step ends when the test lets it. */

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-view-'));
  const hosts = Object.fromEntries(
    ['one', 'two', 'three'].map((name) => [name, { ansible_connection: 'local' }]),
  );
  writeFileSync(join(folder, 'hosts.yaml'), JSON.stringify({ all: { hosts } }));
  const step = (name: string) => ({
    'run-command': {
      command: `until test -e ${folder}/go-${name}; do sleep 0.05; done; touch ${folder}/${name}`,
      unless: `test -e ${folder}/${name}`,
    },
  });
  const plays = [
    { name: 'Prepare', hosts: 'one', steps: [step('prepared')] },
    { name: 'Work', hosts: 'all', in: 'sequence', steps: [step('worked')] },
  ];
  writeFileSync(join(folder, 'play.yaml'), JSON.stringify({ name: 'Try it', plays }));
});

afterEach(() => rmSync(folder, { recursive: true }));

function start(...environment: string[]): OnTerminal {
  const tool = [process.execPath, program, 'run', 'play.yaml', 'hosts.yaml', '--no-record', '--yes'];
  const words = ['env', ...environment, ...tool];
  return startOnTerminal(words, { columns: 80, rows: 24, cwd: folder });
}

const go = (name: string) => writeFileSync(join(folder, `go-${name}`), '');

it('shows what is true now, fits after a resize, and leaves the end of the run', async () => {
  const run = start();
  await run.seen((text) => text.includes('two    waits for Prepare'));
  expect(run.terminal.text()).toMatch(
    /^Try it\nPrepare \(play 1 of 2\) +\d+ s\n\[-{20}\] 0 %, 0 of 4 steps\n\n> one {4}run-command: run until test -e .*…, \d+ s\n· two {4}waits for Prepare\n· three {2}waits for Prepare$/,
  );
  expect(run.terminal.cursorShown()).toBe(false);
  run.resize(44, 12);
  await run.seen((text) => text.includes('\n[----------] 0 %, 0 of 4 steps\n'));
  const lines = run.terminal.text().split('\n');
  // Nothing of the wider view is left.
  expect(lines).toHaveLength(7);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(44);
  go('prepared');
  await run.seen((text) => text.includes('three  waits for its turn after two'));
  expect(run.terminal.text()).toMatch(
    /> one {4}run-command: run .*\n· two {4}waits for its turn after one\n/,
  );
  go('worked');
  expect(await run.ended).toBe(0);
  expect(run.terminal.cursorShown()).toBe(true);
  expect(run.terminal.all()).toMatch(
    /^Try it\n\nhost {5}changed.*\none .*\ntwo .*\nthree .*\n\nDone: 2 changes on 3 hosts in [\d.]+ s$/s,
  );
  // What was on the screen at any moment can be shown again, with its colours.
  const moment = run.written.find(({ text }) => text.includes('waits for Prepare'))?.ms ?? 0;
  const row = screenAt(run.written, moment, 80, 24)
    .rows()
    .find((cells) => cells[0]?.text === '>');
  expect(row?.slice(0, 3).map(({ look }) => look.color)).toEqual(['yellow', 'cyan', 'cyan']);
});

it('tells what Ctrl-C does above the view, which goes on with what is true then', async () => {
  const run = start();
  await run.seen((text) => text.includes('two    waits for Prepare'));
  run.type('\u0003');
  await run.seen((text) => text.includes('two    goes no further: the run is ending'));
  const [title, said, head] = run.terminal.text().split('\n');
  expect([title, said]).toEqual(['Try it', 'ending after the action under way; once more to end that, too']);
  expect(head).toMatch(/^Prepare \(play 1 of 2\) +\d+ s$/);
  go('prepared');
  expect(await run.ended).toBe(130);
  expect(run.terminal.all()).toMatch(/^Try it\nending after .*\n\nhost .*\nInterrupted after 1 change and /s);
});

it('has no colours where nobody wants them', async () => {
  const run = start('NO_COLOR=1');
  await run.seen((text) => text.includes('two    waits for Prepare'));
  const looks = run.terminal.rows().flatMap((cells) => cells.map(({ look }) => look));
  expect(looks.filter((look) => Object.keys(look).length > 0)).toEqual([]);
  go('prepared');
  go('worked');
  expect(await run.ended).toBe(0);
});

it('is no view but lines with the time, where the cursor of a terminal cannot be moved', async () => {
  go('prepared');
  go('worked');
  const run = start('TERM=dumb');
  expect(await run.ended).toBe(0);
  expect(run.terminal.all()).toMatch(
    /^\d\d:\d\d:\d\d {2}Try it: one, two, three\n\n\d\d:\d\d:\d\d {2}Prepare\n/,
  );
});

it('makes room for a passphrase that a server turns out to want, and shows none of it', async () => {
  const server = await startSshd();
  try {
    const key = server.makeKey('locked', 'fake-phrase');
    appendFileSync(join(server.directory, 'authorized_keys'), readFileSync(`${key}.pub`));
    const options = [`IdentityFile=${key}`, 'IdentitiesOnly=yes', `UserKnownHostsFile=${server.knownHosts}`];
    const far = {
      ansible_host: '127.0.0.1',
      ansible_port: server.port,
      ansible_user: 'root',
      ansible_ssh_common_args: options.map((option) => `-o ${option}`).join(' '),
    };
    const hosts = { one: { ansible_connection: 'local' }, two: { ansible_connection: 'local' }, three: far };
    writeFileSync(join(folder, 'hosts.yaml'), JSON.stringify({ all: { hosts } }));
    for (const name of ['prepared', 'worked']) go(name);
    const run = start();
    const question = `Passphrase of the key ${key}:`;
    const typed = (text: string) => text.replaceAll(/\s/g, '');
    await run.seen((text) => typed(text).includes(typed(question)));
    expect(run.terminal.cursorShown()).toBe(true);
    run.type('fake-phrase\r');
    expect(await run.ended).toBe(0);
    expect(run.terminal.cursorShown()).toBe(true);
    expect(run.written.map(({ text }) => text).join('')).not.toContain('fake-phrase');
    expect(run.terminal.all()).toMatch(/Done: \d changes on 3 hosts in [\d.]+ s$/);
    expect(typed(run.terminal.all()).split(typed(question))).toHaveLength(2);
  } finally {
    server.stop();
  }
});
