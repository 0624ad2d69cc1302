import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { at, type Place, put } from '../../src/engine/plan.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { Step } from '../../src/engine/step.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';
import { options, play, type World, writeFile } from '../support/plays.ts';

const [a, b, balancer] = [fakeHost('a'), fakeHost('b'), fakeHost('lb')];

/** Keeps a file with the name of its host at another place than its host. */
function keepAt(place: Place, path = '/list'): Step<World, unknown, { text: string }> {
  return {
    name: 'keep-elsewhere',
    summary: 'keep a list elsewhere',
    at: 'any',
    params: z.unknown(),
    async inspect(_spot, asks) {
      return { text: (await asks.at(place).there(sh`cat ${path}`)).stdout };
    },
    plan({ host }, { text }) {
      const names = text.split(' ').filter((each) => each !== '');
      if (names.includes(host.name)) return [];
      const wanted = [...names, host.name].join(' ');
      return [{ summary: `name ${host.name}`, actions: at(place, [put(path, wanted, 0o600)]) }];
    },
  };
}

describe('a step that works elsewhere', () => {
  it('looks there, and alters that place instead of its own', async () => {
    const servers = { a: fakeServer(), lb: fakeServer() };
    const plays = () => [play('one', [a], [keepAt(balancer)])];
    expect(await runPlays(options(plays(), fakePool(servers)).all)).toMatchObject({ changed: 1 });
    expect(servers.lb.files.get('/list')).toBe('a');
    expect(servers.a.done).toEqual([]);
    expect(await runPlays(options(plays(), fakePool(servers)).all)).toMatchObject({ changed: 0 });
  });

  it('has the turn of that place, so that two who write there lose nothing', async () => {
    const servers = { a: fakeServer(), b: fakeServer(), lb: fakeServer() };
    const plays = [play('one', [a, b], [keepAt(balancer)])];
    expect(await runPlays(options(plays, fakePool(servers)).all)).toMatchObject({
      outcome: 'ok',
      changed: 2,
    });
    expect(servers.lb.files.get('/list')).toBe('a b');
  });

  it('sends those back to look who had looked at that place before', async () => {
    const servers = { a: fakeServer(), lb: fakeServer() };
    const plays = [
      play('one', [a], [keepAt(balancer, '/x')]),
      play('two', [balancer], [{ ...writeFile('/x'), name: 'see-x' }]),
    ];
    const { all } = options(plays, fakePool(servers), { world: { text: 'a' } });
    expect(await runPlays(all)).toMatchObject({ outcome: 'ok', changed: 1 });
  });

  it('takes the lock of a server that is no host of the run, and leaves it alone if another run has it', async () => {
    const servers = { a: fakeServer(), lb: fakeServer() };
    servers.lb.lockedBy = 'somebody';
    const lock = { nameAt: () => 'run', holder: 'us' };
    const { all } = options([play('one', [a], [keepAt(balancer)])], fakePool(servers), { lock });
    const { failures } = await runPlays(all);
    expect(failures.map(({ error }) => error.message).join()).toContain(
      'another run is at work on lb: somebody',
    );
    expect(servers.lb.done).toEqual([]);
  });

  it('tells in a dry run what it would do there, and does nothing', async () => {
    const servers = { a: fakeServer(), lb: fakeServer() };
    const { all } = options([play('one', [a], [keepAt(balancer)])], fakePool(servers), { dryRun: true });
    expect(await runPlays(all)).toMatchObject({ changed: 1 });
    expect(servers.lb.done).toEqual([]);
  });

  it('alters what hosts share through its own host, in the turn of all who share it', async () => {
    const shared = fakeServer();
    const pool = fakePool({ a: shared, b: shared });
    const plays = [play('one', [a, b], [keepAt({ sharedFiles: 'nas:/export' })])];
    expect(await runPlays(options(plays, pool).all)).toMatchObject({ outcome: 'ok', changed: 2 });
    expect(shared.files.get('/list')).toBe('a b');
  });
});
