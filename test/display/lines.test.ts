import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/display/diff.ts';
import { createRenderer, type OutputKind } from '../../src/display/index.ts';
import { doing, printable, showDuration, showSeconds } from '../../src/display/words.ts';
import type { Event } from '../../src/engine/event.ts';

const at = { play: 'Start', host: 'gw', step: 'start-server' };
const started = (dryRun: boolean): Event => ({
  type: 'run-started',
  playbook: 'Deploy',
  plays: [{ play: 'Start', hosts: ['gw'], steps: ['start-server'] }],
  hosts: ['gw'],
  dryRun,
  time: '2026-01-01T00:00:00Z',
});
const finished = (outcome: 'ok' | 'failed', changed: number, dryRun: boolean): Event => ({
  type: 'run-finished',
  outcome,
  changed,
  failed: outcome === 'failed' ? ['gw'] : [],
  tallies: [{ host: 'gw', changed, unchanged: 1, failed: outcome === 'failed' ? 1 : 0, left: 0 }],
  ms: 1234,
  dryRun,
});

async function shown(
  events: readonly Event[],
  output: OutputKind = 'lines',
  columns?: number,
  verbose = 0,
): Promise<string> {
  let text = '';
  const stdout = {
    write: (chunk: string) => {
      text += chunk;
    },
    ...(columns === undefined ? {} : { isTTY: true, columns }),
  };
  const renderer = createRenderer({
    output,
    stdout,
    color: false,
    verbose,
    diff: true,
    command: 'deploy x.yaml',
    clock: () => 0,
    now: () => new Date('2026-03-04T05:06:07.089Z'),
  });
  for (const event of events) renderer.emit(event);
  await renderer.done();
  return text;
}

describe('lines', () => {
  it('tell more with every -v: what is unchanged; actions and turns; connections and every wait', async () => {
    const events: Event[] = [
      started(false),
      { type: 'host-connecting', host: 'gw' },
      { type: 'host-connected', host: 'gw', ms: 300 },
      { type: 'turn-awaited', ...at, hosts: ['km'] },
      { type: 'action-finished', ...at, what: 'wso2server.sh start' },
      { type: 'waiting', ...at, what: 'gw to be ready', why: 'not yet', ms: 10 },
      { type: 'waiting', ...at, what: 'gw to be ready', why: 'not yet', ms: 500 },
      { type: 'step-finished', ...at, outcome: 'unchanged', changes: 0, ms: 1 },
      finished('ok', 0, false),
    ];
    const seen = async (verbose: number) =>
      (await shown(events, 'lines', undefined, verbose))
        .split('\n')
        .filter((line) => /^\S+ {2}gw /.test(line))
        .map((line) => line.replace(/^\S+ {2}gw {2}/, ''));
    const wait = 'start-server  waiting for gw to be ready (not yet), 0.0 s';
    expect(await seen(0)).toEqual([]);
    expect(await seen(1)).toEqual(['start-server  unchanged']);
    const more = ['start-server  waits for its turn after km', 'start-server  · wso2server.sh start'];
    expect(await seen(2)).toEqual([...more, 'start-server  unchanged']);
    expect(await seen(3)).toEqual([
      'connecting',
      'connected, 0.3 s',
      ...more,
      wait,
      'start-server  waiting for gw to be ready (not yet), 0.5 s',
      'start-server  unchanged',
    ]);
  });

  it('tell a plan with what differs, and that nothing was touched', async () => {
    const text = await shown([
      started(true),
      { type: 'play-started', play: 'Start', hosts: ['gw'] },
      { type: 'change-planned', ...at, summary: 'write it', diff: { before: 'a\nb\n', after: 'a\nc\n' } },
      finished('ok', 1, true),
    ]);
    expect(text).toContain('gw  start-server  + write it\n');
    expect(text).toContain('- b\n');
    expect(text).toContain('+ c\n');
    expect(text).toContain('Plan: 1 change would be made on 1 host; nothing was touched (1.2 s)');
  });

  it('tell the waves of a plan in which there is something to do, and why one goes alone', async () => {
    const wave = (number: number, hosts: readonly string[], why?: string): Event => ({
      type: 'wave-started',
      play: 'Start',
      wave: number,
      hosts,
      ...(why === undefined ? {} : { why }),
    });
    const planned = (host: string, more = {}): Event => ({
      type: 'change-planned',
      ...at,
      host,
      summary: 'start it',
      ...more,
    });
    const text = await shown([
      { ...started(true), hosts: ['km1', 'km2', 'gw'] } as Event,
      { type: 'play-started', play: 'Start', hosts: ['km1', 'km2', 'gw'] },
      wave(1, ['km1'], 'it makes a user'),
      planned('km1'),
      wave(2, ['km2', 'km3']),
      planned('km2'),
      planned('km3'),
      wave(3, ['gw']),
      { type: 'play-started', play: 'End', hosts: ['gw'] },
      planned('gw', { play: 'End' }),
      finished('ok', 1, true),
    ]);
    expect(text.slice(text.indexOf('\nStart'), text.indexOf('\n\nhost'))).toBe(
      [
        '',
        'Start',
        'wave 1: km1, alone: it makes a user',
        'km1  start-server  + start it',
        'wave 2: km2, km3',
        'km2  start-server  + start it',
        'km3  start-server  + start it',
        '',
        'End',
        'gw   start-server  + start it',
      ].join('\n'),
    );
  });

  it('tell a failure with host, step, cause, the server’s words, the cure, and what to type next', async () => {
    const error = { cause: 'it ended', tail: ['last \u001b[31mwords\u001b[0m'], hint: 'look there' };
    const text = await shown([
      started(false),
      { type: 'step-finished', ...at, outcome: 'failed', changes: 0, ms: 5, error },
      finished('failed', 0, false),
    ]);
    expect(text).toContain('✗ gw · start-server: it ended\n  | last words\n  → look there\n');
    expect(text).toContain('Failed on gw');
    expect(text).toContain('deploy x.yaml again; it carries on from here');
  });

  it('tell of a transfer every ten seconds', async () => {
    const far = (ms: number): Event => ({
      type: 'progress',
      ...at,
      done: ms * 1000,
      total: 300_000_000,
      rate: 1_000_000,
      ms,
    });
    const text = await shown([started(false), far(0), far(9_000), far(30_000), far(31_000), far(45_000)]);
    expect(text.match(/\d+ % .*/g)).toEqual([
      '10 % (30 MB of 300 MB, 1.0 MB/s)',
      '15 % (45 MB of 300 MB, 1.0 MB/s)',
    ]);
  });

  it('carry the time of day, but for a plan, in which nothing happens, and the summary at the end', async () => {
    const planned: Event = { type: 'change-planned', ...at, summary: 'write it' };
    const change: Event = { type: 'change-started', ...at, summary: 'write it' };
    const play: Event = { type: 'play-started', play: 'Start', hosts: ['gw'] };
    expect(await shown([started(true), play, planned, finished('ok', 1, true)])).toContain(
      '\n\nStart\ngw  start-server  + write it\n\nhost ',
    );
    const [hours, minutes] = [new Date('2026-03-04T05:06:07.089Z').getHours(), '06'];
    const time = `${String(hours).padStart(2, '0')}:${minutes}:07`;
    expect(await shown([started(false), play, change, finished('ok', 1, false)])).toContain(
      `${time}  Deploy: gw\n\n${time}  Start\n${time}  gw  start-server  ~ write it\n\nhost `,
    );
  });

  it('say that there was nothing to do', async () => {
    expect(await shown([started(false), finished('ok', 0, false)])).toContain('Nothing to do: 1 host');
  });

  it('are chosen on a terminal without columns, where a live view would spin', async () => {
    expect(await shown([started(false), finished('ok', 0, false)], 'auto', 0)).toContain('Deploy: gw');
  });
});

