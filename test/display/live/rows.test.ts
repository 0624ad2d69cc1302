import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/engine/event.ts';
import { watch } from '../../support/live-view.ts';

const start = 'Start, in the documented order';
const plays = [
  { play: 'Install', hosts: ['km', 'tm', 'gw'], steps: ['install-pack'] },
  { play: start, hosts: ['km', 'tm', 'gw'], steps: ['start-server', 'wait-ready'] },
];
const at = (host: string, step: string, play = start) => ({ play, host, step });
const began = (host: string, step: string, play?: string): Event => ({
  type: 'step-started',
  ...at(host, step, play),
});
const ended = (host: string, step: string, more: object = {}, play?: string): Event => ({
  ...{ type: 'step-finished', ...at(host, step, play), outcome: 'changed', changes: 1, ms: 0 },
  ...more,
});
const playBegins = (play: string, groups?: readonly string[][]): Event => ({
  ...{ type: 'play-started', play, hosts: ['km', 'tm', 'gw'] },
  ...(groups === undefined ? {} : { groups }),
});
const later = (play: string) => ({ play, hosts: ['km', 'tm', 'gw'], steps: [play.toLowerCase()] });
const failure = (cause: string) => ({ outcome: 'failed', changes: 0, error: { cause, tail: [] } });

/** Up to the moment at which the servers are started, one after another. */
const installed = () =>
  watch(plays)
    .at(0, playBegins('Install'))
    .at(1, ...['km', 'tm', 'gw'].map((host) => began(host, 'install-pack', 'Install')))
    .at(5, ...['km', 'tm', 'gw'].map((host) => ended(host, 'install-pack', {}, 'Install')))
    .at(6, playBegins(start, [['km'], ['tm'], ['gw']]), began('km', 'start-server'));

/** The first of them is done. */
const kmReady = () =>
  installed()
    .at(7, ended('km', 'start-server', { state: 'running' }), began('km', 'wait-ready'))
    .at(10, ended('km', 'wait-ready', { state: 'ready' }), began('tm', 'start-server'));

