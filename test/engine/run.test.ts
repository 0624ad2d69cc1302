import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Event } from '../../src/engine/event.ts';
import { later, put, run } from '../../src/engine/plan.ts';
import { type RunOptions, runPlays } from '../../src/engine/run.ts';
import { type Call, controller, type ScheduledPlay } from '../../src/engine/schedule.ts';
import type { AnyStep, Step } from '../../src/engine/step.ts';
import { RunRefused, StepFailed } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';

type World = { readonly text: string | Secret };

/** Writes a file with the text of the world: enough of a step to show all that the engine does. */
function writeFile(path: string): Step<World, unknown, { text: string }> {
  return {
    name: `write-${path.slice(1)}`,
    summary: 'write a file',
    at: 'any',
    params: z.unknown(),
    async inspect(_site, { there }) {
      return { text: (await there(sh`cat ${path}`)).stdout };
    },
    plan({ world }, { text }) {
      const wanted = world.text instanceof Secret ? world.text.reveal() : world.text;
      if (text === wanted) return [];
      return [{ summary: `write ${path}`, actions: [put(path, world.text, 0o600)] }];
    },
  };
}

function play(
  name: string,
  hosts: readonly Host[],
  steps: readonly AnyStep<World>[],
  order: 'parallel' | 'sequence' = 'parallel',
): ScheduledPlay<World> {
  const calls: Call<World>[] = steps.map((step) => ({ step, params: {} }));
  const groups = order === 'parallel' ? [hosts] : hosts.map((host) => [host]);
  return { name, hosts, calls, groups };
}

function options(plays: readonly ScheduledPlay<World>[], pool: RunOptions<World>['pool'], more = {}) {
  const events: Event[] = [];
  let time = 0;
  const all: RunOptions<World> = {
    name: 'test',
    plays,
    world: { text: 'wanted' },
    pool,
    emit: (event) => events.push(event),
    dryRun: false,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    now: () => new Date(time++),
    ...more,
  };
  return { all, events };
}

const [a, b, c] = [fakeHost('a'), fakeHost('b'), fakeHost('c')];

