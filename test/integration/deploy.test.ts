import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { knownGroups } from '../../src/cli/session.ts';
import { createPool } from '../../src/connection/pool.ts';
import { runPlays } from '../../src/engine/run.ts';
import { schedule } from '../../src/engine/schedule.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { loadPlaybook } from '../../src/input/playbook.ts';
import { register } from '../../src/steps/index.ts';
import { until } from '../standin/rig/until.ts';
import { findSecrets, type UnpackedBundle, unpackBundle } from '../support/bundles.ts';
import { askStandIn, type Cluster, createCluster } from '../support/cluster.ts';
import { watchProcesses } from '../support/processes.ts';
import {
  changesIn,
  failuresIn,
  runJson,
  runTool,
  startAsTyped,
  startTool,
  type ToolResult,
} from '../support/tool.ts';

const nodes = ['km', 'tm', 'pub', 'dev', 'gw'];
let cluster: Cluster;

beforeAll(async () => {
  cluster = await createCluster('deploy', '10.81.0');
});
afterAll(() => cluster.close());

describe('a deployment on five fresh hosts', () => {
  let planned: ToolResult;
  let deployed: ToolResult;
  let seenInProcesses: string[];

  beforeAll(async () => {
    planned = await runJson('plan', cluster.inventory);
    const secrets = await Promise.all(
      (['admin', 'keystore', 'db-admin', 'apim-db', 'shared-db'] as const).map((name) =>
        cluster.secret(name),
      ),
    );
    const watch = watchProcesses(secrets);
    deployed = await startTool(['deploy', cluster.inventory, '--output', 'json']).ended;
    seenInProcesses = await watch.stop();
  });

  it('is planned without touching anything', async () => {
    expect(failuresIn(planned)).toEqual([]);
    expect(planned.code).toBe(2);
  });

  it('ends with every server ready', () => {
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    expect(deployed.events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'ok', failed: [] });
  });

  it('does exactly what the plan said', () => {
    expect(changesIn(deployed)).toEqual(changesIn(planned));
    expect(changesIn(planned).length).toBeGreaterThan(50);
  });

  it.each(nodes)('leaves every link of %s up', async (host) => {
    expect(await cluster.brokenLinks(host)).toEqual([]);
  });

  it('starts the servers in the documented order, each only when the one before is ready', () => {
    const order = deployed.events.flatMap((event) =>
      event.type === 'step-finished' && ['start-server', 'wait-ready'].includes(event.step)
        ? [`${event.host} ${event.step}`]
        : [],
    );
    expect(order).toEqual(nodes.flatMap((host) => [`${host} start-server`, `${host} wait-ready`]));
  });

  it('shows no secret in the arguments or environment of any process, here or at a host', () => {
    expect(seenInProcesses).toEqual([]);
  });

  it('shows no secret in what it prints', async () => {
    for (const name of ['admin', 'keystore', 'db-admin', 'apim-db', 'shared-db'] as const) {
      const secret = await cluster.secret(name);
      for (const { stdout, stderr } of [planned, deployed]) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('leaves no file with a secret in it that others could read', async () => {
    const patterns = (await Promise.all([cluster.secret('admin'), cluster.secret('shared-db')])).join('\n');
    const readable = (host: string) => readableByOthers(host, patterns);
    for (const host of nodes) expect(await readable(host)).toBe('');
    // Their servers did write some, which nobody else can even reach.
    const made = 'grep -lF -f - /opt/wso2/*/repository/conf/user-mgt.xml; stat -c %a /opt/wso2/gateway';
    expect((await cluster.lab.exec('gw', ['sh', '-c', made], { input: patterns })).stdout).toBe(
      '/opt/wso2/gateway/repository/conf/user-mgt.xml\n700\n',
    );
    // The search itself must be able to find one.
    await cluster.lab.exec('gw', ['sh', '-c', 'umask 022; cat > /tmp/seen'], { input: patterns });
    expect(await readable('gw')).toBe('/tmp/seen\n');
    await cluster.lab.exec('gw', ['rm', '/tmp/seen']);
    expect((await stat(join(cluster.folder, 'pki/ca.key'))).mode & 0o077).toBe(0);
  });
});

/** Files at a host that hold one of these words and whose mode lets others read them, wherever they are. */
async function readableByOthers(host: string, words: string): Promise<string> {
  const search = [
    'p=$(mktemp) && cat > "$p"',
    'find /opt/wso2 /home/wso2 /tmp /etc/hosts -type f -perm /o=r -print0 | xargs -0 -r grep -lF -f "$p"',
    'rm "$p"',
  ].join('; ');
  return (await cluster.lab.exec(host, ['sh', '-c', search], { input: words })).stdout;
}

describe('the same again', () => {
  it('changes nothing', async () => {
    const again = await runJson('deploy', cluster.inventory);
    expect(failuresIn(again)).toEqual([]);
    expect(changesIn(again)).toEqual([]);
    expect(again.code).toBe(0);
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
  });

  it('needs one connection and at most two round trips a host', async () => {
    const inventory = await loadInventory(cluster.inventory);
    const topology = buildTopology(inventory, cluster.folder);
    const pool = createPool();
    const plays = schedule(await loadPlaybook('playbooks/deploy.yaml'), register, {
      inventory,
      known: knownGroups,
    });
    const never = new AbortController().signal;
    const result = await runPlays({
      name: 'deploy',
      plays,
      world: {
        topology,
        now: new Date(),
        baseDirectory: cluster.folder,
        hosts: new Set(inventory.hosts.map((host) => host.name)),
      },
      pool,
      emit: () => undefined,
      dryRun: false,
      stop: never,
      abort: never,
      lock: { nameAt: () => 'run', holder: 'a test' },
      now: () => new Date(),
    });
    const trips = (await pool.all())
      .filter((each) => each.name.startsWith('wso2@'))
      .map((each) => each.trips);
    await pool.close();
    expect(result).toMatchObject({ outcome: 'ok', changed: 0 });
    expect(trips).toHaveLength(nodes.length);
    expect(Math.max(...trips)).toBeLessThanOrEqual(2);
  });
});

describe('a change of one line', () => {
  it('is planned with the restart it takes, and done as planned', async () => {
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, memory: { maximum: 200m }');
    const planned = await runJson('plan', cluster.inventory);
    expect(changesIn(planned)).toEqual([
      'gw start-server: restart the server in /opt/wso2/gateway (changed since it was started: memory -Xms64m -Xmx256m → -Xms64m -Xmx200m)',
      'gw wait-ready: wait until gw is ready',
    ]);
    // Users would notice, so nobody's silence is taken for a yes.
    const unasked = await startAsTyped(['deploy', cluster.inventory]).ended;
    expect(unasked).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('! gw (Gateway) has no twin: nobody serves in its place'),
    });
    expect(unasked.stdout).toContain('Nothing was changed');
    const deployed = await runJson('deploy', cluster.inventory);
    expect(changesIn(deployed)).toEqual(changesIn(planned));
    expect(deployed.code).toBe(0);
  });

  it('of a name reaches every file, certificate and server that holds it', async () => {
    await cluster.edit('hostname: km.lab.test', 'hostname: keys.lab.test');
    const planned = await runJson('plan', cluster.inventory);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    // A plan cannot know yet that certificates differ, too, which are still to be made.
    const withoutReasons = (changes: readonly string[]) =>
      changes.map((change) => change.replace(/(restart the server in \S+) \(.*\)$/, '$1'));
    expect(withoutReasons(changesIn(deployed))).toEqual(withoutReasons(changesIn(planned)));
    expect(changesIn(deployed).join('\n')).toContain('issue a certificate for km as keys.lab.test');
    for (const host of nodes) expect(await cluster.brokenLinks(host)).toEqual([]);
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
  });
});

