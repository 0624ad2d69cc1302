import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';

const nodes = ['km', 'tm', 'pub', 'dev', 'gw'];
let cluster: Cluster;
let sound: string;

beforeAll(async () => {
  cluster = await createCluster('fail', '10.82.0', { apim: { ready_timeout: '15s', stop_timeout: '3s' } });
  sound = await readFile(cluster.inventory, 'utf8');
});
afterEach(() => writeFile(cluster.inventory, sound));
afterAll(() => cluster.close());

const deploy = (...words: string[]) => runJson('deploy', cluster.inventory, ...words);

describe('before anything is touched', () => {
  it('says every mistake of the inventory at its place, with exit code 64', async () => {
    await cluster.edit('sha256:', 'sha265:');
    await cluster.edit('type: mariadb', 'type: marydb');
    const { code, stderr } = await runTool('deploy', cluster.inventory);
    expect(code).toBe(64);
    expect(stderr).toMatch(
      /inventory\.yaml:\d+:\d+: apim\.pack\.sha265: unknown key; did you mean "sha256"\?/,
    );
    expect(stderr).toMatch(/inventory\.yaml:\d+:\d+: apim\.database\.type: must be "mysql" or "mariadb"/);
  });

  it('refuses an archive with a wrong checksum, and uploads none of it', async () => {
    await cluster.edit(/sha256: [0-9a-f]{64}/, `sha256: ${'ab'.repeat(32)}`);
    const result = await deploy();
    expect(result.code).toBe(1);
    const failures = failuresIn(result);
    expect(failures.map(({ where }) => where).sort()).toEqual(
      nodes.map((name) => `${name} fetch-pack`).sort(),
    );
    for (const { text } of failures) expect(text).toMatch(/has SHA-256 [0-9a-f]{64}, but (ab){32} is wanted/);
    const { stdout } = await cluster.lab.exec('km', [
      'sh',
      '-c',
      'ls -A /opt/wso2/.packs; ls -d /opt/wso2/key-manager 2>/dev/null; true',
    ]);
    expect(stdout).toBe('');
  });

  it('refuses a server whose host key is not the one we know', async () => {
    const file = join(cluster.folder, 'known_hosts');
    const known = await readFile(file, 'utf8');
    const lines = known.trim().split('\n');
    const [tm, gw] = [await cluster.lab.address('tm'), await cluster.lab.address('gw')];
    const keyOfTm = lines
      .find((line) => line.includes(`${tm} `))
      ?.split(' ')
      .slice(1)
      .join(' ');
    await writeFile(
      file,
      lines.map((line) => (line.includes(`${gw} `) ? `${gw} ${keyOfTm}` : line)).join('\n'),
    );
    const result = await runJson('plan', cluster.inventory);
    await writeFile(file, known);
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual([
      { where: 'gw', text: expect.stringContaining('its host key has CHANGED') },
    ]);
  });

  it('says what is wrong with a server that is not fit', async () => {
    await cluster.edit('java: { accept: [ 17 ] }', 'java: { accept: [] }');
    const result = await deploy('--limit', 'gw');
    expect(failuresIn(result)).toEqual([
      {
        where: 'gw check-host',
        text: expect.stringContaining('Java 17 in /usr/lib/jvm/java-17-openjdk-amd64 is not supported'),
      },
    ]);
  });
});

describe('a disk that is full', () => {
  it('fails the step in the server’s own words, and the next run completes', async () => {
    await cluster.lab.fill('dev', 200);
    const result = await deploy('--limit', 'dev');
    expect(result.code).toBe(1);
    expect(failuresIn(result).map(({ where }) => where)).toEqual(['dev check-host']);
    expect(failuresIn(result)[0]?.text).toContain('free for /opt/wso2');
    await cluster.lab.unfill('dev');
  });
});

describe('one host that is down', () => {
  it('ends the run before anything is changed, and names host, cause and cure; without it the others go on', async () => {
    await cluster.lab.powerOff('gw');
    const result = await deploy();
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual([
      { where: 'gw', text: expect.stringMatching(/cannot be reached.*hint/) },
    ]);
    const stepsOf = ({ events }: typeof result) =>
      events.flatMap((event) => (event.type === 'step-finished' ? [`${event.host} ${event.step}`] : []));
    const others = nodes.filter((name) => name !== 'gw');
    expect(stepsOf(result).sort()).toEqual(
      others.flatMap((name) => [`${name} check-host`, `${name} check-keystores`]).sort(),
    );
    await cluster.edit('administrator: { username: orchestrator', 'administrator: { username: nobody-there');
    const without = await deploy('--limit', 'all:!gw');
    expect(failuresIn(without).map(({ where }) => where)).toEqual(['km create-databases']);
    for (const host of others) expect(stepsOf(without)).toContain(`${host} install-service`);
    await cluster.lab.powerOn('gw');
  });
});

