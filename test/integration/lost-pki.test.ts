import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptVault } from '../../src/input/vault.ts';
import { isIssuedBy } from '../../src/pki/certificate.ts';
import { Secret } from '../../src/secret.ts';
import { fiveHostNames } from '../lab/five.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, type ToolResult } from '../support/tool.ts';

let cluster: Cluster;
const nodes = fiveHostNames.filter((name) => name !== 'db');
const homes: Record<string, string> = {
  km: '/opt/wso2/key-manager',
  tm: '/opt/wso2/traffic-manager',
  pub: '/opt/wso2/publisher',
  dev: '/opt/wso2/devportal',
  gw: '/opt/wso2/gateway',
};
const folder = (name = 'pki') => join(cluster.folder, name);
const security = 'repository/resources/security';
const at = async (host: string, command: string) => (await cluster.lab.exec(host, command)).stdout;
const vault = () => ['--vault-password-file', join(cluster.folder, 'vault-password')];
const deploy = (...words: string[]) => runJson('deploy', cluster.inventory, ...vault(), ...words);

/** Everything at a node that the tool could have touched, with its checksum; logs and notes of the running server aside. */
async function stateOf(host: string): Promise<string> {
  return at(
    host,
    `cd ${homes[host]} && find .apim-orchestrate bin repository/conf ${security} -type f | sort | xargs sha256sum; stat -c '%n %Y %i' ${security}/*; cat wso2carbon.pid | tr -d '\\0'`,
  );
}
const statesOf = () => Promise.all(nodes.map(stateOf));
const filesIn = (name: string) => readdirSync(folder(name), { recursive: true, encoding: 'utf8' }).sort();

function expectRefusal(result: ToolResult): void {
  expect(result.code).toBe(1);
  const failures = failuresIn(result);
  expect(failures.map(({ where }) => where).sort()).toEqual(
    nodes.map((name) => `${name} check-keystores`).sort(),
  );
  for (const { text } of failures) {
    expect(text).toMatch(/holds keys that .*\/pki does not have/);
    expect(text).toMatch(
      /primary\.jks: the key that all nodes share, “[^”]*CN=API Manager API Manager” from “[^”]*authority”, until 20\d\d-\d\d-\d\d, SHA-256 [0-9a-f]{64}/,
    );
    expect(text).toContain(`bring the folder of this cluster to ${folder()}`);
    expect(text).toContain('apim-orchestrate pki recover INVENTORY');
  }
  expect(changesIn(result)).toEqual([]);
}

beforeAll(async () => {
  cluster = await createCluster('lost', '10.101.0');
  writeFileSync(join(cluster.folder, 'vault-password'), 'fake-vault-word\n', { mode: 0o600 });
  expect(failuresIn(await deploy())).toEqual([]);
}, 180_000);

afterAll(() => cluster?.close());