describe('a home that others can read, as earlier versions left it', () => {
  it('is closed by the next run, which plans it, and restarts nothing', async () => {
    const home = '/opt/wso2/gateway';
    const files = `${home}/repository/conf/user-mgt.xml ${home}/repository/conf/deployment.toml`;
    await cluster.lab.exec('gw', `chmod 755 ${home}; chmod 644 ${files}`);
    const password = await cluster.secret('admin');
    expect((await readableByOthers('gw', password)).split('\n')).toHaveLength(3);
    const planned = await runJson('plan', cluster.inventory);
    expect(changesIn(planned)).toEqual([
      `gw install-pack: keep other users of the server out of ${home} and 2 more`,
    ]);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(changesIn(deployed)).toEqual(changesIn(planned));
    expect(await readableByOthers('gw', password)).toBe('');
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
  });
});

describe('a server whose log was rolled while it ran', () => {
  it.each(['day', 'size'])('by %s is found ready without its started line', async (by) => {
    const home = '/opt/wso2/gateway';
    await askStandIn(await cluster.lab.address('gw'), 9443, `/standin/roll?by=${by}`);
    const line = `grep -c 'WSO2 Carbon started in' ${home}/repository/logs/wso2carbon.log`;
    expect((await cluster.lab.exec('gw', line)).stdout).toBe('0\n');
    // As after a run that died before it could note that the server was ready.
    await cluster.lab.exec('gw', `rm ${home}/.apim-orchestrate/ready`);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(changesIn(deployed)).toEqual(['gw wait-ready: wait until gw is ready']);
  });
});