describe('one host that is silent', () => {
  it('does not keep the operator waiting: the first Ctrl-C while it connects ends the run, and blames no host', async () => {
    await cluster.lab.drop('gw');
    const { child, ended, seen } = startTool(['deploy', cluster.inventory, '--output', 'json']);
    await seen((event) => event.type === 'host-connecting' && event.host === 'gw');
    child.kill('SIGINT');
    const result = await ended;
    await cluster.lab.undrop('gw');
    expect(result.code).toBe(130);
    // It did not wait for the deadline, at which the host would have failed.
    expect(failuresIn(result)).toEqual([]);
    expect(result.events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'interrupted', changed: 0 });
  });
});

describe('a wrong password of the database', () => {
  it('is told by the node that cannot get in, with the cure', async () => {
    await cluster.edit(
      'administrator: { username: orchestrator, password: file:secrets/db-admin }',
      'administrator: { username: orchestrator, password: not-the-password }',
    );
    const result = await deploy();
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual([
      { where: 'km create-databases', text: expect.stringContaining('ER_ACCESS_DENIED_ERROR') },
    ]);
    expect(result.stdout).not.toContain('not-the-password');
  });
});

describe('a run that is killed', () => {
  it('at many moments, and run again, ends in the same state', async () => {
    const moments = [
      (step: string, host: string) => step === 'fetch-pack' && host === 'gw',
      (step: string) => step === 'issue-certificates',
      (step: string, host: string) => step === 'install-pack' && host === 'gw',
      (step: string, host: string) => step === 'optimize-profile' && host === 'gw',
      (step: string, host: string) => step === 'install-keystores' && host === 'gw',
      (step: string) => step === 'create-databases',
      (step: string, host: string) => step === 'start-server' && host === 'km',
      (step: string, host: string) => step === 'wait-ready' && host === 'tm',
    ];
    for (const fits of moments) {
      const run = startTool(['deploy', cluster.inventory, '--output', 'json']);
      await Promise.race([
        run
          .seen((event) => event.type === 'change-started' && fits(event.step, event.host))
          .catch(() => undefined),
        run.ended,
      ]);
      run.child.kill('SIGKILL');
      await run.ended;
    }
    const last = await deploy();
    expect(failuresIn(last)).toEqual([]);
    expect(last.code).toBe(0);
    for (const host of nodes) expect(await cluster.brokenLinks(host)).toEqual([]);
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
    for (const host of nodes) {
      const { stdout } = await cluster.lab.exec(host, [
        'sh',
        '-c',
        "find /opt/wso2 -name '*.part*' -o -name '*.unpacking' -o -name '*.new'",
      ]);
      expect(stdout).toBe('');
    }
  });

  it('while a home is being optimized, has that home unpacked anew', async () => {
    await cluster.lab.exec('gw', [
      'sh',
      '-c',
      'cd /opt/wso2/gateway; : > .apim-orchestrate/optimizing; rm -rf .apim-orchestrate/profile repository/deployment/server/webapps',
    ]);
    const result = await deploy();
    expect(failuresIn(result)).toEqual([]);
    expect(changesIn(result)).toContain('gw install-pack: replace API Manager 3.2.0 in /opt/wso2/gateway');
    expect(await cluster.brokenLinks('gw')).toEqual([]);
  });
});

describe('two runs at once', () => {
  it('the second says who holds the lock since when, with exit code 75', async () => {
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, jvm_options: [-Dlocked=1]');
    const first = startTool(['deploy', cluster.inventory, '--output', 'json']);
    await first.seen((event) => event.type === 'change-started');
    const holders = await runTool('lock', 'status', cluster.inventory);
    expect(holders.code).toBe(75);
    expect(holders.stdout).toMatch(/^gw +\S+, process \d+, since \d{4}-\d\d-\d\dT\S+, deploy /m);
    const second = await deploy();
    expect(second.code).toBe(75);
    expect(failuresIn(second)[0]?.text).toMatch(
      /another run is at work on .*: .*process \d+, since \d{4}-\d\d-\d\dT/,
    );
    expect(changesIn(second)).toEqual([]);
    expect((await first.ended).code).toBe(0);
    expect((await deploy()).code).toBe(0);
  });
});