describe('json', () => {
  it('is one event a line, the last one run-finished', async () => {
    const text = await shown([started(false), finished('ok', 2, false)], 'json');
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    expect(events.map((event) => event.type)).toEqual(['run-started', 'run-finished']);
    expect(events.at(-1)).toEqual({ time: '2026-03-04T05:06:07.089Z', ...finished('ok', 2, false) });
  });
});

describe('the live view', () => {
  it('ends with the same recap', async () => {
    const text = await shown(
      [started(false), { type: 'step-started', ...at }, finished('ok', 0, false)],
      'live',
      80,
    );
    expect(text).toContain('Nothing to do: 1 host');
  });
});

describe('words', () => {
  it.each([
    [400, '0.4 s'],
    [41_000, '41 s'],
    [184_000, '3 min 04 s'],
  ])('%i ms are %s', (ms, text) => expect(showDuration(ms)).toBe(text));

  it.each([
    [
      { done: 30_000_000, total: 300_000_000, rate: 2_500_000 },
      'install-pack: 10 % (30 MB of 300 MB, 2.5 MB/s)',
    ],
    [{ done: 30_000_000, total: 0, rate: 0 }, 'install-pack: 30 MB'],
    [{ done: 0, total: 1000, rate: 0 }, 'install-pack: 0 % (0 kB of 1 kB)'],
  ])('for a transfer tell its size so far, the total and the rate: %o', (far, text) =>
    expect(doing({ type: 'progress', ...at, step: 'install-pack', ms: 0, ...far })).toBe(text),
  );

  it.each([
    [{}, 'start-server: waiting for its port (nobody listens), 12 s'],
    [{ timeoutMs: 300_000 }, 'start-server: waiting for its port (nobody listens), 12 s of 5 min'],
  ])('for a wait tell how long it is, and may be: %o', (more, text) => {
    const waiting = { type: 'waiting', ...at, what: 'its port', why: 'nobody listens', ms: 12_000 } as const;
    expect(doing({ ...waiting, ...more })).toBe(text);
  });

  it.each([
    [900, '0 s'],
    [41_999, '41 s'],
    [300_000, '5 min'],
    [184_000, '3 min 04 s'],
    [3_725_000, '1 h 02 min'],
  ])('for a time that is counted on: %i ms are %s', (ms, text) => expect(showSeconds(ms)).toBe(text));

  it('from a server turn no signs around, and obey nothing', () =>
    expect(printable('a\u202eb\u2066c\u009b31md')).toBe('abc31md'));

  it('from a server move no cursor', () => expect(printable('a\u001b[2Kb\u0007c\td')).toBe('abc  d'));
});

describe('a difference', () => {
  it('keeps three lines around what changed, and leaves out the rest', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const after = lines.map((line) => (line === 'line 10' ? 'new' : line));
    expect(unifiedDiff(lines.join('\n'), after.join('\n'))).toEqual([
      '  line 7',
      '  line 8',
      '  line 9',
      '- line 10',
      '+ new',
      '  line 11',
      '  line 12',
      '  line 13',
      '  …',
    ]);
  });
});
