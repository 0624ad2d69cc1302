import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/display/live/cells.ts';
import { frameOf } from '../../../src/display/live/frame.ts';
import { plain } from '../../../src/display/live/pieces.ts';
import { hear, liveRun } from '../../../src/display/live/state.ts';
import type { Event } from '../../../src/engine/event.ts';
import { watch } from '../../support/live-view.ts';
import { deploymentRun } from '../../support/recorded-run.ts';

const play = 'Install';
const step = 'install-pack';
const many = Array.from({ length: 200 }, (_, index) => `gw${index + 1}`);
const began = (host: string): Event => ({ type: 'step-started', play, host, step });
const ended = (host: string): Event => ({
  ...{ type: 'step-finished', play, host, step, outcome: 'changed', changes: 2, ms: 9 },
});
const failed = (host: string): Event => ({
  ...{ type: 'step-finished', play, host, step, outcome: 'failed', changes: 0, ms: 9 },
  error: { cause: 'no room left', tail: [] },
});
const begins = (hosts: readonly string[]): Event => ({ type: 'play-started', play, hosts });

/** 200 hosts, of which 120 are done, 2 failed, 50 are at work, and 28 wait for them. */
const crowd = () =>
  watch([{ play, hosts: many, steps: [step] }])
    .at(0, begins(many), ...many.slice(0, 172).map(began))
    .at(0, ...many.slice(172).map((host): Event => ({ type: 'turn-awaited', play, host, step, atWork: 50 })))
    .at(10, failed('gw7'))
    .at(
      20,
      ...many
        .slice(0, 121)
        .filter((host) => host !== 'gw7')
        .map(ended),
    )
    .at(30, failed('gw122'));

describe('the head', () => {
  it('names the play, how far the run is, and the time that has passed', () => {
    const view = watch([
      { play, hosts: ['km', 'gw'], steps: ['check-host', step] },
      { play: 'Start', hosts: ['km', 'gw'], steps: ['start-server'] },
    ]);
    view.at(0, begins(['km', 'gw'])).at(184, { ...ended('km'), step: 'check-host' } as Event);
    expect(view.lines().slice(0, 3)).toEqual([
      `Install (play 1 of 2)${' '.repeat(79 - 21 - 10)}3 min 04 s`,
      '[###-----------------] 16 %, 1 of 6 steps, 2 changes',
      '',
    ]);
  });

  it('names all plays that are under way', () => {
    const view = watch([
      { play: 'Databases', hosts: ['km'], steps: ['create-databases'] },
      { play, hosts: ['gw'], steps: [step] },
      { play: 'Start', hosts: ['gw'], steps: ['start-server'] },
    ]);
    view.at(0, { type: 'play-started', play: 'Databases', hosts: ['km'] }, begins(['gw']));
    expect(view.lines()[0]).toMatch(/^Databases \+ Install \(plays 1 and 2 of 3\) /);
  });

  it('leaves room for the time, however long the name of the play is', () => {
    const long = 'Start, in the documented order, with all that comes with it, and as it should be';
    const view = watch([{ play: long, hosts: ['km'], steps: [step] }]);
    view.at(61, { type: 'play-started', play: long, hosts: ['km'] });
    expect(view.lines()[0]).toMatch(/^Start, in .*… {2}1 min 01 s$/);
    expect(view.lines()[0]).toHaveLength(79);
  });
});

describe('200 hosts', () => {
  it('fit the terminal: those that are done fold into a count, and what fails stays in sight', () => {
    const lines = crowd().lines();
    expect(lines).toHaveLength(23);
    expect(lines.slice(3)).toEqual([
      '✓ 120 hosts done',
      '✗ gw7    install-pack: no room left',
      '✗ gw122  install-pack: no room left',
      ...many.slice(122, 137).map((host) => `> ${host}  install-pack: looking, 30 s`),
      '> 35 hosts more at work',
      '· 28 hosts waiting',
    ]);
  });

  it('are all there as soon as the terminal is high enough', () => {
    const hosts = crowd().lines({ rows: 300 }).slice(3);
    expect(hosts).toHaveLength(200);
    expect(hosts[0]).toBe('✗ gw7    install-pack: no room left');
    expect(hosts[1]).toBe('✓ gw1    done for 10 s, 2 changes');
  });

  it('show who was done last and who comes next where there is room', () => {
    const lines = watch([{ play, hosts: many, steps: [step] }])
      .at(0, { ...begins(many), groups: many.map((host) => [host]) } as Event)
      .at(1, ...many.slice(0, 100).flatMap((host) => [began(host), ended(host)]), began('gw101'))
      .lines({ rows: 12 });
    expect(lines.slice(3)).toEqual([
      '✓ 100 hosts done',
      '> gw101  install-pack: looking, 0 s',
      ...['gw102', 'gw103', 'gw104', 'gw105', 'gw106'].map(
        (host, index) => `· ${host}  waits for its turn after gw${101 + index}`,
      ),
      '· 94 hosts more waiting',
    ]);
  });

  it('say what they can in a terminal of few lines', () => {
    expect(crowd().lines({ rows: 6 })).toEqual([
      expect.stringMatching(/^Install/),
      '✓ 120 hosts done',
      expect.stringContaining('failed'),
      '> 50 hosts at work',
      '· 28 hosts waiting',
    ]);
    expect(crowd().lines({ rows: 2 })).toEqual([expect.stringMatching(/^Install/)]);
  });
});

describe('names', () => {
  it('that are too long keep their beginning and their end', () => {
    const hosts = ['gateway-01.production.eu-west.example.com', 'gateway-02.production.eu-west.example.com'];
    const view = watch([{ play, hosts, steps: [step] }]).at(0, begins(hosts));
    expect(view.lines().slice(3)).toEqual([
      '· gateway-01.…example.com  about to begin install-pack',
      '· gateway-02.…example.com  about to begin install-pack',
    ]);
  });

  it('of wide signs stand in line with others', () => {
    const hosts = ['東京', 'gw'];
    const view = watch([{ play, hosts, steps: [step] }]).at(0, begins(hosts));
    expect(view.lines().slice(3)).toEqual([
      '· 東京  about to begin install-pack',
      '· gw    about to begin install-pack',
    ]);
  });
});

describe('a frame', () => {
  /** All that a run on record tells, and as much of it as there was at some moment. */
  const { events, began: start } = deploymentRun(12, { domain: '.日本.example.com' });
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 130 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });

  it('never is wider or higher than the terminal, at no moment and whatever its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: events.length }), size, (until, { columns, rows }) => {
        const [first, ...others] = events.slice(0, until);
        if (first?.event.type !== 'run-started') throw new Error('a record begins with the run');
        const run = liveRun(first.event, 0);
        let now = 0;
        for (const { event, time } of others) {
          now = time.getTime() - start.getTime();
          hear(run, event, now);
        }
        const lines = frameOf(run, now, { columns, rows }).map(plain);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
      }),
      { numRuns: 300 },
    );
  });

  it('counts every host once, whatever its height', () => {
    for (let rows = 10; rows < 80; rows += 1) {
      const counted = crowd()
        .lines({ rows })
        .slice(3)
        .map((line) => Number(/^. (\d+) hosts?/.exec(line)?.[1] ?? 1));
      expect(counted.reduce((sum, each) => sum + each, 0)).toBe(200);
    }
  });
});