describe('an installation that this tool did not make', () => {
  const pidOf = async () => {
    const { stdout } = await cluster.lab.exec('gw', ['pgrep', '-f', 'carbon.home=/opt/wso2/gateway']);
    return stdout.trim();
  };
  const refused =
    /\/opt\/wso2\/gateway holds WSO2 API Manager v?3\.2\.0, which this tool did not install; it belongs to wso2; its server runs since .* \(process \d+, of wso2\).*another apim\.home for gw.*apim\.replace_foreign: true/s;

  it('is refused by plan, deploy, start and stop; its server runs on, and nothing is done at that host', async () => {
    expect((await deploy()).code).toBe(0);
    const before = await pidOf();
    await cluster.lab.exec('gw', [
      'sh',
      '-c',
      'cd /opt/wso2/gateway; mv .apim-orchestrate /root/notes; echo kept > theirs',
    ]);
    for (const [command, step] of [
      // The first look at every node already refuses, before anything is changed anywhere.
      ['plan', 'check-keystores'],
      ['deploy', 'check-keystores'],
      ['start', 'drain-node'],
      ['stop', 'stop-server'],
    ] as const) {
      const result = await runJson(command, cluster.inventory, '--limit', 'gw');
      expect(result.code).toBe(1);
      expect(failuresIn(result)).toEqual([{ where: `gw ${step}`, text: expect.stringMatching(refused) }]);
      expect(changesIn(result)).toEqual([]);
    }
    expect(await pidOf()).toBe(before);
    const status = await runTool('status', cluster.inventory, '--limit', 'gw');
    expect(status.code).toBe(1);
    expect(status.stdout).toContain('was not installed by this tool');
  });

  it('is replaced where the inventory says so, and kept whole beside', async () => {
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, replace_foreign: true');
    const planned = await runJson('plan', cluster.inventory, '--limit', 'gw');
    expect(failuresIn(planned)).toEqual([]);
    expect(changesIn(planned)).toContainEqual(
      expect.stringMatching(
        /^gw install-pack: replace WSO2 API Manager v?3\.2\.0, which was not installed by this tool, in \/opt\/wso2\/gateway, by API Manager 3\.2\.0; it stays as \/opt\/wso2\/gateway\.foreign-\d{8}T\d{6}Z$/,
      ),
    );
    // Nothing but a deployment replaces it.
    const stopped = await runJson('stop', cluster.inventory, '--limit', 'gw');
    expect(failuresIn(stopped)[0]?.text).toContain(
      'it cannot stop the server in /opt/wso2/gateway yet: that takes what install-pack sees to',
    );
    const done = await deploy();
    expect(failuresIn(done)).toEqual([]);
    expect(done.code).toBe(0);
    expect(await cluster.brokenLinks('gw')).toEqual([]);
    const { stdout } = await cluster.lab.exec('gw', ['sh', '-c', 'cat /opt/wso2/gateway.foreign-*/theirs']);
    expect(stdout).toBe('kept\n');
    expect((await runTool('plan', cluster.inventory)).code).toBe(0);
    await cluster.lab.exec('gw', ['sh', '-c', 'rm -rf /opt/wso2/gateway.foreign-* /root/notes']);
  });
});

