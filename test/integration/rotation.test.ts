import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { issuersOf, shownBy, tenBearers } from '../support/shown.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

let cluster: Cluster;

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const pki = (name = '') => join(cluster.folder, 'pki', name);
const rotate = (...words: string[]) => runJson('rotate-certs', cluster.inventory, ...words);
const status = () => runTool('rotate-certs', cluster.inventory, '--status');
const deploy = (...words: string[]) => runJson('deploy', cluster.inventory, ...words);

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
    const before = await shownBy(cluster);
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
    const after = await shownBy(cluster);
    expect(tenBearers.filter((name) => after[name]?.print === before[name]?.print)).toEqual([]);
    expect(issuersOf(after)).toHaveLength(1);
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
});
