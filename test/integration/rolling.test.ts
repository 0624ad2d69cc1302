import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenNodeNames } from '../lab/ten.ts';
import { until } from '../standin/rig/until.ts';
import { findSecrets, unpackBundle } from '../support/bundles.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const homes: Record<string, string> = {
  km: 'key-manager',
  tm: 'traffic-manager',
  pub: 'publisher',
  dev: 'devportal',
  gw: 'gateway',
};
const homeOf = (name: string) => `/opt/wso2/${homes[name.slice(0, -1)]}`;
const pidOf = async (name: string) =>
  (await at(name, `tr -d '\\0' < ${homeOf(name)}/wso2carbon.pid`)).stdout.trim();
const pids = async (names: readonly string[]) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await pidOf(name)] as const)));
const resting = async () =>
  (await at('lb', 'ls /etc/apim-orchestrate/balancer/resting 2>/dev/null')).stdout.trim();

beforeAll(async () => {
  cluster = await createPairs('rolling', '10.97.0');
  const text = await readFile(cluster.inventory, 'utf8');
  await writeFile(
    cluster.inventory,
    text.replace(/^( *)software: \w+$/m, '$1software: nginx\n$1drain_timeout: 4s'),
  );
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

describe('a rolling restart', () => {
  it('of all nodes behind nginx is noticed by nobody', async () => {
    const before = await pids(tenNodeNames);
    const report = await underLoad(cluster, async () => {
      const restarted = await runJson('restart', cluster.inventory);
      expect(failuresIn(restarted)).toEqual([]);
      expect(restarted.code).toBe(0);
    });
    expectNothingLost(report);
    const after = await pids(tenNodeNames);
    expect(tenNodeNames.filter((name) => after[name] === before[name])).toEqual([]);
    expect(await resting()).toBe('');
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 400_000);

  it('is what a deployment does where something changed, and it says what', async () => {
    await cluster.edit('maximum: 256m', 'maximum: 272m');
    const planned = await runJson('plan', cluster.inventory, '--limit', 'gateway');
    const deployed = await underLoad(cluster, async () => {
      const run = await runJson('deploy', cluster.inventory, '--limit', 'gateway');
      expect(failuresIn(run)).toEqual([]);
      expect(changesIn(run)).toEqual(changesIn(planned));
    });
    expectNothingLost(deployed);
    const ofFirst = changesIn(planned).filter((change) => /gw1|restart/.test(change));
    expect(ofFirst.join('\n')).toMatch(
      /drain gw1 at lb[\s\S]*restart the server in \S+ \(changed since it was started: memory -Xms64m -Xmx256m → -Xms64m -Xmx272m\)[\s\S]*take gw1 back at lb/,
    );
    await cluster.edit('maximum: 272m', 'maximum: 256m');
  }, 200_000);

  it('that is killed is carried on, and restarts nobody twice', async () => {
    const run = startTool(['restart', cluster.inventory, '--role', 'publisher', '--output', 'json']);
    await run.seen((event) => event.type === 'step-finished' && event.step === 'start-server');
    run.child.kill('SIGKILL');
    await run.ended;
    // The node was drained for its restart, and nobody took it back yet.
    expect(await resting()).toBe('pub1');
    // A server that was just launched writes its number a moment later.
    const before = await until('the number of the server', 30_000, async () => {
      const found = await pids(['pub1', 'pub2']);
      return found.pub1 === '' ? undefined : found;
    });
    const carried = await runJson('restart', cluster.inventory, '--role', 'publisher');
    expect(failuresIn(carried)).toEqual([]);
    const after = await pids(['pub1', 'pub2']);
    expect(after.pub1).toBe(before.pub1);
    expect(after.pub2).not.toBe(before.pub2);
    expect(await resting()).toBe('');
    // The servers know by whom, at the node as at the balancer.
    const journal = (name: string) => runTool('audit', cluster.inventory, '--limit', name, '--since', '1h');
    expect((await journal('pub2')).stdout).toMatch(
      /^\S+Z +pub2 +\S+@\S+ +start-server +done +restart the server/m,
    );
    expect((await journal('lb')).stdout).toMatch(
      / lb +\S+@\S+ +drain-node for pub2 +done +drain pub2 at lb$/m,
    );
    // Over is over: the next one restarts both.
    const plan = await runJson('restart', cluster.inventory, '--role', 'publisher', '--dry-run');
    expect(changesIn(plan).filter((change) => change.includes('restart the server'))).toHaveLength(2);
  }, 200_000);

  it('ends with the first node that does not come back, which stays drained while the other serves', async () => {
    const script = `${homeOf('gw1')}/bin/wso2server.sh`;
    expect(await at('gw1', `mv ${script} ${script}.away`)).toMatchObject({ code: 0 });
    const before = await pidOf('gw2');
    const report = await underLoad(cluster, async () => {
      const run = await runJson('restart', cluster.inventory, '--role', 'gateway');
      expect(run.code).toBe(1);
      expect(failuresIn(run).map(({ where }) => where)).toEqual(['gw1 start-server']);
    });
    expectNothingLost(report);
    expect(await pidOf('gw2')).toBe(before);
    expect(await resting()).toBe('gw1');
    // Nor is the other taken away now that it is the last.
    const other = await runJson('restart', cluster.inventory, '--limit', 'gw2');
    expect(
      failuresIn(other)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('it is the last Gateway that serves: gw1 is drained');
    await at('gw1', `mv ${script}.away ${script}`);
    expect(failuresIn(await runJson('restart', cluster.inventory, '--role', 'gateway'))).toEqual([]);
    expect(await resting()).toBe('');
  }, 300_000);

  it('kills by force whoever hangs, also the last that serves, once somebody said that users may notice', async () => {
    expect((await runTool('drain', cluster.inventory, 'gw2')).code).toBe(0);
    const before = await pidOf('gw1');
    await at('gw1', `kill -STOP ${before}`);
    const restart = (...more: string[]) =>
      runJson('restart', cluster.inventory, '--limit', 'gw1', '--force', ...more);
    const asked = await restart();
    expect(asked).toMatchObject({ code: 64 });
    expect(asked.stderr).toContain('! gw1 (Gateway) is restarted by force: nobody waits');
    const forced = await restart('--yes');
    expect(failuresIn(forced)).toEqual([]);
    expect(forced.code).toBe(0);
    expect(changesIn(forced).join('\n')).toContain('; killed if it does not stop within 30 s)');
    expect(await pidOf('gw1')).not.toBe(before);
    // nginx looks for whoever people drained in the same folder.
    expect(await resting()).toBe('gw2');
    expect((await at('gw1', `test -e /proc/${before}`)).code).toBe(1);
    expect((await runTool('undrain', cluster.inventory, 'gw2')).code).toBe(0);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 200_000);

  it('leaves a node drained that somebody drained by hand, which a bundle for support tells', async () => {
    expect((await runTool('drain', cluster.inventory, 'dev2')).code).toBe(0);
    expect(failuresIn(await runJson('restart', cluster.inventory, '--limit', 'dev2'))).toEqual([]);
    expect((await at('lb', 'cat /etc/apim-orchestrate/balancer/drained')).stdout).toBe('dev2\n');
    const archive = join(cluster.folder, 'lb.tar.gz');
    expect(await runTool('support-bundle', cluster.inventory, 'lb', '--out', archive)).toMatchObject({
      code: 0,
    });
    const bundle = unpackBundle(archive);
    expect(bundle.read('hosts/lb/nginx.conf')).toBe(
      (await at('lb', 'cat /etc/apim-orchestrate/balancer/nginx.conf')).stdout,
    );
    expect(JSON.parse(bundle.read('hosts/lb/balancer.json'))).toMatchObject({
      running: true,
      drained: ['dev2'],
    });
    expect(bundle.files).toContain('hosts/lb/logs/error.log');
    const key = (await readFile(join(cluster.folder, 'pki/nodes/lb.key'), 'utf8')).replaceAll(
      /-----[^-]+-----|\s/g,
      '',
    );
    expect(findSecrets(bundle.folder, { key })).toEqual([]);
    await rm(bundle.folder, { recursive: true });
    expect((await runTool('undrain', cluster.inventory, 'dev2')).code).toBe(0);
  }, 120_000);
});
