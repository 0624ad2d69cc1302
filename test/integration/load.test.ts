import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Load, type LoadOptions, startLabLoad } from '../lab/load/load.ts';
import { failed, type LoadReport, renderLoad } from '../lab/load/report.ts';
import { tenNodeNames } from '../lab/ten.ts';
import { until } from '../standin/rig/until.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { failuresIn, runJson } from '../support/tool.ts';

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const start = (options: LoadOptions = {}) =>
  startLabLoad(cluster.lab, cluster.inventory, { rate: 60, ...options });
const untilSeen = (what: string, load: Load, seen: (report: LoadReport) => boolean) =>
  until(what, 60_000, async () => (seen(load.snapshot()) ? true : undefined));

beforeAll(async () => {
  cluster = await createPairs('load', '10.98.0');
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

const portal = [
  'browser GET kept',
  'browser POST kept',
  'services GET kept',
  'services GET new',
  'services POST kept',
  'services POST new',
  'settling GET',
  'slow GET kept',
  'slow POST kept',
];
const services = portal.slice(2);
const gateway = [
  'api GET kept',
  'api GET new',
  'api POST kept',
  'api POST new',
  ...services,
  'web socket echo',
  'web socket open',
];

describe.each(['nginx', 'haproxy'] as const)('a load through %s', (software) => {
  beforeAll(async () => {
    const text = await readFile(cluster.inventory, 'utf8');
    await writeFile(cluster.inventory, text.replace(/software: \w+/, `software: ${software}`));
    // It also starts again what was killed.
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  }, 120_000);

  it('has requests of every kind for every role, and sees no failure while nobody touches anything', async () => {
    const load = await start();
    await untilSeen('ten seconds of load', load, ({ seconds }) => seconds >= 10);
    const report = await load.stop();
    const seen = renderLoad(report);
    expect(report.failures, seen).toEqual([]);
    expect(report.closed, seen).toEqual([]);
    const kinds = Object.entries(report.roles).map(([role, { streams }]) => [role, Object.keys(streams)]);
    expect(Object.fromEntries(kinds)).toEqual({
      devportal: portal,
      gateway,
      'key-manager': services,
      publisher: portal,
      'traffic-manager': services,
    });
    // Every node has what may not be sent again under way, at any time.
    const both = Object.values(report.roles).map(({ streams }) => streams['slow POST kept']?.nodes ?? {});
    expect(both.map((nodes) => Object.keys(nodes).length)).toEqual([2, 2, 2, 2, 2]);
    const { handshakes } = report;
    expect(handshakes, seen).toMatchObject({ refused: 0, closed: 0, failed: 0 });
    const made = Object.entries(handshakes?.nodes ?? {}).filter(([, tally]) => tally.made > 0);
    expect(made.map(([name]) => name).sort()).toEqual([...tenNodeNames].sort());
  }, 60_000);

  it('sees nodes that are killed, and a stranger in the place of one', async () => {
    const load = await start({ slowMs: 2_000 });
    const hosts = await cluster.lab.hosts();
    const servedAt = (role: string, stream: string) => {
      const [address] = Object.keys(load.snapshot().roles[role]?.streams[stream]?.nodes ?? {});
      return hosts.find((host) => host.address === address)?.name;
    };
    // A long request that may not be sent again is at one of the two, and a web socket; those are killed.
    const long = () => servedAt('traffic-manager', 'slow POST kept');
    await untilSeen('a long request to be answered', load, () => long() !== undefined);
    const victim = long() ?? '';
    const gatewayVictim = servedAt('gateway', 'web socket open') ?? '';
    const kill = (folder: string) => `kill -9 $(tr -d '\\0' < /opt/wso2/${folder}/wso2carbon.pid)`;
    expect(await at(victim, kill('traffic-manager'))).toMatchObject({ code: 0 });
    expect(await at(gatewayVictim, kill('gateway'))).toMatchObject({ code: 0 });
    await untilSeen('a failure', load, ({ total }) => failed(total) > 0);
    await untilSeen('a closed web socket', load, ({ total }) => total.closed > 0);
    const impostor = `cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=${victim}.lab.test -addext subjectAltName=DNS:${victim}.lab.test 2>/dev/null && { setsid openssl s_server -accept 9711 -cert c.pem -key k.pem -quiet >/dev/null 2>&1 </dev/null & echo $! > /tmp/impostor; }`;
    expect(await at(victim, impostor)).toMatchObject({ code: 0 });
    const { seconds } = load.snapshot();
    await untilSeen('the stranger to be called', load, (report) => report.seconds > seconds + 4);
    await at(victim, 'kill $(cat /tmp/impostor)');
    const report = await load.stop();
    const seen = renderLoad(report);
    const { 'traffic-manager': hit, gateway: halved, ...others } = report.roles;
    // On a connection that was kept, HAProxy leaves it to the client whether to send again, and closes it.
    const cause = software === 'nginx' ? '502' : 'closed without an answer';
    expect(Object.keys(hit?.failures ?? {}), seen).toContain(cause);
    expect(
      Object.values(others).flatMap(({ failures }) => Object.keys(failures)),
      seen,
    ).toEqual([]);
    const { address } = hosts.find(({ name }) => name === gatewayVictim) ?? {};
    expect(report.closed, seen).toContainEqual(expect.objectContaining({ role: 'gateway', node: address }));
    expect(halved?.closed, seen).toBe(report.closed.length);
    const toVictim = (report.handshakes?.troubles ?? []).filter(({ url }) =>
      url.includes(`${victim}.lab.test`),
    );
    expect(
      toVictim.map(({ what }) => what),
      seen,
    ).toContain('refused');
    expect(
      toVictim.filter(({ what }) => what === 'failed').map(({ why }) => why),
      seen,
    ).toContainEqual(expect.stringContaining('unable to find valid certification path'));
  }, 60_000);
});
