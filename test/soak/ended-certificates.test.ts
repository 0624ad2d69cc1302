import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fiveHostNames } from '../lab/five.ts';
import { until } from '../standin/rig/until.ts';
import { askStandIn, type Cluster, createCluster } from '../support/cluster.ts';
import { ahead } from '../support/later.ts';
import { changesIn, failuresIn, runJson, startTool } from '../support/tool.ts';

/** Three years on, by every clock: those of the hosts, and that of the machine from which they are deployed. */

const years = 3 * 365 * 86_400;
const nodes = fiveHostNames.filter((name) => name !== 'db');
let cluster: Cluster;
const run = (...words: string[]) => startTool(words, ahead(years)).ended;
const certificate = (name: string) => readFile(join(cluster.folder, 'pki', 'nodes', `${name}.pem`), 'utf8');

beforeAll(async () => {
  cluster = await createCluster('ended', '10.103.0');
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  await Promise.all(
    nodes.map(async (name) => {
      await cluster.lab.skew(name, years);
      await cluster.lab.exec(name, 'echo ended.certificate=starts >/etc/standin.properties');
    }),
  );
  // A clock is moved for what starts from then on.
  const restarted = await runJson('restart', cluster.inventory, '--yes');
  expect(failuresIn(restarted)).toEqual([]);
}, 300_000);
afterAll(() => cluster?.close());

describe('certificates of nodes that have ended', () => {
  it('part the servers from one another', async () => {
    const address = await cluster.lab.address('gw');
    await until('the gateway to refuse the certificates of others', 60_000, async () => {
      const links = await askStandIn(address, 9443, '/standin/links');
      return links.includes('validity check failed') ? links : undefined;
    });
  });

  it('are told by certs, status and validate', async () => {
    const certs = await run('certs', cluster.inventory, '--within', '1d');
    expect(certs.code).toBe(2);
    expect(certs.stdout).toMatch(/^20\S+ +ENDED +TLS key of gw: /m);
    expect(certs.stdout).toMatch(/^5 certificates of ours end until /m);
    const status = await run('status', cluster.inventory);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^gw .* NO .*its certificate has expired/m);
    const validated = await run('validate', cluster.inventory, '--strict');
    expect(validated.code).toBe(64);
    expect(validated.stdout).toContain('the certificate of gw ended on 20');
  });

  it('are replaced by a rotation like any other, and the servers are together again', async () => {
    const before = await Promise.all(nodes.map(certificate));
    const rotated = await run('rotate-certs', cluster.inventory, '--yes', '--output', 'json');
    expect(failuresIn(rotated)).toEqual([]);
    expect(rotated.code).toBe(0);
    expect(changesIn(rotated).filter((change) => change.includes('restart the server'))).toHaveLength(5);
    for (const name of nodes) expect(await cluster.brokenLinks(name)).toEqual([]);
    const after = await Promise.all(nodes.map(certificate));
    expect(after.filter((text) => before.includes(text))).toEqual([]);
    expect((await run('certs', cluster.inventory, '--within', '30d')).code).toBe(0);
    expect((await run('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 200_000);
});
