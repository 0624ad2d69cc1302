import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/apim/cluster/backup.ts';
import { bringUpFive, fiveHostNames } from '../lab/five.ts';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { failuresIn, runJson, runTool, startTool } from '../support/tool.ts';

let cluster: Cluster;
const nodes = fiveHostNames.filter((name) => name !== 'db');
const artifact = '/opt/wso2/gateway/repository/deployment/server/synapse-configs/default/api/orders.xml';
const backups = () => join(cluster.folder, 'backups');
const only = () =>
  join(backups(), readdirSync(backups()).filter((name) => /^\d{8}T\d{6}Z$/.test(name))[0] ?? '');
const pki = () => join(cluster.folder, 'pki');

async function at(host: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await cluster.lab.exec(host, command);
  if (code !== 0) throw new Error(`${host}: ${command}\n${stdout}${stderr}`);
  return stdout;
}

/** Everything in a folder, by path, as bytes. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files
      .map((each) => join(each.parentPath, each.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path).toString('base64')]),
  );
}

/** What a server shows whoever connects. */
const shownAt = (host: string) =>
  at(
    host,
    `for i in $(seq 100); do echo | openssl s_client -connect ${host}.lab.test:9443 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null && exit 0; sleep 0.3; done; exit 1`,
  );
const rows = () =>
  at(
    'db',
    `mariadb -N -e "SELECT UM_ID, UM_USER_NAME, UM_USER_PASSWORD FROM shared_db.UM_USER ORDER BY UM_ID; SELECT id, HEX(content), words FROM apim_db.ORDERS"`,
  );

let before: { pki: Record<string, string>; rows: string; shown: string[] };

beforeAll(async () => {
  cluster = await createCluster('bak', '10.104.0');
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  await at(
    'db',
    `mariadb --default-character-set=utf8mb4 -e "USE apim_db; CREATE TABLE ORDERS (id INT PRIMARY KEY, content LONGBLOB, words TEXT CHARACTER SET utf8mb4); INSERT INTO ORDERS VALUES (1, X'00FF0A0D275C1A00', 'naïve — it''s \\\\\\\\ “quoted” 😀'); INSERT INTO ORDERS SELECT seq + 1, REPEAT(UNHEX(MD5(seq)), 4000), MD5(seq) FROM seq_1_to_200"`,
  );
  await at(
    'gw',
    `runuser -u wso2 -- sh -c 'umask 077; mkdir -p ${artifact.replace(/\/[^/]*$/, '')}; echo "<api/>" > ${artifact}'`,
  );
  before = { pki: contentOf(pki()), rows: await rows(), shown: await Promise.all(nodes.map(shownAt)) };
}, 240_000);

afterAll(() => cluster?.close());

