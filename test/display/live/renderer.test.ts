import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRenderer } from '../../../src/display/index.ts';
import type { Event } from '../../../src/engine/event.ts';
import { createTerminal } from '../../support/terminal.ts';

const plays = [{ play: 'Start', hosts: ['km', 'gw'], steps: ['start-server'] }];
const at = (host: string) => ({ play: 'Start', host, step: 'start-server' });
const started: Event = {
  ...{ type: 'run-started', playbook: 'Deploy', plays, hosts: ['km', 'gw'], dryRun: false, time: '' },
};
const begun: Event[] = [
  started,
  { type: 'play-started', play: 'Start', hosts: ['km', 'gw'], groups: [['km'], ['gw']] },
  { type: 'step-started', ...at('km') },
];
const finished: Event = {
  ...{ type: 'run-finished', outcome: 'failed', changed: 0, failed: ['km'], ms: 9_000, dryRun: false },
  tallies: [{ host: 'km', changed: 0, unchanged: 0, failed: 1, left: 0 }],
};
const failure: Event = {
  ...{ type: 'step-finished', ...at('km'), outcome: 'failed', changes: 0, ms: 9 },
  error: { cause: 'it ended', tail: ['last words'], hint: 'look there' },
};

/** A live view on a terminal, beside which somebody writes to the same one. */
async function view({ color = false } = {}) {
  const terminal = createTerminal(60, 20);
  let resized: () => void = () => undefined;
  let frames = 0;
  const stream = {
    columns: 60,
    rows: 20,
    isTTY: true,
    write: (text: string) => {
      frames += 1;
      terminal.write(text.replaceAll(/(?<!\r)\n/g, '\r\n'));
      return true;
    },
    on: (_event: 'resize', listener: () => void) => {
      resized = listener;
    },
    off: () => {
      resized = () => undefined;
    },
  };
  const others = { write: stream.write } as unknown as NodeJS.WriteStream;
  const { emit, done } = createRenderer({
    ...{ output: 'auto', stdout: stream, others: [others], color, verbose: 0, diff: true },
    command: 'deploy x.yaml',
    clock: () => Date.now(),
    now: () => new Date(2026, 2, 4, 5, 6, 7),
  });
  return {
    terminal,
    others,
    done,
    frames: () => frames,
    tell: (...events: readonly Event[]) => events.forEach(emit),
    resize(columns: number, rows: number) {
      terminal.resize(columns, rows);
      Object.assign(stream, { columns, rows });
      resized();
    },
  };
}

beforeEach(async () => {
  // Loaded beforehand, since that takes real time.
  await import('listr2');
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('draws what is true now, soon after it has happened', async () => {
  const { terminal, tell, done } = await view();
  tell(...begun);
  await vi.advanceTimersByTimeAsync(100);
  expect(terminal.text()).toContain('> km  start-server: looking, 0 s\n· gw  waits for its turn after km');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(terminal.text()).toContain('looking, 3 s');
  await done();
});

it('draws ten times a second at most, and once a second where nothing happens but time', async () => {
  const { frames, tell, done } = await view();
  tell(...begun);
  await vi.advanceTimersByTimeAsync(50);
  const before = frames();
  for (let ms = 0; ms < 10_000; ms += 5) {
    tell({ type: 'progress', ...at('km'), done: ms, total: 10_000, rate: 1, ms });
    await vi.advanceTimersByTimeAsync(5);
  }
  expect(frames() - before).toBeLessThanOrEqual(100);
  expect(frames() - before).toBeGreaterThan(50);
  const quiet = frames();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(frames() - quiet).toBeLessThanOrEqual(10);
  await done();
});

it('has failures, and what people are to hear, above it at once and for good', async () => {
  const { terminal, tell, done } = await view();
  tell(...begun, { type: 'output', ...at('km'), text: 'going on without it', told: true });
  await vi.advanceTimersByTimeAsync(100);
  tell(failure);
  await vi.advanceTimersByTimeAsync(100);
  const above = [
    'Deploy',
    '05:06:07  ! km · start-server: going on without it',
    '05:06:07  ✗ km · start-server: it ended',
    'Start (play 1 of 1)',
  ].join('\n');
  expect(terminal.text().startsWith(above)).toBe(true);
  await done();
});

it('lets nobody write into it: what others say stands above it, soon', async () => {
  const { terminal, others, tell, done } = await view();
  tell(...begun);
  await vi.advanceTimersByTimeAsync(100);
  others.write('\nending after the action under way\n');
  await vi.advanceTimersByTimeAsync(100);
  expect(terminal.text()).toMatch(/^Deploy\nending after the action under way\nStart \(play 1 of 1\)/);
  others.write('the last word\n');
  await done();
  expect(terminal.text()).toBe('Deploy\nending after the action under way\nthe last word');
  others.write('and after it\n');
  expect(terminal.text()).toContain('the last word\nand after it');
});

it('fits the terminal after its size has changed', async () => {
  const { terminal, tell, resize, done } = await view();
  tell(...begun, {
    type: 'change-started',
    ...at('km'),
    summary: 'start the server in /opt/wso2/key-manager',
  });
  await vi.advanceTimersByTimeAsync(100);
  resize(34, 12);
  await vi.advanceTimersByTimeAsync(100);
  expect(terminal.text()).toBe(
    [
      'Deploy',
      'Start (play 1 of 1)           0 s',
      '[----------] 0 %, 0 of 2 steps',
      '',
      '> km  start-server: start t…, 0 s',
      '· gw  waits for its turn after km',
    ].join('\n'),
  );
  await done();
});

it('leaves the end of the run, and nothing else', async () => {
  const { terminal, tell, done } = await view();
  tell(...begun);
  await vi.advanceTimersByTimeAsync(100);
  tell(failure, finished);
  await done();
  expect(terminal.text()).toBe(
    [
      'Deploy',
      '05:06:07  ✗ km · start-server: it ended',
      '',
      'host    changed  unchanged  failed  not begun',
      'km            0          0       1          0',
      '',
      '✗ km · start-server: it ended',
      '  | last words',
      '  → look there',
      '',
      'Failed on km, after 0 changes and 9.0 s',
      'next: mend this, then deploy x.yaml again; it carries on fro',
      'm here',
    ].join('\n'),
  );
  expect(terminal.cursorShown()).toBe(true);
});

it('has colours where there are to be some, and none elsewhere', async () => {
  const looks = async (color: boolean) => {
    const { terminal, tell, done } = await view({ color });
    tell(...begun);
    await vi.advanceTimersByTimeAsync(100);
    const row = terminal.rows().find((cells) => cells[0]?.text === '>');
    await done();
    return row?.slice(0, 3).map(({ look }) => look.color);
  };
  expect(await looks(true)).toEqual(['yellow', 'cyan', 'cyan']);
  expect(await looks(false)).toEqual([undefined, undefined, undefined]);
});
