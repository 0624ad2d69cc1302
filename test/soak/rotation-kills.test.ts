import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { renderLoad } from '../lab/load/report.ts';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { failuresIn, runJson, runTool, startTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

/** Restarts, deployments and rotations of ten nodes under load; and a rotation that is killed after every single action. */

const wholeFolder = ['ca.key', 'ca.pem', 'nodes', 'primary.key', 'primary.pem'];

/**
 * Runs a command again and again until it ends by itself, and kills it after the first action of each run: by that every
 * action of the whole is followed by a kill. Where a change begins from its first action again, it may get one further each time;
 * so it may where changes, each cut off, owe one another, as behind HAProxy, which is told anew of a node that was about to be
 * taken back. A phase that begins knows nothing of that.
 */
async function killedAfterEveryAction(words: readonly string[]): Promise<string[]> {
  const killed: string[] = [];
  const allowedAfter = new Map<string, number>();
  for (;;) {
    const run = startTool([...words, '--output', 'json']);
    const done: string[] = [];
    let allowed = 1;
    const enough = run.seen((event: Event) => {
      if (event.type !== 'action-finished') return false;
      done.push(`${event.host} ${event.step}: ${event.what}`);
      if (done.length === 1) allowed = (allowedAfter.get(done[0] ?? '') ?? 0) + 1;
      return done.length >= allowed;
    });
    const ended = await Promise.race([
      enough.then(
        () => undefined,
        () => run.ended,
      ),
      run.ended,
    ]);
    if (ended !== undefined) {
      expect(failuresIn(ended)).toEqual([]);
      expect(ended.code).toBe(0);
      return killed;
    }
    run.child.kill('SIGKILL');
    await run.ended;
    const [first = ''] = done;
    if (first.startsWith('controller ')) allowedAfter.clear();
    allowedAfter.set(first, allowed);
    killed.push(done.at(-1) ?? '');
    // With that it is over, and the same command would begin another.
    if (killed.at(-1)?.startsWith('controller finish-rotation:')) return killed;
  }
}

describe.each(['nginx', 'haproxy'])('ten nodes behind %s', (software) => {
  let cluster: Cluster;
  const pki = (name = '') => join(cluster.folder, 'pki', name);
  const run = async (...words: string[]) => {
    const result = await runJson(...words);
    expect(failuresIn(result)).toEqual([]);
    expect(result.code).toBe(0);
  };

  beforeAll(async () => {
    cluster = await createPairs(software, software === 'nginx' ? '10.94.0' : '10.109.0');
    const text = await readFile(cluster.inventory, 'utf8');
    await writeFile(
      cluster.inventory,
      text.replace(/^( *)software: \w+$/m, `$1software: ${software}\n$1drain_timeout: 2s`),
    );
    await run('deploy', cluster.inventory);
  });
  afterAll(() => cluster?.close());

  it.each([
    ['a restart', () => run('restart', cluster.inventory)],
    [
      'a deployment of a changed line',
      async () => {
        await cluster.edit('maximum: 256m', 'maximum: 264m');
        await run('deploy', cluster.inventory);
      },
    ],
    [
      'a deployment of another archive, killed in the middle',
      async () => {
        const { path, sha256 } = await buildPack({ edition: 'updated' });
        const text = await readFile(cluster.inventory, 'utf8');
        await writeFile(
          cluster.inventory,
          text.replace(/path: .*\.zip/, `path: ${path}`).replace(/sha256: .*/, `sha256: ${sha256}`),
        );
        const killed = startTool(['deploy', cluster.inventory, '--output', 'json']);
        await killed.seen((event) => event.type === 'step-finished' && event.step === 'optimize-profile');
        killed.child.kill('SIGKILL');
        await killed.ended;
        await run('deploy', cluster.inventory);
      },
    ],
    ['a rotation of certificates', () => run('rotate-certs', cluster.inventory)],
    ['a rotation of the authority', () => run('rotate-certs', cluster.inventory, '--authority', '--yes')],
  ])('%s is noticed by nobody', async (what, work) => {
    const report = await underLoad(cluster, work, 1_800);
    process.stdout.write(`${software}, ${what}:\n${renderLoad(report)}\n`);
    expectNothingLost(report);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  });

  it.each([
    ['certificates', ['rotate-certs'], 60],
    ['the authority', ['rotate-certs', '--authority', '--yes'], 200],
  ])(
    'a rotation of %s that is killed after every single action ends well, noticed by nobody',
    async (what, words, least) => {
      const before = await readFile(pki('nodes/gw1.pem'), 'utf8');
      let killed: string[] = [];
      const report = await underLoad(
        cluster,
        async () => {
          killed = await killedAfterEveryAction([...words, cluster.inventory]);
        },
        3_500,
      );
      process.stdout.write(`${software}, ${what}, killed ${killed.length} times:\n${renderLoad(report)}\n`);
      expect(killed.length).toBeGreaterThan(least);
      expectNothingLost(report);
      expect(await readFile(pki('nodes/gw1.pem'), 'utf8')).not.toBe(before);
      expect((await readdir(pki())).sort()).toEqual(wholeFolder);
      expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    },
  );
});
