import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Load, startLabLoad } from '../lab/load/load.ts';
import { failed, type LoadReport, renderLoad } from '../lab/load/report.ts';
import { tenNodeNames } from '../lab/ten.ts';
import { until } from '../standin/rig/until.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { failuresIn, runJson, runTool } from '../support/tool.ts';

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const start = () => startLabLoad(cluster.lab, cluster.inventory, { rate: 60 });
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
    expect((await runTool('deploy', cluster.inventory)).code).toBe(0);
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
    const { handshakes } = report;
    expect(handshakes, seen).toMatchObject({ refused: 0, closed: 0, failed: 0 });
    const made = Object.entries(handshakes?.nodes ?? {}).filter(([, tally]) => tally.made > 0);
    expect(made.map(([name]) => name).sort()).toEqual([...tenNodeNames].sort());
  }, 60_000);

  it('sees a node that is killed, and a stranger in its place', async () => {
    const load = await start();
    // A request of 5 s that may not be sent again is at one of the two; that one is killed.
    const slow = () => load.snapshot().roles['traffic-manager']?.streams['slow POST kept']?.nodes ?? {};
    await untilSeen('a long request to be answered', load, () => Object.keys(slow()).length > 0);
    const [address] = Object.keys(slow());
    const victim = (await cluster.lab.hosts()).find((host) => host.address === address)?.name ?? '';
    const kill = `kill -9 $(tr -d '\\0' < /opt/wso2/traffic-manager/wso2carbon.pid)`;
    expect(await at(victim, kill)).toMatchObject({ code: 0 });
    await untilSeen('a failure', load, ({ total }) => failed(total) > 0);
    const impostor = `cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=${victim}.lab.test -addext subjectAltName=DNS:${victim}.lab.test 2>/dev/null && { setsid openssl s_server -accept 9711 -cert c.pem -key k.pem -quiet >/dev/null 2>&1 </dev/null & echo $! > /tmp/impostor; }`;
    expect(await at(victim, impostor)).toMatchObject({ code: 0 });
    const { seconds } = load.snapshot();
    await untilSeen('the stranger to be called', load, (report) => report.seconds > seconds + 4);
    await at(victim, 'kill $(cat /tmp/impostor)');
    const report = await load.stop();
    const seen = renderLoad(report);
    const { 'traffic-manager': hit, ...others } = report.roles;
    // On a connection that was kept, HAProxy leaves it to the client whether to send again, and closes it.
    const cause = software === 'nginx' ? '502' : 'closed without an answer';
    expect(Object.keys(hit?.failures ?? {}), seen).toContain(cause);
    expect(
      Object.values(others).flatMap(({ failures }) => Object.keys(failures)),
      seen,
    ).toEqual([]);
    const toVictim = (report.handshakes?.troubles ?? []).filter(({ url }) =>
      url.includes(`${victim}.lab.test`),
    );
    expect(new Set(toVictim.map(({ what }) => what)), seen).toContain('refused');
    expect(
      toVictim.filter(({ what }) => what === 'failed').map(({ why }) => why),
      seen,
    ).toContainEqual(expect.stringContaining('unable to find valid certification path'));
    expect(failuresIn(await runJson('start', cluster.inventory))).toEqual([]);
  }, 120_000);
});