describe('on a machine without the folder pki/', () => {
  it('a plan and a deploy are refused for the same reason, and nothing is made here or changed there', async () => {
    renameSync(folder(), folder('pki.away'));
    const before = await statesOf();
    expectRefusal(await runJson('plan', cluster.inventory, ...vault()));
    expectRefusal(await deploy());
    expect(existsSync(folder())).toBe(false);
    expect(await statesOf()).toEqual(before);
  }, 60_000);

  it('a run that leaves nodes out makes nothing that all nodes share', async () => {
    await at('gw', `mv ${homes.gw}/${security} ${homes.gw}/${security}.away; mkdir ${homes.gw}/${security}`);
    const limited = await deploy('--limit', 'gw');
    expect(limited.code).toBe(1);
    expect(failuresIn(limited).map(({ where }) => where)).toEqual(['controller issue-certificates']);
    expect(failuresIn(limited)[0]?.text).toContain('this run leaves out km, tm, pub, dev');
    await at('gw', `rmdir ${homes.gw}/${security}; mv ${homes.gw}/${security}.away ${homes.gw}/${security}`);
    expect(existsSync(folder())).toBe(false);
  }, 60_000);

  it('another cluster’s folder is as good as none', async () => {
    const [one, other] = [join(folder('pki.away'), 'primary.pem'), join(folder('pki.away'), 'primary.key')];
    const texts = [one, other].map((file) => readFileSync(file));
    rmSync(one);
    rmSync(other);
    renameSync(folder('pki.away'), folder());
    const alone = await runJson('run', playbook('[issue-certificates]'), cluster.inventory, ...vault());
    expect(failuresIn(alone)).toEqual([]);
    const refused = await deploy();
    expect(
      failuresIn(refused)
        .map(({ where }) => where)
        .sort(),
    ).toEqual(nodes.map((name) => `${name} check-keystores`).sort());
    expect(failuresIn(refused)[0]?.text).toContain('primary.pem is another');
    renameSync(folder(), folder('pki.away'));
    writeFileSync(one, texts[0] ?? '');
    writeFileSync(other, texts[1] ?? '', { mode: 0o600 });
  }, 60_000);

  it('keys and certificates are read back from the servers, and then a deploy has nothing to do', async () => {
    const before = await statesOf();
    const recovered = await runTool('pki', 'recover', cluster.inventory, ...vault());
    expect(recovered.code).toBe(0);
    for (const name of nodes)
      expect(recovered.stdout).toContain(
        `${name} holds the key that all share, its own key, the certificate of the authority`,
      );
    expect(recovered.stdout).toContain('no new certificate can be issued');
    expect(recovered.stdout).not.toContain('PRIVATE KEY');
    expect(filesIn('pki')).toEqual(filesIn('pki.away').filter((name) => name !== 'ca.key'));
    for (const name of filesIn('pki').filter((each) => each.endsWith('.key'))) {
      expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(folder(), name), 'utf8')).toContain('$ANSIBLE_VAULT;1.1;AES256');
    }
    expect((await runTool('deploy', cluster.inventory, ...vault())).stdout).toContain('Nothing to do');
    expect(await statesOf()).toEqual(before);
    const again = await runTool('pki', 'recover', cluster.inventory, ...vault());
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('Nothing to do');
  }, 60_000);

  it('what is there is never written over', async () => {
    const file = join(folder(), 'nodes/km.pem');
    const sound = readFileSync(file);
    writeFileSync(file, readFileSync(join(folder(), 'nodes/tm.pem')));
    const refused = await runTool('pki', 'recover', cluster.inventory, ...vault());
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('holds something else than the servers, so nothing was written');
    writeFileSync(file, sound);
  }, 60_000);
});