describe('a row', () => {
  it('tells that a host is connected to, and who holds up those that are', () => {
    const view = watch(plays).at(
      0,
      ...['km', 'tm', 'gw'].map((host): Event => ({ type: 'host-connecting', host })),
    );
    view.at(3, { type: 'host-connected', host: 'km', ms: 9 });
    expect(view.row('tm')).toBe('connecting and looking, 3 s');
    expect(view.row('km')).toBe('connected, waits for tm and gw');
    expect(view.lines()[0]).toMatch(/^Connecting: 1 of 3 hosts +3 s$/);
  });

  it('tells the change that is made, and for how long', () => {
    const summary = 'start the server in /opt/wso2/key-manager';
    const view = installed()
      .at(6, { type: 'change-started', ...at('km', 'start-server'), summary })
      .at(9);
    expect(view.row('km')).toBe(`start-server: ${summary}, 3 s`);
  });

  it('tells that a step looks as long as it has nothing to do', () => {
    expect(installed().at(7).row('km')).toBe('start-server: looking, 1 s');
  });

  it('tells after whom its turn comes', () => {
    const view = installed();
    expect([view.row('tm'), view.row('gw')]).toEqual([
      'waits for its turn after km',
      'waits for its turn after tm',
    ]);
    view.at(10, ended('km', 'start-server'), ended('km', 'wait-ready'), began('tm', 'start-server'));
    expect([view.row('tm'), view.row('gw')]).toEqual([
      'start-server: looking, 0 s',
      'waits for its turn after tm',
    ]);
  });

  it('tells the waves of a group as soon as they are known, and the groups that come after', () => {
    const hosts = ['gw1', 'gw2', 'gw3', 'lb'];
    const view = watch([{ play: 'Restart', hosts, steps: ['start-server'] }]);
    view.at(0, { type: 'play-started', play: 'Restart', hosts, groups: [['gw1', 'gw2', 'gw3'], ['lb']] });
    const wave = { type: 'wave-started', play: 'Restart' } as const;
    view.at(0, { ...wave, wave: 1, hosts: ['gw2'], later: [['gw1', 'gw3']] });
    expect(['gw1', 'gw2', 'gw3', 'lb'].map(view.row)).toEqual([
      'waits for its turn after gw2',
      'about to begin start-server',
      'waits for its turn after gw2',
      'waits for its turn after gw1 and gw3',
    ]);
    view.at(1, { ...wave, wave: 2, hosts: ['gw1', 'gw3'] });
    expect(view.row('gw3')).toBe('about to begin start-server');
    // In the order in which things happen.
    view.at(1, began('gw2', 'start-server', 'Restart'));
    expect(
      view
        .lines()
        .slice(3)
        .map((line) => line.split(' ')[1]),
    ).toEqual(['gw2', 'gw1', 'gw3', 'lb']);
  });

  it('tells the same of records in which waves tell of themselves alone', () => {
    const hosts = ['gw1', 'gw2', 'gw3'];
    const view = watch([{ play: 'Restart', hosts, steps: ['start-server'] }]);
    view.at(0, { type: 'play-started', play: 'Restart', hosts });
    view.at(0, { type: 'wave-started', play: 'Restart', wave: 1, hosts: ['gw2'] });
    expect(hosts.map(view.row)).toEqual([
      'waits for its turn after gw2',
      'about to begin start-server',
      'waits for its turn after gw2',
    ]);
  });

  it.each([
    [{ hosts: ['km'] }, 'waits for its turn after km'],
    [{ hosts: ['km', 'tm', 'a', 'b'] }, 'waits for its turn after km, tm and 2 more'],
    [{ plays: ['Databases'] }, 'waits for Databases'],
    [{ atWork: 50 }, 'waits: 50 hosts at work already'],
  ])('tells for what a host waits before its step: %o', (awaited, text) => {
    const view = watch(plays).at(0, playBegins('Install'));
    view.at(1, { type: 'turn-awaited', ...at('gw', 'install-pack', 'Install'), ...awaited });
    expect(view.row('gw')).toBe(text);
    view.at(2, began('gw', 'install-pack', 'Install'));
    expect(view.row('gw')).toBe('install-pack: looking, 0 s');
  });

  it('tells what is waited for, why it is not so yet, how long it is, and until when it may be', () => {
    const wait = { type: 'waiting', what: 'https://km:9443/', why: 'answered 503', ms: 12_000 } as const;
    const view = installed().at(20, { ...wait, ...at('km', 'start-server'), timeoutMs: 300_000 });
    expect(view.row('km')).toBe('start-server: waiting for https://km:9443/ (answered 503), 12 s of 5 min');
    expect(view.lines({ columns: 70 })[3]).toContain(
      '  start-server: https://km:9443/ (answered 503), 12 s of 5 min',
    );
    // Between two answers time goes on.
    expect(view.at(23).row('km')).toContain(', 15 s of 5 min');
    view.at(24, { ...wait, ...at('km', 'start-server') });
    expect(view.row('km')).toMatch(/, 12 s$/);
    view.at(25, { type: 'action-finished', ...at('km', 'start-server'), what: 'wait' });
    expect(view.row('km')).not.toContain('waiting');
  });

  it('that is done says so at once, for how long, and what the host is, while others go on', () => {
    const view = kmReady();
    expect(view.at(22).row('km')).toBe('done, ready for 12 s, 3 changes');
    expect(view.row('tm')).toBe('start-server: looking, 12 s');
  });

  it('of a host that is done without a word for what it is by that tells only since when', () => {
    const view = installed().at(8, ended('km', 'start-server'), ended('km', 'wait-ready'));
    expect(view.at(10).row('km')).toBe('done for 2 s, 3 changes');
  });

  it('of a host that had nothing to do tells that', () => {
    const nothing = { outcome: 'unchanged', changes: 0 };
    const view = watch([{ play: 'Install', hosts: ['km'], steps: ['install-pack'] }]);
    view.at(
      0,
      { type: 'play-started', play: 'Install', hosts: ['km'] },
      ended('km', 'install-pack', nothing, 'Install'),
    );
    expect(view.row('km')).toBe('nothing to do');
  });

  it('of a host that was ready before says so, but not for how long', () => {
    const view = kmReady().at(20, ended('tm', 'start-server', { state: 'running', outcome: 'unchanged' }));
    view.at(21, ended('tm', 'wait-ready', { state: 'ready', outcome: 'unchanged', changes: 0 }));
    expect(view.row('tm')).toBe('done, ready, 2 changes');
  });

  it('of a host that has more to do in a later play tells for which play it waits', () => {
    const view = watch(plays).at(0, playBegins('Install'), began('tm', 'install-pack', 'Install'));
    view.at(1, ended('km', 'install-pack', {}, 'Install'));
    expect(view.row('km')).toBe('waits for Install');
  });

  it('of a host that has done its part stands above those who go on, though more is to come', () => {
    const view = watch([...plays.slice(1), later('Verify')]).at(
      0,
      playBegins(start, [['km'], ['tm'], ['gw']]),
    );
    view.at(
      1,
      began('km', 'start-server'),
      ended('km', 'start-server'),
      ended('km', 'wait-ready', { state: 'ready' }),
    );
    view.at(3, began('tm', 'start-server'));
    expect(view.lines().slice(3)).toEqual([
      `· km  waits for ${start}, ready for 2 s`,
      '> tm  start-server: looking, 0 s',
      '· gw  waits for its turn after tm',
    ]);
  });

  it('counts on no play with a condition before it has begun: that may be for nobody', () => {
    const view = watch([...plays.slice(0, 1), { ...later('Withdraw'), conditional: true }]);
    view.at(0, playBegins('Install'));
    view.at(1, ...['km', 'tm', 'gw'].map((host) => ended(host, 'install-pack', {}, 'Install')));
    expect(view.row('km')).toBe('done for 0 s, 1 change');
    expect(view.lines()[1]).toContain(' 100 %, 3 of 3 steps');
    view.at(2, { ...playBegins('Withdraw'), hosts: ['km'] } as Event);
    expect(view.row('km')).toBe('about to begin withdraw');
    expect(view.row('tm')).toBe('done for 1 s, 1 change');
    expect(view.lines()[1]).toContain(' 75 %, 3 of 4 steps');
  });

  it('leaves out plays that were for nobody', () => {
    const view = watch([
      ...plays.slice(0, 1),
      { play: 'Balancer', hosts: ['lb'], steps: ['install-balancer'] },
      ...plays.slice(1),
    ]);
    view.at(0, playBegins(start));
    expect(view.row('lb')).toBe('nothing to do');
    expect(view.lines()[1]).toContain('0 of 6 steps');
  });

  it('tells why a step failed, and of those who will not begin any more that they do not', () => {
    const view = kmReady().at(12, ended('tm', 'start-server', failure('it ended\nby itself')), {
      type: 'run-ending',
      why: 'failed',
    });
    expect(view.row('tm')).toBe('start-server: it ended by itself');
    expect(view.row('gw')).toBe('goes no further: tm failed');
    expect(view.row('km')).toBe('done, ready for 2 s, 3 changes');
    expect(view.lines()[1]).toContain(', 1 failed, ending');
  });

  it('lets those who go together with one that failed finish, and says so', () => {
    const view = watch(plays).at(0, playBegins('Install'), began('km', 'install-pack', 'Install'));
    view.at(1, ended('tm', 'install-pack', failure('no room'), 'Install'), {
      type: 'run-ending',
      why: 'failed',
    });
    expect(view.row('gw')).toBe('about to begin install-pack');
    view.at(2, ended('km', 'install-pack', {}, 'Install'));
    expect(view.row('km')).toBe('goes no further: tm failed');
  });

  it('tells nobody to wait for a play that will never be done', () => {
    const view = watch(plays).at(0, playBegins('Install'), playBegins(start));
    view.at(0, { type: 'turn-awaited', ...at('gw', 'start-server'), plays: ['Install'] });
    expect(view.row('gw')).toBe('waits for Install');
    view.at(1, ended('km', 'install-pack', failure('no room'), 'Install'), {
      type: 'run-ending',
      why: 'failed',
    });
    expect(view.row('gw')).toBe('goes no further: km failed');
  });

  it('tells after Ctrl-C who goes no further, and what is still finished', () => {
    const view = installed().at(7, { type: 'run-ending', why: 'interrupted' });
    expect(view.row('km')).toBe('start-server: looking, 1 s');
    expect(view.row('tm')).toBe('goes no further: the run is ending');
  });

  it('tells of a host that cannot be entered', () => {
    const view = watch(plays).at(0, {
      type: 'host-failed',
      host: 'tm',
      error: { cause: 'no route', tail: [] },
    });
    expect(view.row('tm')).toBe('no route');
  });
});

