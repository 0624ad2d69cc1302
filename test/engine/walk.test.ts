import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { put } from '../../src/engine/plan.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { ScheduledPlay } from '../../src/engine/schedule.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { StepFailed } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';
import { options, play, type World, writeFile } from '../support/plays.ts';

const [a, b, c] = [fakeHost('a'), fakeHost('b'), fakeHost('c')];

describe('a play in waves', () => {
  /** Starts a server, or starts it again: alone if it runs. Its first start in an empty world makes a user. */
  function starter(log: string[], failing?: string): AnyStep<World> {
    const inner = writeFile('/runs');
    return {
      ...inner,
      name: 'start',
      company: (_spot: unknown, { text }: { text: string }) =>
        text === 'old' ? { alone: 'it serves' } : text === '' ? { makes: 'a user' } : {},
      plan: (spot: { host: Host; world: World; params: unknown }, facts: { text: string }) =>
        inner.plan(spot, facts).map((change) => ({
          ...change,
          actions: [
            put(
              '/began',
              async () => {
                log.push(`${spot.host.name} begins`);
                // Long enough for everybody who goes at the same time to have begun.
                for (let tick = 0; tick < 50; tick += 1) await Promise.resolve();
                if (spot.host.name === failing) throw new StepFailed({ cause: 'it does not come up' });
                log.push(`${spot.host.name} ends`);
                return 'x';
              },
              0o600,
            ),
            ...change.actions,
          ],
        })),
    };
  }
  const twins = (groups: readonly (readonly Host[])[], step: AnyStep<World>): ScheduledPlay<World> => ({
    name: 'start',
    hosts: groups.flat(),
    calls: [{ step, params: {} }],
    groups,
    waves: true,
  });
  const wavesIn = (events: readonly Event[]) =>
    events.flatMap((event) =>
      event.type === 'wave-started'
        ? [`${event.wave}: ${event.hosts.join(' ')}${event.why === undefined ? '' : ` (${event.why})`}`]
        : [],
    );
  const holding = (text: string) => {
    const server = fakeServer();
    if (text !== '') server.files.set('/runs', text);
    return server;
  };
  const d = fakeHost('d');

  it('lets the first of all make what the others need, and its twins start together', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), c: fakeServer(), d: fakeServer() };
    const log: string[] = [];
    const { all, events } = options(
      [
        twins(
          [
            [a, b],
            [c, d],
          ],
          starter(log),
        ),
      ],
      fakePool(servers),
    );
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 4 });
    expect(wavesIn(events)).toEqual(['1: a (it makes a user)', '2: b', '3: c d']);
    expect(log).toEqual([
      ...['a begins', 'a ends', 'b begins', 'b ends'],
      ...['c begins', 'd begins', 'c ends', 'd ends'],
    ]);
  });

  it('tells beforehand in which order its groups go, and the waves of each', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), c: holding('old'), d: holding('old') };
    const groups = [
      [a, b],
      [c, d],
    ];
    const { all, events } = options([twins(groups, starter([]))], fakePool(servers));
    await runPlays(all);
    expect(events.filter(({ type }) => type === 'play-started')).toMatchObject([
      {
        groups: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
    ]);
    expect(events.flatMap((event) => (event.type === 'wave-started' ? [event.later] : []))).toEqual([
      [['b']],
      undefined,
      [['d']],
      undefined,
    ]);
  });

  it('of single hosts goes one by one, and tells of no waves', async () => {
    const servers = { a: fakeServer(), b: holding('old') };
    const log: string[] = [];
    const { all, events } = options([twins([[a], [b]], starter(log))], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(wavesIn(events)).toEqual([]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('says the same in a dry run', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), c: fakeServer(), d: fakeServer() };
    const plays = [
      twins(
        [
          [a, b],
          [c, d],
        ],
        starter([]),
      ),
    ];
    const { all, events } = options(plays, fakePool(servers), { dryRun: true });
    await runPlays(all);
    expect(wavesIn(events)).toEqual(['1: a (it makes a user)', '2: b', '3: c d']);
  });

  it('restarts those that run one by one, after those that do not run were started', async () => {
    const servers = { a: holding('old'), b: holding('down'), c: holding('old'), d: holding('down') };
    const log: string[] = [];
    const { all, events } = options([twins([[a, b, c, d]], starter(log))], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 4 });
    expect(wavesIn(events)).toEqual(['1: b d', '2: a (it serves)', '3: c (it serves)']);
    expect(log).toEqual([
      ...['b begins', 'd begins', 'b ends', 'd ends'],
      ...['a begins', 'a ends', 'c begins', 'c ends'],
    ]);
  });

  it('begins no wave after one in which a host failed, and lets its neighbours finish', async () => {
    const servers = { a: holding('down'), b: holding('down'), c: holding('old'), d: holding('down') };
    const log: string[] = [];
    const { all, events } = options([twins([[a, b, c], [d]], starter(log, 'a'))], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'failed', failures: [{ host: 'a' }] });
    expect(log).toEqual(['a begins', 'b begins', 'b ends']);
    // It is told while the neighbour is still at work, and once.
    const ending = events.findIndex(({ type }) => type === 'run-ending');
    expect(events[ending]).toEqual({ type: 'run-ending', why: 'failed' });
    expect(events.slice(ending + 1)).toContainEqual(
      expect.objectContaining({ type: 'step-finished', host: 'b' }),
    );
    expect(events.filter(({ type }) => type === 'run-ending')).toHaveLength(1);
  });

  it('decides by what there is when the turn of a group comes', async () => {
    const servers = { a: holding('down'), b: holding('down'), c: holding('old'), d: holding('old') };
    const step = starter([]);
    const falling: AnyStep<World> = {
      ...step,
      plan: (spot: { host: Host; world: World; params: unknown }, facts: { text: string }) => {
        // While the first group starts, one of the second ends by itself.
        if (spot.host.name === 'a') servers.d.files.set('/runs', 'down');
        return step.plan(spot, facts);
      },
    };
    const { all, events } = options(
      [
        twins(
          [
            [a, b],
            [c, d],
          ],
          falling,
        ),
      ],
      fakePool(servers),
    );
    await runPlays(all);
    expect(wavesIn(events)).toEqual(['1: a b', '2: d', '3: c (it serves)']);
  });

  it('restarts nobody while a host of the group cannot be looked at', async () => {
    const servers = { a: holding('old'), b: fakeServer() };
    const blind: AnyStep<World> = {
      ...starter([]),
      inspect: async ({ host }: { host: Host }) => {
        if (host.name === 'b') throw new StepFailed({ cause: 'no answer' });
        return { text: 'old' };
      },
    };
    const { all } = options([twins([[a, b]], blind)], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'failed', changed: 0, failures: [{ host: 'b' }] });
    expect(servers.a.done).toEqual([]);
  });
});

