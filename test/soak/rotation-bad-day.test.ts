import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadReport, renderLoad } from '../lab/load/report.ts';
import { tenNodeNames } from '../lab/ten.ts';
import { until } from '../standin/rig/until.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { issuersOf, shownBy, tenBearers } from '../support/shown.ts';
import { changesIn, failuresIn, runJson, runTool, startTool, type ToolResult } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

/** What goes wrong at the load balancer, or between the hosts, in the middle of a rotation and of a restart; under load. */

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const rotate = () => startTool(['rotate-certs', cluster.inventory, '--output', 'json']);
const status = () => runTool('rotate-certs', cluster.inventory, '--status');
const resting = async () => (await at('lb', 'ls /etc/apim-orchestrate/balancer/resting')).stdout;
const wordsOf = (result: ToolResult) =>
  failuresIn(result)
    .map(({ text }) => text)
    .join('\n');

beforeAll(async () => {
  cluster = await createPairs('badday', '10.102.0', {
    apim: { load_balancer: { drain_timeout: '2s' }, ready_timeout: '60s' },
  });
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

describe('a rotation of certificates', () => {
  let before: Awaited<ReturnType<typeof shownBy>>;

  it('ends where nginx refuses to load them, in its own words, and nobody notices', async () => {
    before = await shownBy(cluster);
    const report = await underLoad(cluster, async () => {
      const run = rotate();
      await run.seen((event) => event.type === 'step-finished' && event.step === 'replace-certificates');
      // As it is where a name is gone from DNS: nginx resolves them all whenever it loads its configuration.
      await at(
        'lb',
        'cp -p /etc/hosts /etc/hosts.whole && grep -v gw1.lab.test /etc/hosts.whole >/etc/hosts',
      );
      const refused = await run.ended;
      expect(refused.code).toBe(1);
      expect(failuresIn(refused).map(({ where }) => where)).toEqual(['lb install-balancer']);
      expect(wordsOf(refused)).toMatch(
        /test the configuration with nginx exited with 1.*host not found in upstream \\"gw1\.lab\.test:\d+\\".*the balancer goes on with the configuration it has; mend what is said above, and run the same command again/s,
      );
    });
    expectNothingLost(report);
    const told = await status();
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/^lb +new +\S+ +is still to reload nginx$/m);
    // Nobody was restarted for what others would not have been shown.
    expect(changesOfServers(await shownBy(cluster), before)).toEqual([]);
    await at('lb', 'cat /etc/hosts.whole >/etc/hosts');
  }, 200_000);

  it('stops at a node that is cut off, and takes away nobody who serves in its place; afterwards it goes on', async () => {
    let cutOff = 0;
    const report = await underLoad(cluster, async () => {
      const run = rotate();
      // What the load balancer refused before it takes now.
      await run.seen((event) => event.type === 'step-finished' && event.step === 'start-server');
      await cluster.lab.partition('gw2');
      cutOff = Date.now();
      const stopped = await run.ended;
      expect(stopped.code).toBe(1);
      expect(failuresIn(stopped).map(({ where }) => where)).toEqual(['gw2 drain-node']);
      expect(wordsOf(stopped)).toMatch(
        /wso2@\S+(?: cannot be reached)?: it has given no sign of life for 40 s.*run the same command again/,
      );
      // Whoever would be the last of its role is left alone.
      const done = changesIn(stopped).filter((change) => change.includes('restart the server'));
      expect(done.map((change) => change.split(' ')[0])).toEqual(tenNodeNames.slice(0, 8).sort());
      expect(await resting()).toBe('');

      const refused = await runJson('rotate-certs', cluster.inventory);
      expect(refused.code).toBe(1);
      expect(failuresIn(refused).map(({ where }) => where)).toContain('gw2');
      expect(changesIn(refused)).toEqual([]);

      await cluster.lab.heal('gw2');
      // Its network file system takes some seconds to be there again.
      await until('gw2 to see what it shares', 60_000, async () => {
        const trust = '/opt/wso2/gateway/repository/resources/security/client-truststore.jks';
        return (await at('gw2', `cat ${trust} >/dev/null`)).code === 0 ? true : undefined;
      });
      const carried = await rotate().ended;
      expect(failuresIn(carried)).toEqual([]);
      expect(carried.code).toBe(0);
    });
    expectLostAt(report, 'gateway', cutOff);
    const after = await shownBy(cluster);
    expect(changesOfServers(after, before)).toEqual(tenBearers);
    expect(issuersOf(after)).toHaveLength(1);
    expect((await status()).stdout).toMatch(/^no rotation is under way\n/);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 400_000);
});

describe('a rolling restart', () => {
  it('ends where HAProxy refuses its configuration, with the node drained, and takes it back afterwards', async () => {
    await cluster.edit('software: nginx', 'software: haproxy');
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
    const report = await underLoad(cluster, async () => {
      const run = startTool(['restart', cluster.inventory, '--role', 'gateway', '--output', 'json']);
      await run.seen((event) => event.type === 'change-started' && event.step === 'start-server');
      // As it is where somebody has removed the user that it runs as.
      await at(
        'lb',
        'cp -p /etc/passwd /etc/passwd.whole && grep -v ^haproxy: /etc/passwd.whole >/etc/passwd',
      );
      const refused = await run.ended;
      expect(refused.code).toBe(1);
      expect(failuresIn(refused).map(({ where }) => where)).toEqual(['gw1 undrain-node']);
      expect(wordsOf(refused)).toMatch(
        /test the configuration with haproxy exited with 1.*cannot find user id for 'haproxy'.*mend what is said above, and run the same command again/s,
      );
      expect(await resting()).toBe('gw1\n');
      await at('lb', 'cat /etc/passwd.whole >/etc/passwd');
      const carried = await runJson('restart', cluster.inventory, '--role', 'gateway');
      expect(failuresIn(carried)).toEqual([]);
      expect(changesIn(carried).filter((change) => /restart the server|take \w+ back/.test(change))).toEqual([
        'gw1 undrain-node: take gw1 back at lb',
        expect.stringMatching(/^gw2 start-server: restart the server/),
        'gw2 undrain-node: take gw2 back at lb',
      ]);
    });
    expectNothingLost(report);
    expect(await resting()).toBe('');
  }, 300_000);
});

type Faces = Awaited<ReturnType<typeof shownBy>>;

/** Who shows another certificate than before. */
function changesOfServers(now: Faces, before: Faces): string[] {
  return tenBearers.filter((name) => now[name]?.print !== before[name]?.print);
}

/**
 * A node that is cut off takes with it what it was sent and had not answered: a client waits for that as long as it likes to,
 * for a web socket 5 s. So do those that are sent on connections which the load balancer still keeps with it, for 5 s at most.
 * All else finds its twin, if late: no connection is made within 5 s. No role but its own loses anything.
 */
function expectLostAt(report: LoadReport, role: string, cutOff: number): void {
  const seen = renderLoad(report);
  for (const failure of report.failures) {
    expect(failure.role, seen).toBe(role);
    expect(failure.cause, seen).toMatch(/^no answer in (?:5|15|17) s$/);
    expect(Date.parse(failure.at) - failure.ms, seen).toBeLessThan(cutOff + 15_000);
  }
  expect(report.handshakes?.failed, seen).toBe(0);
}