describe('a restart that is owed', () => {
  it('is done by the next run, when one died after writing the configuration', async () => {
    await cluster.edit('hostname: gw.lab.test,', 'hostname: gw.lab.test, jvm_options: [-Dowed=1],');
    const before = await cluster.lab.exec('gw', ['cat', '/opt/wso2/gateway/.apim-orchestrate/running']);
    const run = startTool(['deploy', cluster.inventory, '--output', 'json']);
    await run.seen(
      (event) => event.type === 'step-started' && event.step === 'start-server' && event.host === 'km',
    );
    run.child.kill('SIGKILL');
    await run.ended;
    const next = await runJson('deploy', cluster.inventory);
    expect(next.code).toBe(0);
    const after = await cluster.lab.exec('gw', ['cat', '/opt/wso2/gateway/.apim-orchestrate/running']);
    expect(after.stdout).not.toBe(before.stdout);
    const { stdout } = await cluster.lab.exec('gw', [
      'sh',
      '-c',
      "tr '\\0' ' ' < /proc/$(tr -d '\\0' < /opt/wso2/gateway/wso2carbon.pid)/cmdline",
    ]);
    expect(stdout).toContain('-Dowed=1');
  });
});

describe('a bundle for support', () => {
  const home = '/opt/wso2/gateway';
  const planted = {
    file: 'planted-in-a-file',
    variable: 'planted-in-a-variable',
    vault: 'the-password-of-the-vault',
  };
  const beside = () => readdirSync(cluster.folder).filter((name) => name.startsWith('.support-'));
  let secrets: Record<string, string>;
  let bundle: UnpackedBundle;
  let told: ToolResult;
  let archive: string;

  beforeAll(async () => {
    const names = ['admin', 'keystore', 'db-admin', 'apim-db', 'shared-db'] as const;
    const known = await Promise.all(names.map(async (name) => [name, await cluster.secret(name)] as const));
    secrets = { ...Object.fromEntries(known), ...planted, ...privateKeys(join(cluster.folder, 'pki')) };
    const vault = join(cluster.folder, 'secrets/vault');
    await writeFile(vault, planted.vault, { mode: 0o600 });
    await mkdir(join(cluster.folder, 'group_vars'));
    await writeFile(join(cluster.folder, 'group_vars/all.yml'), `somebodys_token: ${planted.variable}\n`);
    // What servers may write of what they know, and what somebody adds to their configuration.
    const key = await readFile(join(cluster.folder, 'pki/nodes/gw.key'), 'utf8');
    const lines = [
      `the password is ${secrets.admin}`,
      `sent Basic ${Buffer.from(`admin:${secrets.admin}`).toString('base64')}`,
      `dump ${Buffer.from(secrets.keystore ?? '').toString('hex')}`,
      key,
    ];
    const input = `${lines.join('\n')}\n`;
    await cluster.lab.exec('gw', ['sh', '-c', `cat >> ${home}/repository/logs/wso2carbon.log`], { input });
    const toml = `${home}/repository/conf/deployment.toml`;
    await cluster.lab.exec(
      'gw',
      `cp -p ${toml} /root/toml && printf '[custom]\\napi_key = "${planted.file}"\\n' >> ${toml}`,
    );
    archive = join(cluster.folder, 'support.tar.gz');
    await cluster.edit('hostname: dev.lab.test', 'hostname: dev.lab.test }, ansible_port: 1, x: { a: 1');
    told = await runTool(
      'support-bundle',
      cluster.inventory,
      '--vault-password-file',
      vault,
      '--out',
      archive,
    );
    await cluster.edit(' }, ansible_port: 1, x: { a: 1', '');
    await cluster.lab.exec('gw', `mv /root/toml ${toml}`);
    await rm(join(cluster.folder, 'group_vars'), { recursive: true });
    bundle = unpackBundle(archive);
  }, 120_000);

  afterAll(() => rm(bundle.folder, { recursive: true }));

  it('is one archive for the user alone, and tells who could not be reached', async () => {
    expect(told.stdout).toBe(`${archive}\n`);
    expect(told.stderr).toMatch(/^dev: the host: wso2@\S+ cannot be reached: .*\n$/);
    expect(told.code).toBe(1);
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
    expect(beside()).toEqual([]);
    expect(bundle.read('README.txt')).toMatch(/! dev: the host: wso2@\S+ cannot be reached/);
    const index = JSON.parse(bundle.read('index.json'));
    expect(index.missing.filter(({ failed }: { failed: boolean }) => failed)).toHaveLength(1);
    expect(index.files.map(({ path }: { path: string }) => path).sort()).toEqual(
      bundle.files.filter((file) => file !== 'index.json'),
    );
  });

  it('has of every server what it is at, and of the controller what it knows', () => {
    const of = (host: string) => bundle.files.filter((file) => file.startsWith(`hosts/${host}/`));
    expect(of('gw').map((file) => file.slice('hosts/gw/'.length))).toEqual(
      expect.arrayContaining([
        ...['clock.txt', 'deployment.toml', 'installed.txt', 'journal.jsonl', 'logs/wso2carbon.log'],
        ...['machine.txt', 'notes.txt', 'process.txt', 'threads.txt', 'versions.txt'],
      ]),
    );
    expect(of('dev')).toEqual([]);
    expect(bundle.read('hosts/gw/threads.txt')).toContain('Full thread dump');
    expect(bundle.read('hosts/gw/logs/wso2carbon.log')).toContain('the password is (secret)\n');
    expect(bundle.read('hosts/gw/deployment.toml')).toMatch(/^hostname = "gw\.lab\.test"$/m);
    expect(bundle.read('hosts/gw/deployment.toml')).toContain('api_key = "(secret)"');
    expect(bundle.read('hosts/gw/installed.txt')).toMatch(/^[0-9a-f]{64} {2}lib\/mariadb-java-client\.jar$/m);
    const status = JSON.parse(bundle.read('controller/status.json'));
    expect(status.map(({ ready }: { ready: boolean }) => ready)).toEqual([true, true, true, false, true]);
    expect(bundle.read('controller/certificates.json')).toContain('CN=gw.lab.test');
    expect(bundle.read('controller/inventory/group_vars/all.yml')).toBe('somebodys_token: (secret)\n');
    expect(bundle.files.filter((file) => /^controller\/runs\/.*-deploy\.jsonl$/.test(file))).not.toEqual([]);
  });

  it('has no secret in it, in any form', async () => {
    expect(Object.keys(secrets).length).toBeGreaterThan(12);
    expect(findSecrets(bundle.folder, secrets)).toEqual([]);
    // The search itself must be able to find each.
    const found: string[] = [];
    for (const [name, value] of Object.entries(secrets)) {
      for (const form of [
        value,
        Buffer.from(`x${value}`).toString('base64'),
        Buffer.from(value).toString('hex'),
      ]) {
        await writeFile(join(bundle.folder, 'planted'), `some ${form} more`);
        found.push(...findSecrets(bundle.folder, { [name]: value }));
      }
    }
    await rm(join(bundle.folder, 'planted'));
    expect(found).toHaveLength(3 * Object.keys(secrets).length);
  });

  it('takes the place of no file, and leaves nothing where it is stopped', async () => {
    const again = await runTool('support-bundle', cluster.inventory, '--out', archive);
    expect(again).toMatchObject({ code: 64, stdout: '' });
    expect(again.stderr).toContain(`${archive} is there already, and is not overwritten`);
    const stopped = startTool(['support-bundle', cluster.inventory]);
    await until('its folder', 30_000, async () => (beside().length > 0 ? true : undefined));
    stopped.child.kill('SIGINT');
    expect((await stopped.ended).code).toBe(130);
    expect(beside()).toEqual([]);
    expect(readdirSync(cluster.folder).filter((name) => name.endsWith('.tar.gz'))).toEqual([
      'support.tar.gz',
    ]);
  });
});

