import { describe, expect, it } from 'vitest';
import type { Preview } from '../../src/engine/preview.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { StepFailed } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';
import { options, play, type World, writeFile } from '../support/plays.ts';

const [a, b] = [fakeHost('a'), fakeHost('b')];

/** A run in which somebody is asked, and answers so. */
function asked(plays: Parameters<typeof options>[0], servers: Parameters<typeof fakePool>[0], answer = true) {
  const heard: Preview[] = [];
  const confirm = async (preview: Preview) => {
    heard.push(preview);
    return answer;
  };
  return { heard, ...options(plays, fakePool(servers), { confirm }) };
}

const told = ({ changes }: Preview) => changes.map(({ host, summary }) => `${host}: ${summary}`);

describe('before anything is done', () => {
  it('it is told what would be, from what was looked at anyway', async () => {
    let looks = 0;
    const counted: AnyStep<World> = {
      ...writeFile('/x'),
      async inspect() {
        looks += 1;
        return { text: '' };
      },
      plan: ({ world }: { world: World }) =>
        looks > 1 ? [] : [{ summary: `write ${world.text}`, server: 'restart', actions: [] }],
    };
    const { all, heard } = asked([play('one', [a], [counted])], { a: fakeServer() });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
    expect(heard.map(told)).toEqual([['a: write wanted']]);
    expect(heard[0]?.changes[0]?.server).toBe('restart');
    // Once at the beginning, and once to see that it is done.
    expect(looks).toBe(2);
  });

  it('what is planned of it is planned once, and anew only after something was altered', async () => {
    const plans: string[] = [];
    const counted = (name: string): AnyStep<World> => {
      const step = writeFile(name);
      return {
        ...step,
        plan(spot, facts) {
          plans.push(name);
          return step.plan(spot, facts);
        },
      };
    };
    const server = fakeServer();
    server.files.set('/x', 'wanted');
    const { all } = asked([play('one', [a], [counted('/x'), counted('/y')])], { a: server });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
    // What is right once; what is not at first, and once more to see that it is done.
    expect(plans.sort()).toEqual(['/x', '/y', '/y']);
  });

  it('a no ends the run with all as it was', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    const { all, events } = asked([play('one', [a, b], [writeFile('/x')])], servers, false);
    expect(await runPlays(all)).toMatchObject({ outcome: 'declined', changed: 0, failures: [] });
    expect([...servers.a.done, ...servers.b.done]).toEqual([]);
    expect(events.map(({ type }) => type)).not.toContain('step-started');
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'declined' });
  });

  it('nobody is asked where there is nothing to do, nor in a dry run', async () => {
    const servers = { a: fakeServer() };
    const plays = [play('one', [a], [writeFile('/x')])];
    const dry = asked(plays, servers);
    await runPlays({ ...dry.all, dryRun: true });
    await runPlays(options(plays, fakePool(servers)).all);
    const again = asked(plays, servers);
    expect(await runPlays(again.all)).toMatchObject({ outcome: 'ok', changed: 0 });
    expect([dry.heard, again.heard]).toEqual([[], []]);
  });

  it('nobody is asked while another run holds a server', async () => {
    const servers = { a: fakeServer() };
    servers.a.lockedBy = 'somebody';
    const { all, heard } = asked([play('one', [a], [writeFile('/x')])], servers);
    const lock = { nameAt: () => 'run', holder: 'we' };
    expect(await runPlays({ ...all, lock })).toMatchObject({ outcome: 'failed' });
    expect(heard).toEqual([]);
  });

  it('what comes after the play in which a host fails is not told, for it is not done', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    const failing: AnyStep<World> = {
      ...writeFile('/x'),
      plan({ host, world }: { host: Host; world: World }) {
        if (host.name === 'b') throw new StepFailed({ cause: 'b is not as it has to be' });
        return [{ summary: `write ${world.text}`, actions: [] }];
      },
    };
    const plays = [play('one', [a, b], [failing]), play('two', [a], [writeFile('/y')])];
    const { all, heard } = asked(plays, servers, false);
    await runPlays(all);
    expect(heard.map(told)).toEqual([['a: write wanted']]);
    expect(heard[0]?.failures.map(({ host, error }) => [host, error?.cause])).toEqual([
      ['b', 'b is not as it has to be'],
    ]);
  });

  it('nor is what comes after the play of a host that cannot be reached', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    servers.b.down = true;
    const plays = [play('one', [a, b], [writeFile('/x')]), play('two', [a], [writeFile('/y')])];
    const { all, heard } = asked(plays, servers, false);
    await runPlays(all);
    expect(heard.map(told)).toEqual([['a: write /x']]);
    // That is no step of its.
    expect(heard[0]?.failures).toEqual([]);
  });

  it.each([
    ['all where nobody fails', 'nobody', ['a: write /x', 'a: write /y', 'b: write /y', 'a: write /z']],
    ['all up to the play of a host that cannot be reached', 'down', ['a: write /x', 'a: write /y']],
    ['all up to the play in which a host fails', 'fails', ['a: write /x', 'a: write /y']],
  ])('of three plays it is told %s', async (_what, b2, changes) => {
    const servers = { a: fakeServer(), b: fakeServer() };
    servers.b.down = b2 === 'down';
    const failing: AnyStep<World> = {
      ...writeFile('/y'),
      plan(spot, facts) {
        if (b2 === 'fails' && spot.host.name === 'b')
          throw new StepFailed({ cause: 'b is not as it has to be' });
        return writeFile('/y').plan(spot, facts);
      },
    };
    const plays = [
      play('one', [a], [writeFile('/x')]),
      play('two', [a, b], [failing]),
      play('three', [a], [writeFile('/z')]),
    ];
    const { all, heard } = asked(plays, servers, false);
    await runPlays(all);
    expect(heard.map(told)).toEqual([changes]);
  });

  it('nobody is asked for the others while another run holds a server of theirs', async () => {
    const servers = { a: fakeServer(), b: fakeServer() };
    servers.a.lockedBy = 'somebody';
    const { all, heard } = asked([play('one', [a, b], [writeFile('/x')])], servers);
    const lock = { nameAt: () => 'run', holder: 'we' };
    expect(await runPlays({ ...all, lock })).toMatchObject({ outcome: 'failed', changed: 0 });
    expect(heard).toEqual([]);
  });

  it('Ctrl-C at the question ends the run as ever', async () => {
    const stop = new AbortController();
    const servers = { a: fakeServer() };
    const { all } = options([play('one', [a], [writeFile('/x')])], fakePool(servers));
    const confirm = async () => {
      stop.abort();
      return false;
    };
    expect(await runPlays({ ...all, stop: stop.signal, confirm })).toMatchObject({ outcome: 'interrupted' });
    expect(servers.a.done).toEqual([]);
  });
});
