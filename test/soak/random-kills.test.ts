import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createCluster, createPairs } from '../support/cluster.ts';
import { createRandom } from '../support/random.ts';
import { failuresIn, startTool } from '../support/tool.ts';

/**
 * Deployments that are killed at random moments and run again: the same end. KILLS tells how often (default 200, shared by all
 * that is told below), SEED makes the same moments again: it is printed.
 */

const kills = Number(process.env.KILLS ?? 200);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = createRandom(seed);

/** Seconds of a run that nobody kills, as far as they are known: a kill comes at any moment of them. */
const lasted = new Map<string, number>();

/** Whatever is left of files and folders on their way, and homes that were kept though they are not whole. */
const leftovers = `
find /opt/wso2 /etc /home /root /shared -xdev \\( -name '*.part' -o -name '*.part-*' -o -name '*.part.of' -o -name '*.fetch' -o -name '*.unpacking' -o -name '*.new' \\) ! -path '*/dpkg/*' 2>/dev/null
for home in /opt/wso2/*.previous; do
  test -d "$home" || continue
  test -e "$home/.apim-orchestrate/profile" && test ! -e "$home/.apim-orchestrate/optimizing" || echo "$home is not whole"
done; true`;

interface Scene {
  readonly what: string;
  /** Makes that there is something to do. */
  prepare(cluster: Cluster, round: number): Promise<unknown>;
}

async function cold({ lab, folder }: Cluster): Promise<void> {
  const hosts = (await lab.hosts()).map(({ name }) => name).filter((name) => !['nas'].includes(name));
  const wipe = `pkill -KILL -u wso2 java; rm -rf /opt/wso2/* /opt/wso2/.packs; mkdir -p /opt/wso2; chown wso2 /opt/wso2; true`;
  await Promise.all(hosts.map((host) => lab.exec(host, wipe)));
  const drop = `mariadb -N -e "SELECT CONCAT('DROP DATABASE ', schema_name, ';') FROM information_schema.schemata WHERE schema_name LIKE '%\\_db' UNION SELECT CONCAT('DROP USER \\'', user, '\\'@\\'', host, '\\';') FROM mysql.user WHERE user IN ('apim', 'shared')" | mariadb`;
  const { code, stderr } = await lab.exec('db', drop);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await rm(join(folder, 'pki'), { recursive: true, force: true });
}

const setting = async ({ inventory }: Cluster, name: string, value: string): Promise<void> => {
  const text = await readFile(inventory, 'utf8');
  const line = new RegExp(`^( *)${name}: .*$`, 'm');
  await writeFile(
    inventory,
    line.test(text)
      ? text.replace(line, `$1${name}: ${value}`)
      : text.replace(/^( *)map_hosts: true$/m, `$&\n$1${name}: ${value}`),
  );
};

const scenes: readonly Scene[] = [
  { what: 'a cold deployment', prepare: cold },
  { what: 'a change', prepare: (cluster, round) => setting(cluster, 'jvm_options', `[-Dround=${round}]`) },
  { what: 'the vault put on', prepare: (cluster) => setting(cluster, 'secure_vault', 'true') },
  { what: 'the vault taken off', prepare: (cluster) => setting(cluster, 'secure_vault', 'false') },
];

/** Kills runs at random moments, up to three one after another, and lets the next one end. Returns how many it killed. */
async function killed(cluster: Cluster, what: string): Promise<number> {
  const words = ['deploy', cluster.inventory, '--output', 'json'];
  const usual = lasted.get(what);
  let count = 0;
  if (usual !== undefined)
    for (const wanted = random.between(1, 3); count < wanted; ) {
      const run = startTool(words);
      // What is left to do takes less each time.
      const after = Math.floor(random.between(0, usual) / (count + 1));
      const timer = setTimeout(() => run.child.kill('SIGKILL'), after);
      const { code, events } = await run.ended;
      clearTimeout(timer);
      const last = events.findLast((event) => 'step' in event);
      process.stdout.write(
        `${what}: ${code === 137 ? 'killed' : `ended with ${code}`} after ${Math.round(after)} ms of ${usual}, at ${last === undefined ? 'nothing' : JSON.stringify(last).slice(0, 160)}\n`,
      );
      if (code !== 137) break;
      count++;
    }
  const began = Date.now();
  const ended = await startTool(words).ended;
  expect(failuresIn(ended)).toEqual([]);
  expect(ended.code).toBe(0);
  if (usual === undefined) lasted.set(what, Date.now() - began);
  return count;
}

async function expectSameEnd(cluster: Cluster): Promise<void> {
  const again = await startTool(['deploy', cluster.inventory]).ended;
  expect(again.stdout).toContain('Nothing to do');
  const hosts = await cluster.lab.hosts();
  // Told in the end, so that one of them does not take the night.
  for (const { name } of hosts) expect.soft((await cluster.lab.exec(name, leftovers)).stdout, name).toBe('');
}

describe.each([
  ['five nodes', 0.6, () => createCluster('kills', '10.111.0')],
  ['ten nodes behind a balancer, with shared directories', 0.4, () => createPairs('killt', '10.112.0')],
] as const)('%s', (where, share, make) => {
  let cluster: Cluster;
  beforeAll(async () => {
    process.stdout.write(`seed ${seed}, ${kills} kills\n`);
    lasted.clear();
    cluster = await make();
  });
  afterAll(() => cluster?.close());

  it('come to the same end, however often the tool is killed', async () => {
    let count = 0;
    for (let round = 0; count < kills * share; round++) {
      const scene = scenes[round % scenes.length];
      if (scene === undefined) break;
      await scene.prepare(cluster, round);
      count += await killed(cluster, scene.what);
      await expectSameEnd(cluster);
    }
    process.stdout.write(`${where}: killed ${count} times, seed ${seed}\n`);
  }, 36_000_000);
});