describe('a run', () => {
  it('changes what is not as wanted, and nothing the second time', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    const plays = () => [play('one', [a, b], [writeFile('/x')])];
    const first = await runPlays(options(plays(), fakePool(servers)).all);
    expect(first).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(servers.a.files.get('/x')).toBe('wanted');
    const second = await runPlays(options(plays(), fakePool(servers)).all);
    expect(second).toMatchObject({ outcome: 'ok', changed: 0 });
    expect(servers.a.done).toEqual(['put /x']);
  });

  it('plans what cannot be done yet, and begins nothing of it if it still cannot when its time has come', async () => {
    const servers = { a: fakeServer() };
    const waiting: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [{ summary: 'write /x', actions: [put('/x', 'wanted', 0o600)] }, later('use /y', 'make-y')],
    };
    const plays = [play('one', [a], [waiting])];
    const dry = options(plays, fakePool(servers), { dryRun: true });
    expect(await runPlays(dry.all)).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(dry.events.flatMap((event) => (event.type === 'change-planned' ? [event.summary] : []))).toEqual([
      'write /x',
      'use /y',
    ]);
    const { failures } = await runPlays(options(plays, fakePool(servers)).all);
    expect(failures.map(({ error }) => error.message).join()).toMatch(
      /it cannot use \/y yet: that takes what make-y sees to\n.*run make-y before this step/,
    );
    expect(servers.a.done).toEqual([]);
  });

  it('tells in a dry run what it would do, and does nothing', async () => {
    const servers = { a: fakeServer() };
    const { all, events } = options([play('one', [a], [writeFile('/x')])], fakePool(servers), {
      dryRun: true,
    });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
    expect(servers.a.done).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'change-planned', summary: 'write /x' }));
  });

  it.each([true, false])(
    'plans and does nothing past what forbids it for all (dry run: %s)',
    async (dryRun) => {
      const servers = { a: fakeServer(), b: fakeServer() };
      const refusing: AnyStep<World> = {
        ...writeFile('/x'),
        plan: ({ host }: { host: Host }) => {
          if (host.name === 'a') throw new RunRefused({ cause: 'a holds what nobody may write over' });
          return [];
        },
      };
      const plays = [play('look', [a, b], [refusing]), play('write', [b], [writeFile('/x')])];
      const { all, events } = options(plays, fakePool(servers), { dryRun });
      expect((await runPlays(all)).failures.map(({ host }) => host)).toEqual(['a']);
      expect(events.filter(({ type }) => type === 'change-planned')).toEqual([]);
      expect(servers.b.done).toEqual([]);
    },
  );

  it('that is stopped while it connects ends at once, and blames no host', async () => {
    const stop = new AbortController();
    const pool = {
      connect: () => {
        queueMicrotask(() => stop.abort());
        return new Promise<never>(() => undefined);
      },
    };
    const { all, events } = options([play('one', [a, b], [writeFile('/x')])], pool, { stop: stop.signal });
    expect(await runPlays(all)).toEqual({ outcome: 'interrupted', changed: 0, failures: [] });
    expect(events.map(({ type }) => type)).not.toContain('host-failed');
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'interrupted' });
  });

  it('that is stopped while it connects is interrupted, whoever had failed before', async () => {
    const stop = new AbortController();
    const pool = {
      async connect(login: Host['login']) {
        if (login.kind === 'ssh' && login.address === 'a') throw new StepFailed({ cause: 'no answer' });
        return new Promise<never>(() => undefined);
      },
    };
    const emit = ({ type }: Event) => {
      if (type === 'host-failed') stop.abort();
    };
    const more = { stop: stop.signal, emit };
    const { all } = options([play('one', [a, b], [writeFile('/x')])], pool, more);
    expect(await runPlays(all)).toMatchObject({ outcome: 'interrupted', failures: [{ host: 'a' }] });
  });

  it('looks again after something changed at the host, so a later step sees it', async () => {
    const servers = { a: fakeServer() };
    const follower: AnyStep<World> = {
      ...writeFile('/x'),
      name: 'follow',
      plan: (_site: unknown, { text }: { text: string }) =>
        text === 'wanted' ? [] : [{ summary: 'would be wrong', actions: [] }],
    };
    const { all } = options([play('one', [a], [writeFile('/x'), follower])], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
  });

  it('fails a step whose changes do not last', async () => {
    const servers = { a: fakeServer() };
    const futile: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [{ summary: 'try in vain', actions: [run(sh`true`)] }],
    };
    const result = await runPlays(options([play('one', [a], [futile])], fakePool(servers)).all);
    expect(result.outcome).toBe('failed');
    expect(result.failures[0]?.error.message).toContain('there is still to do: try in vain');
  });

  it('lets the neighbours of a failed host finish, and starts no later batch', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), c: fakeServer() };
    servers.b.down = true;
    const { all, events } = options(
      [play('one', [a, b, c], [writeFile('/x')]), play('two', [a, c], [writeFile('/y')])],
      fakePool(servers),
    );
    const result = await runPlays(all);
    expect(result).toMatchObject({ outcome: 'failed', changed: 2, failures: [{ host: 'b' }] });
    expect([...servers.a.files.keys()]).toEqual(['/x']);
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      failed: ['b'],
      tallies: [
        { host: 'a', changed: 1, left: 1 },
        { host: 'b', failed: 1, left: 1 },
        { host: 'c', changed: 1, left: 1 },
      ],
    });
  });

  it('goes one host at a time in a sequence, and stops at the first that fails', async () => {
    const servers = {
      a: fakeServer(),
      b: fakeServer([['true', { code: 3, stderr: 'no room left\n' }]]),
      c: fakeServer(),
    };
    const failing: AnyStep<World> = {
      ...writeFile('/x'),
      plan: (site: { host: Host }) =>
        site.host.name === 'b' ? [{ summary: 'x', actions: [run(sh`true`, { hint: 'make room' })] }] : [],
    };
    const { all, events } = options([play('one', [a, b, c], [failing], 'sequence')], fakePool(servers));
    const result = await runPlays(all);
    expect(result.failures.map(({ host }) => host)).toEqual(['b']);
    const started = events.flatMap((event) => (event.type === 'step-started' ? [event.host] : []));
    expect(started).toEqual(['a', 'b']);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'step-finished',
        outcome: 'failed',
        error: { cause: 'true exited with 3', tail: ['no room left'], hint: 'make room' },
      }),
    );
  });

  describe('in waves', () => {
    /** Starts a server, or starts it again: alone if it runs. Its first start in an empty world makes a user. */
    function starter(log: string[], failing?: string): AnyStep<World> {
      const inner = writeFile('/runs');
      return {
        ...inner,
        name: 'start',
        company: (_site: unknown, { text }: { text: string }) =>
          text === 'old' ? { alone: 'it serves' } : text === '' ? { makes: 'a user' } : {},
        plan: (site: { host: Host; world: World; params: unknown }, facts: { text: string }) =>
          inner.plan(site, facts).map((change) => ({
            ...change,
            actions: [
              put(
                '/began',
                async () => {
                  log.push(`${site.host.name} begins`);
                  // Long enough for everybody who goes at the same time to have begun.
                  for (let tick = 0; tick < 50; tick += 1) await Promise.resolve();
                  if (site.host.name === failing) throw new StepFailed({ cause: 'it does not come up' });
                  log.push(`${site.host.name} ends`);
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
      const { all } = options([twins([[a, b, c], [d]], starter(log, 'a'))], fakePool(servers));
      expect(await runPlays(all)).toMatchObject({ outcome: 'failed', failures: [{ host: 'a' }] });
      expect(log).toEqual(['a begins', 'b begins', 'b ends']);
    });

    it('decides by what there is when the turn of a group comes', async () => {
      const servers = { a: holding('down'), b: holding('down'), c: holding('old'), d: holding('old') };
      const step = starter([]);
      const falling: AnyStep<World> = {
        ...step,
        plan: (site: { host: Host; world: World; params: unknown }, facts: { text: string }) => {
          // While the first group starts, one of the second ends by itself.
          if (site.host.name === 'a') servers.d.files.set('/runs', 'down');
          return step.plan(site, facts);
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

  it('tells who holds the lock, and does nothing', async () => {
    const servers = { a: fakeServer() };
    servers.a.lockedBy = 'alice@laptop since noon';
    const { all } = options([play('one', [a], [writeFile('/x')])], fakePool(servers), {
      lock: { nameAt: () => 'run', holder: 'bob' },
    });
    const result = await runPlays(all);
    expect(result.failures[0]?.error.message).toContain('alice@laptop since noon');
    expect(servers.a.done).toEqual([]);
  });

  it('takes no lock for a dry run', async () => {
    const servers = { a: fakeServer() };
    servers.a.lockedBy = 'alice';
    const { all } = options([play('one', [a], [writeFile('/x')])], fakePool(servers), {
      dryRun: true,
      lock: { nameAt: () => 'run', holder: 'bob' },
    });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
  });

  it('ends after the action under way when it is asked to stop', async () => {
    const servers = { a: fakeServer() };
    const stop = new AbortController();
    const stopping: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [
        {
          summary: 'two actions',
          actions: [
            put(
              '/1',
              async () => {
                stop.abort();
                return 'one';
              },
              0o600,
            ),
            put('/2', 'two', 0o600),
          ],
        },
      ],
    };
    const { all } = options([play('one', [a], [stopping, writeFile('/y')])], fakePool(servers), {
      stop: stop.signal,
    });
    expect(await runPlays(all)).toMatchObject({ outcome: 'interrupted' });
    expect([...servers.a.files.keys()]).toEqual(['/1']);
  });

  it('never lets a secret into an event', async () => {
    const servers = { a: fakeServer([['sh -c', { code: 1, stdout: 'said hunter2hunter2 aloud\n' }]]) };
    const leaky: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [
        {
          summary: 'use hunter2hunter2',
          diff: { before: '', after: 'password = hunter2hunter2' },
          actions: [run(sh`sh -c ${'echo'}`)],
        },
      ],
    };
    const { all, events } = options([play('one', [a], [leaky])], fakePool(servers), {
      world: { text: new Secret('hunter2hunter2') },
    });
    await runPlays(all);
    expect(JSON.stringify(events)).not.toContain('hunter2hunter2');
    expect(JSON.stringify(events)).toContain('(secret)');
  });

  it('lets two entries of one machine take turns', async () => {
    const servers = { same: fakeServer() };
    const [one, two] = [fakeHost('one', 'same'), fakeHost('two', 'same')];
    let inside = 0;
    let most = 0;
    const slow: AnyStep<World> = {
      ...writeFile('/x'),
      plan: (site: { host: Host }, { text }: { text: string }) =>
        text.includes(site.host.name)
          ? []
          : [
              {
                summary: 'write',
                actions: [
                  put(
                    '/x',
                    async () => {
                      most = Math.max(most, ++inside);
                      await new Promise((resolve) => setImmediate(resolve));
                      inside -= 1;
                      return `${text}${site.host.name}`;
                    },
                    0o600,
                  ),
                ],
              },
            ],
    };
    const { all } = options([play('one', [one, two], [slow])], fakePool(servers));
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(most).toBe(1);
    expect(servers.same.files.get('/x')).toBe('onetwo');
  });

  it('looks again at a host when the controller changed what was read there', async () => {
    const servers = { a: fakeServer(), local: fakeServer() };
    const follow: AnyStep<World> = {
      ...writeFile('/copy'),
      name: 'follow',
      async inspect(_site: unknown, { here, there }: Parameters<AnyStep<World>['inspect']>[1]) {
        const [source, copy] = await Promise.all([here(sh`cat ${'/source'}`), there(sh`cat ${'/copy'}`)]);
        return { source: source.stdout, copy: copy.stdout };
      },
      plan: (_site: unknown, { source, copy }: { source: string; copy: string }) =>
        source === copy ? [] : [{ summary: 'copy', actions: [put('/copy', source, 0o600)] }],
    };
    const { all } = options(
      [play('here', [controller], [writeFile('/source')]), play('there', [a], [follow])],
      fakePool(servers),
    );
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(servers.a.files.get('/copy')).toBe('wanted');
  });

  it('passes a fault of its own on, instead of calling it a failed host', async () => {
    const broken: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => {
        throw new TypeError('a bug');
      },
    };
    const { all } = options([play('one', [a], [broken])], fakePool({ a: fakeServer() }));
    await expect(runPlays(all)).rejects.toThrow(TypeError);
  });

  it('fails a step that cannot find out what it needs to know', async () => {
    const blind: AnyStep<World> = {
      ...writeFile('/x'),
      async inspect() {
        throw new StepFailed({ cause: 'no Java here', hint: 'install it' });
      },
    };
    const { all } = options([play('one', [a], [blind])], fakePool({ a: fakeServer() }));
    expect((await runPlays(all)).failures[0]?.error.message).toContain('no Java here');
  });
});

describe('a command that tells how far it is, and why it failed', () => {
  it('has its progress told, with the rate, and its failure in words of its own', async () => {
    const servers = { a: fakeServer([['fetch', { code: 9, stdout: 'begun\n100 of 900\n500 of 900\n' }]]) };
    const fetching: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [
        {
          summary: 'fetch',
          actions: [
            run(sh`fetch`, {
              progress: (line) => {
                const [, done, total] = /^(\d+) of (\d+)$/.exec(line) ?? [];
                return done === undefined ? undefined : { done: Number(done), total: Number(total) };
              },
              explain: ({ code }) => ({ cause: `it said ${code}`, hint: 'ask again' }),
            }),
          ],
        },
      ],
    };
    const { all, events } = options([play('one', [a], [fetching])], fakePool(servers));
    const { failures } = await runPlays(all);
    expect(failures[0]?.error.message).toBe('it said 9\n  → ask again');
    expect(events.flatMap((event) => (event.type === 'output' ? [event.text] : []))).toEqual(['begun']);
    expect(
      events.flatMap((event) =>
        event.type === 'progress' ? [[event.done, event.total, event.rate, event.ms]] : [],
      ),
    ).toEqual([
      [100, 900, 0, 0],
      [500, 900, 400_000, 1],
    ]);
  });
});

describe('a step that proves something at every run', () => {
  const proving = (command: string): Step<World, unknown, { text: string }> => ({
    ...writeFile('/x'),
    verify: () => [run(sh`${command}`, { shown: command })],
  });

  it('does so whether there is something to change or not, and it counts as no change', async () => {
    const servers = { a: fakeServer() };
    const plays = () => [play('one', [a], [proving('prove')])];
    expect(await runPlays(options(plays(), fakePool(servers)).all)).toMatchObject({
      outcome: 'ok',
      changed: 1,
    });
    expect(await runPlays(options(plays(), fakePool(servers)).all)).toMatchObject({
      outcome: 'ok',
      changed: 0,
    });
    expect(servers.a.done).toEqual(['put /x', 'run prove', 'run prove']);
  });

  it('leaves it out of a dry run', async () => {
    const servers = { a: fakeServer() };
    await runPlays(options([play('one', [a], [proving('prove')])], fakePool(servers), { dryRun: true }).all);
    expect(servers.a.done).toEqual([]);
  });
});
