import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { issuersOf, shownBy } from '../support/shown.ts';
import { failuresIn, runJson, runTool, startTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

/** All three phases on ten nodes under load, with people and other runs in between. */

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const pki = (name = '') => join(cluster.folder, 'pki', name);
const rotate = (...words: string[]) => runJson('rotate-certs', cluster.inventory, ...words);
const status = () => runTool('rotate-certs', cluster.inventory, '--status');
const deploy = (...words: string[]) => runJson('deploy', cluster.inventory, ...words);

beforeAll(async () => {
  cluster = await createPairs('authority', '10.95.0');
  const text = await readFile(cluster.inventory, 'utf8');
  await writeFile(
    cluster.inventory,
    text.replace(/^( *)software: \w+$/m, '$1software: nginx\n$1drain_timeout: 2s'),
  );
  expect(failuresIn(await deploy())).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

describe('a rotation of the authority', () => {
  it('is noticed by nobody: interrupted in every phase, carried on, and a deployment in the middle keeps its phase', async () => {
    const before = await shownBy(cluster);
    const old = await readFile(pki('ca.pem'), 'utf8');
    const report = await underLoad(
      cluster,
      async () => {
        const trusting = await rotate('--authority', '--trust-only');
        expect(failuresIn(trusting)).toEqual([]);
        const next = await readFile(pki('ca-next.pem'), 'utf8');
        expect(await shownBy(cluster)).toEqual(before);
        expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');

        const replacing = startTool(['rotate-certs', cluster.inventory, '--yes', '--output', 'json']);
        await replacing.seen(
          (event) =>
            event.type === 'step-finished' && event.step === 'wait-ready' && event.outcome === 'changed',
        );
        replacing.child.kill('SIGKILL');
        await replacing.ended;
        expect(await readFile(pki('ca.pem'), 'utf8')).toBe(next);
        expect(await readFile(pki('ca-retiring.pem'), 'utf8')).toBe(old);

        // A deployment by somebody who knows nothing of it.
        expect(failuresIn(await deploy())).toEqual([]);
        expect((await status()).stdout).toContain('the authority before is still to be withdrawn');
        expect(await readFile(pki('ca-retiring.pem'), 'utf8')).toBe(old);

        const withdrawn = startTool(['rotate-certs', cluster.inventory, '--yes', '--output', 'json']);
        await withdrawn.seen(
          (event) => event.type === 'step-finished' && event.step === 'withdraw-authority',
        );
        withdrawn.child.kill('SIGKILL');
        await withdrawn.ended;
        expect(failuresIn(await rotate('--yes'))).toEqual([]);
      },
      600,
    );
    expectNothingLost(report);
    const after = await shownBy(cluster);
    expect(issuersOf(after)).toHaveLength(1);
    expect(issuersOf(after)).not.toEqual(issuersOf(before));
    expect((await readdir(pki())).sort()).toEqual([
      'ca.key',
      'ca.pem',
      'nodes',
      'primary.key',
      'primary.pem',
    ]);
    // The one before is in no truststore any more, and the product's own authorities are.
    const password = await cluster.secret('keystore');
    const trust = '/opt/wso2/publisher/repository/resources/security/client-truststore.jks';
    const { stdout } = await at(
      'pub1',
      `printf %s '${password}' > /root/p; keytool -list -keystore ${trust} -storepass:file /root/p 2>/dev/null; rm /root/p`,
    );
    expect(stdout.match(/apim-orchestrate-ca-\w+/g)).toHaveLength(1);
    expect((await status()).stdout).toMatch(/^no rotation is under way\n/);
  }, 900_000);
});
