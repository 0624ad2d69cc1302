import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { storyOf } from '../../src/report/model.ts';
import { foremost } from '../../src/report/state.ts';
import { deploymentRun, layoutWith, recordOf, stepEvents } from '../support/recorded-run.ts';

const at = { play: 'Start', host: 'gw1', step: 'wait-ready' };
const startedWith = (more: Partial<Extract<Event, { type: 'run-started' }>> = {}): Event => ({
  type: 'run-started',
  playbook: 'Deploy',
  plays: [{ play: 'Start', hosts: ['gw1', 'gw2'], steps: ['start-server', 'wait-ready'] }],
  hosts: ['gw1', 'gw2'],
  dryRun: false,
  time: '2026-03-04T05:06:07.089Z',
  ...more,
});
const finishedWith = (outcome: 'ok' | 'failed' | 'interrupted', failed: readonly string[] = []): Event => ({
  type: 'run-finished',
  ...{ outcome, failed, changed: 1, tallies: [], ms: 1, dryRun: false },
});

describe('the story of a run', () => {
  it('has for every host what became of it, and which steps were not begun', () => {
    const { hosts, groups } = storyOf(deploymentRun(2), 'failed');
    const of = (name: string) => hosts.find((host) => host.name === name);
    expect(hosts).toHaveLength(12);
    expect(of('controller')).toMatchObject({ state: 'changed', group: 'Controller' });
    expect(of('lb')).toMatchObject({ state: 'unchanged', notBegun: [] });
    expect(of('gw1')?.notBegun.map(({ step }) => step)).toEqual(['start-server', 'wait-ready']);
    expect(of('gw2')).toMatchObject({ state: 'failed', counts: { changed: 2, failed: 1 } });
    const stores = groups.filter(({ kind }) => kind === 'store').flatMap(({ members }) => members);
    expect(stores.map(({ name, state }) => [name, state])).toEqual([
      ['db.example.com:3306', 'changed'],
      // No step of this run sees to it.
      ['nas:/export', 'outside'],
    ]);
  });

  it('has of a step its changes with what was done, what it waited for and why, what was said, and how it failed', () => {
    const record = recordOf([
      [0, startedWith()],
      [0, { type: 'step-started', ...at }],
      [0, { type: 'progress', ...at, done: 5, total: 10, rate: 1, ms: 1 }],
      [0, { type: 'progress', ...at, done: 10, total: 10, rate: 1, ms: 9 }],
      [0, { type: 'progress', ...at, done: 20, total: 20, rate: 1, ms: 3 }],
      ...stepEvents({ ...at, step: 'write-config' }, 'changed', 400),
      [0, { type: 'output', ...at, text: 'listen', told: true }],
      [
        100,
        {
          type: 'step-finished',
          ...at,
          outcome: 'failed',
          changes: 0,
          ms: 1,
          error: { cause: 'no', tail: [] },
        },
      ],
      [0, finishedWith('failed', ['gw1'])],
    ]);
    const { hosts, failures } = storyOf(record, 'failed');
    const [waited, wrote] = hosts[0]?.bars.flatMap(({ steps }) => steps) ?? [];
    expect(waited).toMatchObject({
      ...{ from: 0, to: 500, state: 'failed', error: { cause: 'no' } },
      output: [{ text: 'listen', told: true }],
      transfers: [
        { done: 10, ms: 9 },
        { done: 20, ms: 3 },
      ],
    });
    expect(wrote).toMatchObject({
      state: 'changed',
      changes: [
        {
          summary: 'put things in order by write-config',
          begun: true,
          actions: ['do what write-config does'],
        },
      ],
      waits: [{ what: 'its port 9443', whys: ['nobody listens', 'answered 503'], ms: 200 }],
    });
    expect(wrote?.changes[0]?.diff?.after).toContain('new.example.com');
    expect(failures).toMatchObject([{ host: 'gw1', step: 'wait-ready', link: `b${hosts[0]?.bars[0]?.id}` }]);
  });

  it('has nothing that was not begun of plays that a host, or everybody, had no part in', () => {
    const play = (name: string, hosts: readonly string[]) => ({ play: name, hosts, steps: ['start-server'] });
    const both = ['gw1', 'gw2'];
    const plays = [play('None', both), play('One', both), play('Later', both)];
    const events = [
      [0, startedWith({ plays })],
      [0, { type: 'play-started', play: 'One', hosts: ['gw1'] }],
      ...stepEvents({ play: 'One', host: 'gw1', step: 'start-server' }, 'failed', 10),
    ] as const;
    const failed = storyOf(recordOf([...events, [0, finishedWith('failed', ['gw1'])]]), 'failed');
    expect(failed.plays.map(({ passedOver }) => passedOver)).toEqual([true, false, false]);
    expect(failed.hosts.map(({ notBegun }) => notBegun.map((each) => each.play))).toEqual([
      ['Later'],
      ['Later'],
    ]);
    const fine = storyOf(recordOf([...events, [0, finishedWith('ok')]]), 'ok');
    expect(fine.hosts.map(({ notBegun }) => notBegun)).toEqual([[], []]);
  });

  it('makes one bar of neighbours that had nothing to do, and none over a time in which nothing happened', () => {
    const quiet = (step: string) => stepEvents({ ...at, step }, 'unchanged', 10);
    const record = recordOf([
      [0, startedWith()],
      ...quiet('one'),
      ...quiet('two'),
      [60_000, { type: 'play-started', play: 'Start', hosts: ['gw1'] }],
      ...quiet('three'),
      ...stepEvents(at, 'changed', 100),
      ...quiet('four'),
    ]);
    const [host] = storyOf(record, 'ok').hosts;
    expect(host?.bars.map(({ steps }) => steps.map(({ step }) => step))).toEqual([
      ['one', 'two'],
      ['three'],
      ['wait-ready'],
      ['four'],
    ]);
  });

  it.each([
    ['under way', 'under-way'],
    ['unfinished', 'broken-off'],
  ] as const)('tells of a step without an end, in a run that is %s, that it is %s', (end, state) => {
    const record = recordOf([
      [0, startedWith()],
      [10, { type: 'step-started', ...at }],
      [500, { type: 'host-connecting', host: 'gw2' }],
    ]);
    const { hosts } = storyOf(record, end);
    expect(hosts[0]?.bars).toMatchObject([{ state, from: 10, to: 510 }]);
    expect(hosts[0]).toMatchObject({ state });
  });

  it('tells of nobody who was interrupted that it failed', () => {
    const record = recordOf([
      [0, startedWith()],
      ...stepEvents(at, 'failed', 100),
      [0, finishedWith('interrupted')],
    ]);
    const { hosts, failures } = storyOf(record, 'interrupted');
    expect(hosts[0]?.state).toBe('broken-off');
    expect(failures).toEqual([]);
  });

  it('tells of who could not be reached, at its host', () => {
    const record = recordOf([
      [0, startedWith()],
      [0, { type: 'host-failed', host: 'gw2', error: { cause: 'connection refused', tail: [] } }],
    ]);
    const { hosts, failures } = storyOf(record, 'failed');
    expect(hosts[1]).toMatchObject({ state: 'failed', counts: { failed: 1 } });
    expect(failures).toMatchObject([{ host: 'gw2', step: undefined, link: hosts[1]?.id }]);
  });

  it('has hosts in one group where no topology is on record, and those that are not in it in one of their own', () => {
    const titles = (record: ReturnType<typeof recordOf>) =>
      storyOf(record, 'ok').groups.map(({ title }) => title);
    expect(titles(recordOf([[0, startedWith()]]))).toEqual(['Hosts']);
    const layout = { groups: layoutWith(1).groups };
    const record = recordOf([[0, startedWith({ hosts: ['gw1', 'backup'] })]], { layout });
    expect(titles(record).at(-1)).toBe('Other hosts');
    expect(storyOf(record, 'ok').groups[2]?.members).toMatchObject([{ name: 'km1', state: 'outside' }]);
  });

  it('is what matters most where much became of one', () => {
    expect(foremost(['unchanged', 'changed', 'not-begun'])).toBe('changed');
    expect(foremost(['changed', 'failed'])).toBe('failed');
    expect(foremost([])).toBe('outside');
  });
});