describe('without the key of the authority', () => {
  it('a deploy that needs a certificate says so, and one that needs none goes on', async () => {
    const sound = readFileSync(cluster.inventory, 'utf8');
    writeFileSync(cluster.inventory, sound.replace('hostname: gw.lab.test', 'hostname: gw2.lab.test'));
    const before = await statesOf();
    const refused = await deploy();
    expect(refused.code).toBe(1);
    expect(failuresIn(refused)).toEqual([
      {
        where: 'controller issue-certificates',
        text: expect.stringMatching(
          /ca\.key is not there.*for gw \(the present one does not bear gw2\.lab\.test\).*--new-authority/,
        ),
      },
    ]);
    expect(await statesOf()).toEqual(before);
    const audit = await runTool('status', cluster.inventory, '--audit', ...vault());
    expect(audit.stdout).toContain('authority-without-key');
    expect(audit.stdout).not.toContain('plain-keys');
    const key = join(folder(), 'nodes/km.key');
    const closed = readFileSync(key);
    writeFileSync(key, decryptVault(closed.toString(), new Secret('fake-vault-word')) ?? '', { mode: 0o600 });
    const open = await runTool('status', cluster.inventory, '--audit', ...vault());
    expect(open.stdout).toMatch(/plain-keys: private keys in .*\/pki are not encrypted \(nodes\/km\.key\)/);
    writeFileSync(key, closed, { mode: 0o600 });
  }, 60_000);

  it('a next authority is made when asked for, beside the old one, and every link of every server is up', async () => {
    const old = readFileSync(join(folder(), 'ca.pem'), 'utf8');
    const made = await runTool('pki', 'recover', cluster.inventory, '--new-authority', ...vault());
    expect(made.code).toBe(0);
    expect(readFileSync(join(folder(), 'ca-retiring.pem'), 'utf8')).toBe(old);
    expect(readFileSync(join(folder(), 'ca.pem'), 'utf8')).not.toBe(old);
    const kept = Object.fromEntries(
      nodes
        .filter((name) => name !== 'gw')
        .map((name) => [name, readFileSync(join(folder(), `nodes/${name}.pem`), 'utf8')]),
    );
    const deployed = await deploy();
    expect(failuresIn(deployed)).toEqual([]);
    for (const [name, text] of Object.entries(kept))
      expect(readFileSync(join(folder(), `nodes/${name}.pem`), 'utf8')).toBe(text);
    for (const name of nodes) expect(await cluster.brokenLinks(name)).toEqual([]);
    expect((await runTool('deploy', cluster.inventory, ...vault())).stdout).toContain('Nothing to do');
    // The key that was renewed is of the old authority, which is still known: nothing is lost with it.
    expect(await at('gw', `ls ${homes.gw}/${security}`)).not.toContain('.kept-');
    const unchanged = await runTool('pki', 'recover', cluster.inventory, '--new-authority', ...vault());
    expect(unchanged.stdout).toContain('Nothing to do');
  }, 240_000);

  it('a folder that was lost again is recovered with both authorities', async () => {
    renameSync(folder(), folder('pki.again'));
    expect((await runTool('pki', 'recover', cluster.inventory, ...vault())).code).toBe(0);
    for (const name of ['ca.pem', 'ca-retiring.pem', 'primary.pem', 'nodes/gw.pem', 'nodes/km.pem'])
      expect(readFileSync(join(folder(), name), 'utf8')).toBe(
        readFileSync(join(folder('pki.again'), name), 'utf8'),
      );
    expect((await runTool('deploy', cluster.inventory, ...vault())).stdout).toContain('Nothing to do');
  }, 60_000);

  it('a rotation goes on from there: what the old authority issued is replaced, and then it is trusted no more', async () => {
    rmSync(folder(), { recursive: true });
    renameSync(folder('pki.again'), folder());
    const pem = (name: string) => readFileSync(join(folder(), `${name}.pem`), 'utf8');
    const [old, primary] = [pem('ca-retiring'), pem('primary')];
    expect(nodes.filter((name) => isIssuedBy(pem(`nodes/${name}`), old))).not.toEqual([]);
    const words = ['rotate-certs', cluster.inventory, ...vault()];
    expect((await runTool(...words, '--status')).stdout).toContain('certificates are being replaced');
    const rotated = await runJson(...words, '--yes');
    expect(failuresIn(rotated)).toEqual([]);
    expect(rotated.code).toBe(0);
    for (const name of nodes) {
      expect(isIssuedBy(pem(`nodes/${name}`), pem('ca'))).toBe(true);
      expect(await cluster.brokenLinks(name)).toEqual([]);
    }
    expect(filesIn('pki').filter((name) => /retiring|outgoing|next|kept/.test(name))).toEqual([]);
    expect(pem('primary')).toBe(primary);
    expect((await runTool(...words, '--status')).stdout).toMatch(/^no rotation is under way\n/);
    expect((await runTool('deploy', cluster.inventory, ...vault())).stdout).toContain('Nothing to do');
  }, 300_000);
});

function playbook(steps: string): string {
  const file = join(cluster.folder, 'certificates.yaml');
  writeFileSync(
    file,
    `name: Certificates\nplays:\n  - { name: Certificates, hosts: controller, steps: ${steps} }\n`,
  );
  return file;
}