describe('plays that begin together', () => {
  /** Writes a file, and tells what it does; while it is at it, it may have to wait for another. */
  function telling(
    name: string,
    log: string[],
    meanwhile: (host: Host) => Promise<void> = async () => undefined,
  ) {
    const inner = writeFile(`/${name}`);
    const step: AnyStep<World> = {
      ...inner,
      plan: (spot: { host: Host; world: World; params: unknown }, facts: { text: string }) =>
        inner.plan(spot, facts).map((change) => ({
          ...change,
          actions: [
            put(
              `/${name}-began`,
              async () => {
                log.push(`${spot.host.name} ${name} begins`);
                await meanwhile(spot.host);
                log.push(`${spot.host.name} ${name} ends`);
                return 'x';
              },
              0o600,
            ),
            ...change.actions,
          ],
        })),
    };
    return step;
  }
  const gate = () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open: () => open(), opened };
  };
  const beside = (name: string, hosts: readonly Host[], step: AnyStep<World>): ScheduledPlay<World> => ({
    ...play(name, hosts, [step]),
    beside: true,
  });
  /** Fetches, then installs once the first play of the run is done. */
  const fetching = (
    hosts: readonly Host[],
    fetch: AnyStep<World>,
    install: AnyStep<World>,
  ): ScheduledPlay<World> => ({
    ...play('install', hosts, []),
    calls: [
      { step: fetch, params: {} },
      { step: install, params: {}, after: [0] },
    ],
  });
  const three = () => ({ a: fakeServer(), b: fakeServer(), c: fakeServer() });

  it('a step waits for a play, and those before it for nobody', async () => {
    const log: string[] = [];
    const fetched = gate();
    const make = telling('make', log, () => fetched.opened);
    const fetch = telling('fetch', log, async (host) => {
      if (host.name === 'b') fetched.open();
    });
    const plays = [beside('make', [c], make), fetching([a, b], fetch, telling('install', log))];
    const { all, events } = options(plays, fakePool(three()));
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 5 });
    const awaited = { type: 'turn-awaited', play: 'install', step: 'write-install', plays: ['make'] };
    expect(events.filter(({ type }) => type === 'turn-awaited')).toEqual([
      { ...awaited, host: 'a' },
      { ...awaited, host: 'b' },
    ]);
    const at = (what: string) => log.indexOf(what);
    expect(at('b fetch begins')).toBeLessThan(at('c make ends'));
    expect(at('a install begins')).toBeGreaterThan(at('c make ends'));
    expect(at('b install begins')).toBeGreaterThan(at('c make ends'));
  });

  it('one host goes on while another is still at what comes before', async () => {
    const log: string[] = [];
    const installed = gate();
    const fetch = telling('fetch', log, (host) => (host.name === 'b' ? installed.opened : Promise.resolve()));
    const install = telling('install', log, async () => installed.open());
    const plays = [beside('make', [c], telling('make', log)), fetching([a, b], fetch, install)];
    expect(await runPlays(options(plays, fakePool(three())).all)).toMatchObject({ outcome: 'ok' });
    expect(log.indexOf('a install begins')).toBeLessThan(log.indexOf('b fetch ends'));
  });

  it('whoever waits takes no place from those who work', async () => {
    const log: string[] = [];
    const sequence = { ...play('make', [a, b, c], [telling('make', log)], 'sequence'), beside: true };
    const plays = [sequence, fetching([a, b, c], telling('fetch', log), telling('install', log))];
    const { all } = options(plays, fakePool(three()), { limit: 1 });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 9 });
  });

  it('none begins after one that refuses what it would have to do', async () => {
    const refusing: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => {
        throw new StepFailed({ cause: 'there is no key' });
      },
    };
    const servers = three();
    const plays = [beside('make', [c], refusing), fetching([a, b], writeFile('/f'), writeFile('/i'))];
    const { all, events } = options(plays, fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'failed', failures: [{ host: 'c' }] });
    expect(events.filter(({ type }) => type === 'play-started')).toHaveLength(1);
    expect([...servers.a.done, ...servers.b.done]).toEqual([]);
  });

  it('what is under way is finished when another fails, and what waits for that never begins', async () => {
    const log: string[] = [];
    const failed = gate();
    const make = telling('make', log, async () => {
      failed.open();
      throw new StepFailed({ cause: 'the disk is full' });
    });
    const fetch = telling('fetch', log, () => failed.opened);
    const plays = [
      beside('make', [c], make),
      fetching([a, b], fetch, telling('install', log)),
      play('later', [a], [telling('start', log)]),
    ];
    const { all, events } = options(plays, fakePool(three()));
    expect(await runPlays(all)).toMatchObject({ outcome: 'failed', failures: [{ host: 'c' }] });
    expect(log.filter((line) => line.includes('fetch ends'))).toHaveLength(2);
    expect(log.filter((line) => /install|start/.test(line))).toEqual([]);
    expect(events.at(-1)).toMatchObject({
      tallies: [{ host: 'c' }, { host: 'a', left: 2 }, { host: 'b', left: 1 }],
    });
  });

  it('none begins beside one that has to be alone', async () => {
    const log: string[] = [];
    const shy = { ...telling('make', log), company: () => ({ alone: 'a person has to sign' }) };
    const plays = [beside('make', [c], shy), fetching([a], telling('fetch', log), telling('install', log))];
    await runPlays(options(plays, fakePool(three())).all);
    expect(log.slice(0, 3)).toEqual(['c make begins', 'c make ends', 'a fetch begins']);
  });

  it('the next waits for all of them', async () => {
    const log: string[] = [];
    const second = gate();
    const slow = telling('make', log, () => second.opened);
    const fast = telling('fetch', log, async () => second.open());
    const plays = [
      beside('one', [c], slow),
      play('two', [a], [fast]),
      play('three', [b], [telling('end', log)]),
    ];
    await runPlays(options(plays, fakePool(three())).all);
    expect(log.at(-2)).toBe('b end begins');
    expect(log).toContain('c make ends');
  });

  it('are read one after another in a plan, host by host', async () => {
    const plays = [beside('make', [c], writeFile('/m')), fetching([a, b], writeFile('/f'), writeFile('/i'))];
    const { all, events } = options(plays, fakePool(three()), { dryRun: true });
    await runPlays(all);
    const steps = events.flatMap((event) =>
      event.type === 'change-planned' ? [`${event.host} ${event.step}`] : [],
    );
    expect(steps).toEqual(['c write-m', 'a write-f', 'a write-i', 'b write-f', 'b write-i']);
  });
});