describe('a transfer', () => {
  const far = (host: string, done: number, more: object = {}): Event => ({
    ...{ type: 'progress', ...at(host, 'install-pack', 'Install') },
    ...{ done: done * 1e6, total: 300e6, rate: 10e6, ms: 12_000 },
    ...more,
  });
  const sending = () =>
    watch(plays).at(
      0,
      playBegins('Install'),
      ...['km', 'tm'].map((host) => began(host, 'install-pack', 'Install')),
    );

  it('shows a bar, how much it is, its rate, and the time that is left', () => {
    const view = sending().at(12, far('km', 120));
    expect(view.row('km')).toBe('[########------------] 40 %, 120 MB of 300 MB, 10 MB/s, 18 s left');
    expect(view.lines({ columns: 120 })[3]).toContain('install-pack [########------------] 40 %, 120 MB');
    expect(view.lines({ columns: 50 })[3]).toContain('  [####------] 40 %, 10 MB/s, 18 s left');
  });

  it('that stands still gets slower', () => {
    expect(sending().at(12, far('km', 120)).at(24).row('km')).toContain(', 5.0 MB/s, 36 s left');
  });

  it('whose end nobody knows has no bar, and no time left', () => {
    expect(
      sending()
        .at(12, far('km', 120, { total: 0 }))
        .row('km'),
    ).toBe('install-pack: 120 MB, 10 MB/s');
  });

  it('that has come to its end has no time left', () => {
    expect(sending().at(30, far('km', 300)).row('km')).toBe(
      'install-pack [####################] 100 %, 300 MB of 300 MB, 10 MB/s',
    );
  });

  it('is told for all together where there are several: until the last of them is there', () => {
    const view = sending().at(12, far('km', 120));
    expect(view.lines().at(-1)).not.toContain('transfers');
    view.at(12, far('tm', 60, { rate: 5e6 }));
    expect(view.lines().slice(-2)).toEqual([
      '',
      '2 transfers [######--------------] 30 %, 180 MB of 600 MB, 15 MB/s, 48 s left',
    ]);
  });

  it('ends with the action that it is', () => {
    const view = sending().at(12, far('km', 300));
    view.at(13, { type: 'action-finished', ...at('km', 'install-pack', 'Install'), what: 'put it' });
    expect(view.row('km')).toBe('install-pack: looking, 13 s');
  });
});
