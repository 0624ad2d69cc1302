import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenNodeNames } from '../lab/ten.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const bearers = [...tenNodeNames, 'lb'];
const pki = (name = '') => join(cluster.folder, 'pki', name);
const rotate = (...words: string[]) => runJson('rotate-certs', cluster.inventory, ...words);
const status = () => runTool('rotate-certs', cluster.inventory, '--status');
const deploy = (...words: string[]) => runJson('deploy', cluster.inventory, ...words);

/** What each shows to who connects: the fingerprint of its certificate, and of whose key the issuer is. */
async function shown(): Promise<Record<string, { print: string; issuer: string }>> {
  const found = await Promise.all(
    bearers.map(async (name) => {
      const port = name === 'lb' ? 443 : 9443;
      const { stdout } = await at(
        name,
        `openssl s_client -connect 127.0.0.1:${port} -servername km.lab.test </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 -ext authorityKeyIdentifier`,
      );
      const [, print = ''] = /Fingerprint=(\S+)/.exec(stdout) ?? [];
      const [, issuer = ''] = /Identifier:\s*(\S+)/.exec(stdout) ?? [];
      return [name, { print, issuer }] as const;
    }),
  );
  return Object.fromEntries(found);
}

beforeAll(async () => {
  cluster = await createPairs('rotation', '10.96.0');
  const text = await readFile(cluster.inventory, 'utf8');
  await writeFile(
    cluster.inventory,
    text.replace(/^( *)software: \w+$/m, '$1software: nginx\n$1drain_timeout: 2s'),
  );
  expect(failuresIn(await deploy())).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

describe('a rotation of certificates', () => {
  it('is begun by no run that finds a node that does not run with what there is', async () => {
    const running = '/opt/wso2/gateway/.apim-orchestrate/running';
    await at('gw2', `mv ${running} ${running}.away`);
    const before = await readdir(pki());
    const refused = await rotate();
    expect(refused.code).toBe(1);
    expect(failuresIn(refused).map(({ where }) => where)).toEqual(['controller replace-certificates']);
    expect(failuresIn(refused)[0]?.text).toMatch(/gw2 runs with something older/);
    expect(await readdir(pki())).toEqual(before);
    await at('gw2', `mv ${running}.away ${running}`);
  }, 60_000);

  it('of all nodes and the load balancer is noticed by nobody, though it is killed, and a node does not come back', async () => {
    const before = await shown();
    const report = await underLoad(cluster, async () => {
      const killed = startTool(['rotate-certs', cluster.inventory, '--output', 'json']);
      await killed.seen((event) => event.type === 'step-finished' && event.step === 'start-server');
      killed.child.kill('SIGKILL');
      await killed.ended;
      const told = await status();
      expect(told.stdout).toContain(
        'every certificate is replaced, and all nodes are to run with what there is',
      );
      expect(told.stdout).toMatch(/^gw2 +new +\S+ +runs with something older \(certificates\)$/m);
      expect(told.code).toBe(1);

      const script = '/opt/wso2/gateway/bin/wso2server.sh';
      expect(await at('gw2', `mv ${script} ${script}.away`)).toMatchObject({ code: 0 });
      const failed = await rotate();
      expect(failed.code).toBe(1);
      expect(failuresIn(failed).map(({ where }) => where)).toEqual(['gw2 start-server']);
      expect((await status()).stdout).toMatch(/^gw2 +new +\S+ +does not run$/m);
      expect((await at('lb', 'ls /etc/apim-orchestrate/balancer/resting')).stdout).toBe('gw2\n');
      await at('gw2', `mv ${script}.away ${script}`);

      const carried = await rotate();
      expect(failuresIn(carried)).toEqual([]);
      expect(carried.stderr).toContain('a rotation is under way and is carried on');
      // What the first run made is not made again.
      expect(changesIn(carried).filter((change) => change.includes('issue'))).toEqual([]);
    });
    expectNothingLost(report);
    const after = await shown();
    expect(bearers.filter((name) => after[name]?.print === before[name]?.print)).toEqual([]);
    expect(new Set(bearers.map((name) => after[name]?.issuer)).size).toBe(1);
    expect((await status()).stdout).toMatch(/^no rotation is under way\n/);
    expect(existsSync(pki('outgoing.pem'))).toBe(false);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 400_000);

  it('is not begun where all certificates are good for longer than was asked for', async () => {
    const { code, stdout } = await runTool('rotate-certs', cluster.inventory, '--if-expires-within', '30d');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^nothing to rotate: the first certificate to end is that of \w+, on 20/);
  }, 60_000);
});

describe('a rotation of the authority', () => {
  it('asks for those that this tool does not reach', async () => {
    const refused = await rotate('--authority');
    expect(refused.code).toBe(64);
    expect(refused.stderr).toMatch(/clients that trust \S+ca\.pem have to trust \S+ca-next\.pem as well/);
    expect(existsSync(pki('ca-next.pem'))).toBe(false);
  }, 60_000);

  it('is noticed by nobody: interrupted in every phase, carried on, and a deployment in the middle keeps its phase', async () => {
    const before = await shown();
    const old = await readFile(pki('ca.pem'), 'utf8');
    const report = await underLoad(
      cluster,
      async () => {
        const trusting = await rotate('--authority', '--trust-only');
        expect(failuresIn(trusting)).toEqual([]);
        const next = await readFile(pki('ca-next.pem'), 'utf8');
        expect(await shown()).toEqual(before);
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
    const after = await shown();
    const issuers = (of: typeof after) => [...new Set(bearers.map((name) => of[name]?.issuer))];
    expect(issuers(after)).toHaveLength(1);
    expect(issuers(after)).not.toEqual(issuers(before));
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