describe('a play with a condition', () => {
  const part = writeFile('/part');
  /** What was done where: in `with` by whom the step finds something to do, in `without` by the others. */
  async function walked(servers: Record<string, ReturnType<typeof fakeServer>>, more = {}) {
    const call = { step: part, params: {} };
    const plays = [
      { ...play('with', [a, b, c], [writeFile('/with')]), condition: { call, holds: true } },
      { ...play('without', [a, b, c], [writeFile('/without')]), condition: { call, holds: false } },
    ];
    const { all, events } = options(plays, fakePool(servers), more);
    const result = await runPlays(all);
    const done = events.flatMap((event) =>
      event.type === 'change-planned' ? [`${event.play} ${event.host}`] : [],
    );
    const begun = events.flatMap((event) =>
      event.type === 'play-started' ? [`${event.play}: ${event.hosts.join(' ')}`] : [],
    );
    const [tallies] = events.flatMap((event) => (event.type === 'run-finished' ? [event.tallies] : []));
    const [told] = events.flatMap((event) => (event.type === 'run-started' ? [event.plays] : []));
    expect(told?.map(({ conditional }) => conditional)).toEqual([true, true]);
    return { result, done, begun, left: tallies?.map(({ left }) => left) };
  }
  const standing = () => {
    const server = fakeServer();
    server.files.set('/part', 'wanted');
    return server;
  };

  it('is for the hosts at which its step finds something to do, or for all others', async () => {
    const servers = { a: fakeServer(), b: standing(), c: fakeServer() };
    const { result, done, begun, left } = await walked(servers);
    expect(result.outcome).toBe('ok');
    expect(done).toEqual(['with a', 'with c', 'without b']);
    expect(begun).toEqual(['with: a c', 'without: b']);
    expect(left).toEqual([0, 0, 0]);
    // It is asked, and never done.
    expect(servers.a.files.has('/part')).toBe(false);
  });

  it('is the same in a plan', async () => {
    const { done } = await walked({ a: fakeServer(), b: standing(), c: fakeServer() }, { dryRun: true });
    expect(done).toEqual(['with a', 'with c', 'without b']);
  });

  it('is told of by nobody if it is for nobody', async () => {
    expect((await walked({ a: standing(), b: standing(), c: standing() })).begun).toEqual(['without: a b c']);
  });

  it('asks anew once something was altered', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), c: fakeServer() };
    const call = { step: part, params: {} };
    const plays = [
      play('makes', [a, b], [part]),
      { ...play('with', [a, b, c], [writeFile('/with')]), condition: { call, holds: true } },
    ];
    const { all, events } = options(plays, fakePool(servers));
    await runPlays(all);
    expect(events.filter((event) => event.type === 'play-started').at(-1)).toMatchObject({ hosts: ['c'] });
  });

  it('looks for its steps only at hosts that have a part in it', async () => {
    const looked: string[] = [];
    const step: AnyStep<World> = {
      ...writeFile('/with'),
      inspect: async (spot, asks) => {
        looked.push(spot.host.name);
        return writeFile('/with').inspect(spot, asks);
      },
    };
    const call = { step: part, params: {} };
    const plays = [{ ...play('with', [a, b], [step]), condition: { call, holds: true } }];
    const { all } = options(plays, fakePool({ a: fakeServer(), b: standing() }));
    await runPlays(all);
    expect(new Set(looked)).toEqual(new Set(['a']));
  });

  it('leaves a host whose condition cannot be seen to its steps, which tell why', async () => {
    const blind: AnyStep<World> = {
      ...part,
      inspect: async () => {
        throw new StepFailed({ cause: 'it cannot be seen' });
      },
    };
    const plays = [
      { ...play('with', [a], [blind]), condition: { call: { step: blind, params: {} }, holds: true } },
    ];
    const { all } = options(plays, fakePool({ a: fakeServer() }));
    expect((await runPlays(all)).failures.map(({ error }) => error.message)).toEqual(['it cannot be seen']);
  });
});