/** What is between the first and the last line of every private key below a folder, joined. */
function privateKeys(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.key'),
  );
  return Object.fromEntries(
    files.map((name) => [
      name,
      readFileSync(join(folder, name), 'utf8').replaceAll(/-----[^-]+-----|\s/g, ''),
    ]),
  );
}

describe('the other commands', () => {
  it('status shows every node, and its exit code tells whether all are ready', async () => {
    const { code, stdout } = await runTool('status', cluster.inventory);
    expect(code).toBe(0);
    for (const host of nodes) expect(stdout).toMatch(new RegExp(`^${host} .* yes .* 3\\.2\\.0 `, 'm'));
  });

  it('exec runs a command where the pattern says, and passes its exit code on', async () => {
    const { code, stdout } = await runTool(
      'exec',
      cluster.inventory,
      'gateway:km',
      '--',
      'hostname; test $(hostname) != gw',
    );
    expect(code).toBe(1);
    expect(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual(['gw | exited with 1', 'gw | gw', 'km | km']);
  });

  it('logs shows what the servers wrote, ordered by time, and goes on until it is stopped', async () => {
    const ready = await runTool(
      'logs',
      cluster.inventory,
      '--since',
      '1h',
      '--grep',
      'WSO2 Carbon started in',
    );
    expect(ready.code).toBe(0);
    const lines = ready.stdout.trim().split('\n');
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(new Set(nodes));
    const times = lines.map((line) => /\[(\d{4}-[^\]]+)\]/.exec(line)?.[1] ?? '');
    expect(times).toEqual([...times].sort());

    const following = startTool(['logs', cluster.inventory, 'gw', '--lines', '1', '-f']);
    let shown = '';
    const seen = new Promise<void>((done) => {
      following.child.stdout?.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if (shown.includes('written just now')) done();
        else if (shown.startsWith('gw | ') && !asked) {
          asked = true;
          void cluster.lab.exec(
            'gw',
            'echo "written just now" >> /opt/wso2/gateway/repository/logs/wso2carbon.log',
          );
        }
      });
    });
    let asked = false;
    await seen;
    following.child.kill('SIGINT');
    expect((await following.ended).code).toBe(130);
    expect(shown).toMatch(/\ngw \| written just now\n$/);
  }, 60_000);

  it('render writes every deployment.toml without a connection, masked unless asked', async () => {
    const out = join(cluster.folder, 'rendered');
    expect((await runTool('render', cluster.inventory, '--out', out)).code).toBe(0);
    const admin = await cluster.secret('admin');
    expect(await readFile(join(out, 'gw/deployment.toml'), 'utf8')).not.toContain(admin);
    await runTool('render', cluster.inventory, '--out', out, '--reveal');
    const { stdout } = await cluster.lab.exec('gw', [
      'cat',
      '/opt/wso2/gateway/repository/conf/deployment.toml',
    ]);
    expect(await readFile(join(out, 'gw/deployment.toml'), 'utf8')).toBe(stdout);
  });

  it('stop and start go through all servers, and end where they began', async () => {
    expect((await runTool('stop', cluster.inventory)).code).toBe(0);
    expect((await runTool('status', cluster.inventory)).code).toBe(1);
    expect((await runTool('start', cluster.inventory)).code).toBe(0);
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
  });
});