describe('a backup', () => {
  it('holds what the nodes and this machine own, and the databases, for its owner alone', async () => {
    const made = await runTool('backup', cluster.inventory);
    expect(made.stderr + made.stdout).toContain(`the backup: ${only()}`);
    expect(made.code).toBe(0);
    expect(readdirSync(backups())).toEqual([only().slice(backups().length + 1)]);
    const manifest = readManifest(readFileSync(join(only(), 'manifest.json'), 'utf8'));
    expect(manifest?.files.map(({ path }) => path).filter((path) => !path.startsWith('pki/'))).toEqual([
      'databases/apim.sql.gz',
      'databases/shared.sql.gz',
      ...[...nodes].sort().map((name) => `nodes/${name}.tar.gz`),
    ]);
    expect(contentOf(join(only(), 'pki'))).toEqual(before.pki);
    for (const each of readdirSync(only(), { recursive: true, withFileTypes: true }))
      expect(statSync(join(each.parentPath, each.name)).mode & 0o077).toBe(0);
    expect(statSync(only()).mode & 0o777).toBe(0o700);
    execFileSync('sha256sum', ['-c', 'manifest.json.sha256'], { cwd: only() });
    const listed = execFileSync('tar', ['-tzf', join(only(), 'nodes/gw.tar.gz')], { encoding: 'utf8' });
    for (const path of [
      'repository/conf/deployment.toml',
      'primary.jks',
      'tls.jks',
      'client-truststore.jks',
      'orders.xml',
    ])
      expect(listed).toContain(path);
  }, 120_000);

  it('is not there if a dump fails, which is told in the words of its program', async () => {
    await at(
      'db',
      `mariadb -e "CREATE VIEW apim_db.broken AS SELECT 1 AS one; USE apim_db; CREATE TABLE gone (id INT); CREATE OR REPLACE VIEW broken AS SELECT * FROM gone; DROP TABLE gone"`,
    );
    const failed = await runTool('backup', cluster.inventory, '--out', join(cluster.folder, 'failed'));
    await at('db', `mariadb -e "DROP VIEW apim_db.broken"`);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/dump of apim_db exited with 2/);
    expect(failed.stdout).toContain("View 'apim_db.broken' references invalid table(s)");
    expect(failed.stdout).toContain('there is no backup: what was brought was removed again');
    expect(readdirSync(join(cluster.folder, 'failed'))).toEqual([]);
  }, 60_000);

  it('that was killed is no backup, and goes when the next is made', async () => {
    const run = startTool(['backup', cluster.inventory, '--output', 'json']);
    await run.seen((event) => event.type === 'change-started' && event.step === 'backup-files');
    run.child.kill('SIGKILL');
    await run.ended;
    const [left = ''] = readdirSync(backups()).filter((name) => name.startsWith('.partial-'));
    expect(left).not.toBe('');
    const refused = await runTool('restore', cluster.inventory, join(backups(), left), '--yes');
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain('is no backup: it has no manifest.json');
    const again = await runTool('backup', cluster.inventory, '--no-databases', '--limit', 'km');
    expect(again.code).toBe(0);
    const [, second = ''] = readdirSync(backups()).sort();
    expect(readdirSync(backups())).toHaveLength(2);
    rmSync(join(backups(), second), { recursive: true });
  }, 90_000);

  it('is refused where one byte of it is another, before any server is asked', async () => {
    const copy = join(cluster.folder, 'copy');
    cpSync(only(), copy, { recursive: true });
    const file = join(copy, 'databases/apim.sql.gz');
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const refused = await runTool('restore', cluster.inventory, copy, '--databases', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /the backup .*copy is damaged; no server was asked.*\n.*databases\/apim\.sql\.gz: SHA-256/,
    );
  }, 30_000);

  it('is never loaded into a database that holds something', async () => {
    const refused = await runTool('restore', cluster.inventory, only(), '--databases', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(
      /the database shared_db at .* is not empty: it holds \d+ tables .*nothing was written/,
    );
    expect(await rows()).toBe(before.rows);
    expect(contentOf(pki())).toEqual(before.pki);
  }, 60_000);

  it('changes nothing at a cluster that stands, without its databases', async () => {
    const restored = await runTool('restore', cluster.inventory, only(), '--yes');
    expect(restored.code).toBe(0);
    expect(restored.stdout).toContain('Nothing to do');
    expect(restored.stderr).toContain('gw: /opt/wso2/gateway stands already and is left as it is');
    expect(restored.stderr).toContain('left alone; with --databases they are loaded, if they are empty');
  }, 60_000);
});

describe('when all servers and the folder pki/ are lost', () => {
  it('a restore that is killed while it loads, and is run again, brings back all rows', async () => {
    renameSync(pki(), join(cluster.folder, 'lost'));
    await cluster.lab.down();
    await bringUpFive(cluster.lab, cluster.folder, { pack: await buildPack() });
    const run = startTool(['restore', cluster.inventory, only(), '--databases', '--yes', '--output', 'json']);
    await run.seen(
      (event) => event.type === 'change-started' && event.summary.startsWith('load the dump of apim_db'),
    );
    run.child.kill('SIGKILL');
    await run.ended;
    const half = await runTool('deploy', cluster.inventory);
    expect(half.code).toBe(1);
    expect(half.stdout).toContain('a restore of the database apim_db broke off');
    const restored = await runTool('restore', cluster.inventory, only(), '--databases', '--yes');
    expect(restored.stdout + restored.stderr).toContain('what is left to do: apim-orchestrate deploy');
    expect(restored.code).toBe(0);
    expect(await rows()).toBe(before.rows);
  }, 180_000);

  it('a deploy makes it the cluster that it was: keys, certificates, rows and what nodes owned', async () => {
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    expect(contentOf(pki())).toEqual(before.pki);
    expect(await Promise.all(nodes.map(shownAt))).toEqual(before.shown);
    expect(await rows()).toBe(before.rows);
    expect(await at('gw', `cat ${artifact}; stat -c '%U %a' ${artifact}`)).toBe('<api/>\nwso2 600\n');
    for (const name of nodes) expect(await cluster.brokenLinks(name)).toEqual([]);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    const again = await runTool('restore', cluster.inventory, only(), '--databases', '--yes');
    expect(again.stdout).toContain('Nothing to do');
    expect(existsSync(join(cluster.folder, 'pki.restoring'))).toBe(false);
  }, 240_000);
});