describe('a server that never becomes ready', () => {
  it('is told with what is missing and the last lines of its own log; the next run completes', async () => {
    await cluster.lab.exec('gw', ['sh', '-c', 'echo ready=never > /etc/standin.properties']);
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, jvm_options: [-Dnever=1]');
    const broken = await deploy();
    expect(broken.code).toBe(1);
    const [failure] = failuresIn(broken);
    expect(failure?.where).toBe('gw wait-ready');
    expect(failure?.text).toMatch(
      /waited 15 s for gw to be ready; still missing: https:\/\/gw\.lab\.test:9443\/services\/Version \(answered 503\)/,
    );
    expect(failure?.text).toContain('WSO2 Carbon started in');
    await cluster.lab.exec('gw', ['rm', '/etc/standin.properties']);
    await cluster.edit('-Dnever=1', '-Dnever=0');
    expect((await deploy()).code).toBe(0);
  });

  it('is one without its link to a peer, which is named', async () => {
    await cluster.lab.exec('gw', ['sh', '-c', 'echo listens=never > /etc/standin.properties']);
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, jvm_options: [-Dlink=1]');
    const broken = await deploy();
    expect(failuresIn(broken).map(({ where }) => where)).toEqual(['gw wait-ready']);
    expect(failuresIn(broken)[0]?.text).toContain(
      'still missing: its link to a Traffic Manager, at tm.lab.test:5672 (no connection)',
    );
    await cluster.lab.exec('gw', ['rm', '/etc/standin.properties']);
    await cluster.edit('-Dlink=1', '-Dlink=0');
    expect((await deploy()).code).toBe(0);
  });

  it('is told at once, with its log, when it refuses to start', async () => {
    await cluster.lab.exec('gw', [
      'sh',
      '-c',
      'echo dies.after.seconds=0.1 > /etc/standin.properties; echo ready=never >> /etc/standin.properties',
    ]);
    await cluster.edit('hostname: gw.lab.test', 'hostname: gw.lab.test, jvm_options: [-Ddies=1]');
    const broken = await deploy();
    expect(failuresIn(broken)[0]?.text).toContain('but its process ended');
    expect(failuresIn(broken)[0]?.text).toContain('The server dies, as it was told to');
    await cluster.lab.exec('gw', ['rm', '/etc/standin.properties']);
  });

  it('is told by status when it dies after it was ready, and started by the next run', async () => {
    expect(failuresIn(await deploy())).toEqual([]);
    expect((await runTool('status', cluster.inventory, '--limit', 'gw')).code).toBe(0);
    const died = await cluster.lab.exec('gw', 'kill -KILL "$(cat /opt/wso2/gateway/wso2carbon.pid)"');
    expect(died.code).toBe(0);
    const told = await runTool('status', cluster.inventory, '--limit', 'gw');
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('not running');
    const again = await deploy();
    expect(again.code).toBe(0);
    expect(changesIn(again)).toEqual([
      expect.stringMatching(/^gw start-server: start the server in /),
      expect.stringMatching(/^gw wait-ready: /),
    ]);
  });
});

describe('a server that does not stop', () => {
  it('is told with the end of its log and is not killed; the next run carries on', async () => {
    expect(failuresIn(await deploy())).toEqual([]);
    const signal = (name: string) =>
      cluster.lab.exec('gw', `kill -${name} "$(cat /opt/wso2/gateway/wso2carbon.pid)"`);
    await signal('STOP');
    const broken = await runJson('stop', cluster.inventory);
    expect(broken.code).toBe(1);
    const [failure, ...others] = failuresIn(broken);
    expect(failure?.where).toBe('gw stop-server');
    expect(failure?.text).toMatch(
      /waited 3 s for the server in \/opt\/wso2\/gateway to stop; still missing: its process to end/,
    );
    expect(failure?.text).toContain('WSO2 Carbon started in');
    expect(failure?.text).toContain('restart INVENTORY --limit gw --force');
    // Nobody behind it was stopped: it goes against the documented order.
    expect(others).toEqual([]);
    expect(changesIn(broken).map((change) => change.split(' ')[0])).toEqual(['gw']);
    expect((await signal('CONT')).code).toBe(0);
    const again = await runJson('stop', cluster.inventory);
    expect(failuresIn(again)).toEqual([]);
    expect((await runTool('status', cluster.inventory)).stdout.match(/not running/g)).toHaveLength(5);
    expect(failuresIn(await deploy())).toEqual([]);
  });
});

describe('half a schema', () => {
  it('is left alone, and told with what is missing', async () => {
    await runTool('stop', cluster.inventory);
    const password = await cluster.secret('shared-db');
    const drop = `DROP TABLE shared_db.UM_TENANT;`;
    const { code, stderr } = await cluster.lab.exec(
      'db',
      ['sh', '-c', 'read -r p; MYSQL_PWD="$p" exec mariadb -h 127.0.0.1 -u shared -e "$(cat)"'],
      { input: `${password}\n${drop}\n` },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const result = await deploy();
    expect(result.code).toBe(1);
    expect(failuresIn(result)[0]?.text).toContain('holds part of the product’s tables: UM_TENANT is missing');
  });
});
