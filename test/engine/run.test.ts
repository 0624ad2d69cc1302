import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { controller } from '../../src/engine/controller.ts';
import type { Event } from '../../src/engine/event.ts';
import { later, put, run, wait } from '../../src/engine/plan.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { AnyStep, Step } from '../../src/engine/step.ts';
import { RunRefused, StepFailed } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';
import { options, play, type World, writeFile } from '../support/plays.ts';
import { warningsOf } from '../support/warnings.ts';

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

  it('tells of every action that is done, in words that hold no secret', async () => {
    const secret = new Secret('fake-action-word');
    const told: AnyStep<World> = {
      ...writeFile('/x'),
      plan: (_spot, { text }: { text: string }) =>
        text === 'wanted'
          ? []
          : [
              {
                summary: 'write /x',
                actions: [
                  run(sh`prepare ${secret.reveal()}`),
                  run(sh`prepare more`, { shown: 'prepare it' }),
                  put('/x', 'wanted', 0o600),
                ],
              },
            ],
    };
    const { all, events } = options([play('one', [a], [told])], fakePool({ a: fakeServer() }));
    await runPlays(all);
    expect(events.flatMap((event) => (event.type === 'action-finished' ? [event.what] : []))).toEqual([
      'prepare (secret)',
      'prepare it',
      'put /x',
    ]);
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

  it('that waits at many hosts warns of nothing, and nobody listens for the operator when it has ended', async () => {
    const hosts = Array.from({ length: 200 }, (_, index) => fakeHost(`gw${index}`));
    const servers = Object.fromEntries(
      hosts.map(({ name }) => {
        const codes = [1];
        return [name, fakeServer([['is-up', () => ({ code: codes.pop() ?? 0 })]])];
      }),
    );
    const waiting: AnyStep<World> = {
      ...writeFile('/x'),
      plan: ({ world }: { world: World }, { text }: { text: string }) =>
        text === world.text
          ? []
          : [
              {
                summary: 'write /x',
                actions: [
                  put('/x', 'wanted', 0o600),
                  wait({ what: 'it', until: [{ what: 'it', command: sh`is-up` }], timeoutMs: 60_000 }),
                ],
              },
            ],
    };
    const { all, events } = options([play('one', hosts, [waiting])], fakePool(servers));
    const warnings = await warningsOf(async () =>
      expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 200 }),
    );
    expect(warnings).toEqual([]);
    const deadlines = events.flatMap((event) => (event.type === 'waiting' ? [event.timeoutMs] : []));
    expect(deadlines).toEqual(hosts.map(() => 60_000));
    expect([all.stop, all.abort].map((signal) => getEventListeners(signal, 'abort'))).toEqual([[], []]);
  });

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
      plan: (_spot: unknown, { text }: { text: string }) =>
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
    const types = events.map(({ type }) => type);
    expect(types.indexOf('run-ending')).toBeLessThan(types.indexOf('step-started'));
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
      plan: (spot: { host: Host }) =>
        spot.host.name === 'b' ? [{ summary: 'x', actions: [run(sh`true`, { hint: 'make room' })] }] : [],
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
    const { all, events } = options([play('one', [a], [stopping, writeFile('/y')])], fakePool(servers), {
      stop: stop.signal,
    });
    expect(await runPlays(all)).toMatchObject({ outcome: 'interrupted' });
    expect(events.filter(({ type }) => type === 'run-ending')).toEqual([
      { type: 'run-ending', why: 'interrupted' },
    ]);
    expect([...servers.a.files.keys()]).toEqual(['/1']);
  });

  it('tells who is entered, and what a host is by a step; not so in a dry run', async () => {
    const starting: AnyStep<World> = { ...writeFile('/x'), leaves: 'running' };
    const told = async (more: object) => {
      const { all, events } = options([play('one', [a], [starting])], fakePool({ a: fakeServer() }), more);
      await runPlays(all);
      return events.flatMap((event) => {
        if (event.type === 'host-connected') return [`${event.host} connected`];
        return event.type === 'step-finished' ? [`${event.outcome}: ${event.state}`] : [];
      });
    };
    expect(await told({})).toEqual(['a connected', 'changed: running']);
    expect(await told({ dryRun: true })).toEqual(['a connected', 'changed: undefined']);
  });

  it('says of nobody that he is entered while another run has the lock', async () => {
    const servers = { a: fakeServer() };
    servers.a.lockedBy = 'alice';
    const { all, events } = options([play('one', [a], [writeFile('/x')])], fakePool(servers), {
      lock: { nameAt: () => 'run', holder: 'bob' },
    });
    await runPlays(all);
    expect(events.map(({ type }) => type)).not.toContain('host-connected');
  });

  it('tells those whose turn has not come for what they wait: a host at the same machine, or too many at work', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    const machine = (name: string) => ({ ...a, name });
    const awaited = async (hosts: readonly Host[], more = {}) => {
      const pool = fakePool({ ...servers, x: fakeServer(), y: fakeServer() });
      const { all, events } = options([play('one', hosts, [writeFile('/x')])], pool, more);
      await runPlays(all);
      return events.filter(({ type }) => type === 'turn-awaited');
    };
    const at = { type: 'turn-awaited', play: 'one', step: 'write-x' };
    expect(await awaited([machine('x'), machine('y')])).toEqual([{ ...at, host: 'y', hosts: ['x'] }]);
    expect(await awaited([a, b], { limit: 1 })).toEqual([{ ...at, host: 'b', atWork: 1 }]);
    expect(await awaited([a, b])).toEqual([]);
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
      plan: (spot: { host: Host }, { text }: { text: string }) =>
        text.includes(spot.host.name)
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
                      return `${text}${spot.host.name}`;
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
      async inspect(_spot: unknown, { here, there }: Parameters<AnyStep<World>['inspect']>[1]) {
        const [source, copy] = await Promise.all([here(sh`cat ${'/source'}`), there(sh`cat ${'/copy'}`)]);
        return { source: source.stdout, copy: copy.stdout };
      },
      plan: (_spot: unknown, { source, copy }: { source: string; copy: string }) =>
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
