import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Profile, portOf, profiles } from '../standin/rig/configuration.ts';
import { createRig, type Home, type Rig } from '../standin/rig/homes.ts';
import { storePassword } from '../standin/rig/keystores.ts';
import { until } from '../standin/rig/until.ts';

const run = promisify(execFile);

interface Link {
  readonly name: string;
  readonly url: string;
  readonly up: boolean;
  readonly why?: string;
}

let rig: Rig;
let homes: Record<Profile, Home>;

beforeAll(async () => {
  rig = await createRig();
  const made = await Promise.all(
    profiles.map(async (profile) => [profile, await rig.home(profile, profile)]),
  );
  homes = Object.fromEntries(made) as Record<Profile, Home>;
  for (const profile of profiles) await homes[profile].start();
});
afterAll(() => rig?.close());

async function links(home: Home): Promise<Link[]> {
  return JSON.parse((await home.ask('/standin/links')).body) as Link[];
}

/** Waits until a server has tried its links, and those that are down are as many as wanted. */
function downLinks(home: Home, count: number): Promise<Record<string, string>> {
  return until(`${count} links of ${home.profile} to be down`, 30_000, async () => {
    const all = await links(home);
    const down = all.filter(({ up }) => !up);
    if (down.length !== count || down.some(({ why }) => why === 'not tried yet')) return undefined;
    return Object.fromEntries(down.map(({ name, why }) => [name, why ?? '']));
  }).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(await links(home), null, 1)}`);
  });
}

describe('five servers that are configured soundly', () => {
  it.each(profiles)('have every link of %s up', async (profile) => {
    expect(await downLinks(homes[profile], 0)).toEqual({});
    expect((await links(homes[profile])).length).toBeGreaterThan(0);
  });

  it('say that they started, in the form that the product says it', async () => {
    const lines = (await homes['api-publisher'].log()).split('\n');
    const started = lines.findIndex((line) => line.includes('WSO2 Carbon started in'));
    expect(lines[started]).toMatch(
      /^TID: \[-1234\] \[\] \[\S+ \S+\] {2}INFO \{\S+\} - WSO2 Carbon started in \d+ sec$/,
    );
    expect(lines[started - 1]).toMatch(/Server {11}: {2}WSO2 API Manager-3\.2\.0$/);
  });

  it('tell what they run with', async () => {
    const home = homes['gateway-worker'];
    expect(JSON.parse((await home.ask('/standin/info')).body)).toEqual({
      profile: 'gateway-worker',
      offset: rig.place.base + 4,
      pid: await home.pid(),
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      memory: expect.any(Number),
      options: expect.stringContaining('-Xmx64m'),
      certificate: expect.stringMatching(/^[0-9a-f]{64}$/),
      inFlight: expect.any(Number),
    });
  });

  it.each<[string, ...number[]]>([
    ['/services/Version', 200, 200, 200, 200, 200],
    ['/services/', 401, 401, 401, 401, 401],
    ['/carbon/admin/login.jsp', 200, 404, 200, 200, 404],
    ['/oauth2/token/.well-known/openid-configuration', 200, 404, 404, 404, 404],
    ['/oauth2/revoke', 401, 404, 404, 404, 404],
    ['/internal/data/v1/keymanagers', 404, 401, 401, 401, 404],
    ['/publisher/', 404, 404, 200, 404, 404],
    ['/api/am/publisher/v1/swagger.yaml', 404, 404, 200, 404, 404],
    ['/devportal/', 404, 404, 404, 200, 404],
    ['/api/am/store/v1/apis', 404, 404, 404, 200, 404],
    ['/api/am/gateway/v1/api-artifact', 404, 404, 404, 404, 401],
  ])('answer %s each as its profile does', async (path, ...wanted) => {
    const found = await Promise.all(profiles.map((profile) => homes[profile].ask(path)));
    expect(found.map(({ status }) => status)).toEqual(wanted);
  });

  it.each<[Profile, number, boolean, string]>([
    ['traffic-manager', 5672, false, 'broker'],
    ['traffic-manager', 8672, true, 'broker'],
    ['traffic-manager', 9611, false, 'receiver'],
    ['traffic-manager', 9711, true, 'receiver'],
    ['gateway-worker', 9099, false, 'web socket'],
    ['gateway-worker', 8099, true, 'web socket'],
  ])('let in who they know at %s %i', async (profile, number, secure, kind) => {
    const port = portOf(rig.place, profile, number);
    expect(await hello(port, secure, 'admin admin-word')).toEqual(['OK', `${profile} ${kind}`]);
    expect(await hello(port, secure, 'admin wrong')).toEqual(['DENIED']);
  });
});

describe('a gateway', () => {
  /** Connections of a server to the broker. */
  async function kept(profile: Profile): Promise<number> {
    const port = portOf(rig.place, 'traffic-manager', 5672);
    const { stdout } = await run('ss', ['-Htnp', 'state', 'established', 'dport', '=', `:${port}`]);
    const pid = await homes[profile].pid();
    return stdout.split('\n').filter((line) => line.includes(`pid=${pid},`)).length;
  }
  const untilKept = (count: number) =>
    until(`${count} connections to the broker`, 30_000, async () =>
      (await kept('gateway-worker')) === count ? true : undefined,
    );

  it('alone keeps two connections to the broker, and dials again when that is back', async () => {
    await untilKept(2);
    expect(await kept('api-key-manager')).toBeLessThan(2);
    await homes['traffic-manager'].stop();
    await untilKept(0);
    await homes['traffic-manager'].start();
    await untilKept(2);
    expect(await downLinks(homes['gateway-worker'], 0)).toEqual({});
  }, 60_000);
});

describe('what a server leaves on its disk', () => {
  it('is its configuration with plain passwords, open to whoever its umask lets in', async () => {
    const conf = (name: string) => join(homes['api-publisher'].path, 'repository/conf', name);
    expect(await readFile(conf('user-mgt.xml'), 'utf8')).toContain('admin-word');
    expect(await readFile(conf('carbon.xml'), 'utf8')).toContain(storePassword);
    expect(await readFile(conf('datasources/master-datasources.xml'), 'utf8')).toContain('a&amp;b&lt;c');
    expect((await stat(conf('user-mgt.xml'))).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('is a log that is rolled while it runs: by day, and by size under the same name', async () => {
    const home = homes['api-publisher'];
    const inode = async () => (await stat(join(home.path, 'repository/logs/wso2carbon.log'))).ino;
    const seen = [await inode()];
    for (const by of ['day', 'size']) {
      const length = (await home.log()).length;
      expect((await home.ask(`/standin/roll?by=${by}`)).status).toBe(200);
      seen.push(await inode());
      const log = await home.log();
      expect(log).not.toContain('WSO2 Carbon started in');
      expect(log.length > length).toBe(by === 'size');
    }
    expect(new Set(seen.slice(0, 2)).size).toBe(2);
    const rolled = (await readdir(join(home.path, 'repository/logs'))).filter((name) =>
      /^wso2carbon-\d\d-\d\d-\d{4}\.log$/.test(name),
    );
    expect(rolled).toHaveLength(2);
  });
});

describe('a server among others', () => {
  it('calls itself as localhost if it is a portal, and finds out whether its certificate says so', async () => {
    const home = homes['api-publisher'];
    await home.stop();
    const script = join(home.path, 'bin/wso2server.sh');
    const text = await readFile(script, 'utf8');
    await writeFile(script, text.replace('hostnameVerifier=AllowAll', 'hostnameVerifier=Strict'));
    await home.start();
    expect(await downLinks(home, 1)).toEqual({ loopback: expect.stringMatching(/localhost/) });
    await home.stop();
    await home.swapStore('tls.jks', 'loopback.jks');
    await home.start();
    expect(await downLinks(home, 0)).toEqual({});
  });

  it('sees a peer go and come back', async () => {
    const manager = homes['traffic-manager'];
    await manager.stop();
    const down = await downLinks(homes['gateway-worker'], 8);
    expect(new Set(Object.values(down))).toEqual(new Set(['ConnectException: Connection refused']));
    await manager.start();
    expect(await downLinks(homes['gateway-worker'], 0)).toEqual({});
  });

  it('tells of each link why it is down', async () => {
    const home = homes['gateway-worker'];
    const { place } = rig;
    const port = (profile: Profile, number: number) => String(portOf(place, profile, number));
    await home.stop();
    // Wrong server, wrong kind of port, a name that the certificate has not, and a table left out.
    await home.edit(port('api-key-manager', 9443), port('api-publisher', 9443));
    await home.edit(
      /throttle_decision_endpoints = .*/,
      `throttle_decision_endpoints = ["tcp://127.0.0.1:${port('traffic-manager', 9611)}"]`,
    );
    await home.edit('ssl://127.0.0.1', 'ssl://127.0.0.2');
    await home.edit(/\/services\/"\nthrottle/, '/carbon/"\nthrottle');
    await home.edit(/event_listening_endpoints = .*/, 'event_listening_endpoints = ["tcp://localhost:5672"]');
    await home.start();
    const down = await downLinks(home, 5);
    expect(down).toEqual({
      'apim.key_manager.service_url': 'this is api-publisher servlet, not api-key-manager servlet',
      'apim.throttling.service_url': 'answered 404',
      'apim.throttling.throttle_decision_endpoints':
        'this is traffic-manager receiver, not traffic-manager broker',
      'apim.throttling.url_group.traffic_manager_auth_urls': expect.stringMatching(
        /^SSLHandshakeException: .*127\.0\.0\.2/,
      ),
      'apim.event_hub.event_listening_endpoints': 'it turns to localhost',
    });
  });

  it('knows what its role needs and the guide leaves out, and that arrays hold no references', async () => {
    const home = homes['api-devportal'];
    await home.stop();
    await home.edit(/service_url = .*\nthrottle_decision_endpoints = .*\n/, '');
    await home.edit(/\[apim\.event_hub\]\n(.+\n)+\n\[\[apim\.event_hub.*\n(.+\n)+/, '');
    await home.edit('/oauth2/revoke"', '/revoke"');
    await home.edit('"${admin.password}"', '"$ref{super_admin.password}"');
    await home.edit('ws_endpoint = "ws:', 'ws_endpoint = "wss:');
    await home.start();
    const localhost = 'not configured: it would turn to localhost';
    expect(await downLinks(home, 6)).toEqual({
      'apim.throttling.throttle_decision_endpoints': localhost,
      'apim.event_hub.service_url': localhost,
      'apim.event_hub.event_listening_endpoints': localhost,
      'apim.oauth_config.revoke_endpoint': 'answered 404',
      'apim.gateway.environment.service_url': 'answered 401',
      'apim.gateway.environment.ws_endpoint': 'it must begin with ws://',
    });
  });

  it('is not let in with another password than the one of the first start', async () => {
    const home = homes['api-publisher'];
    await home.stop();
    await home.edit('password = "admin-word"', 'password = "another-word"');
    await home.start();
    const down = await downLinks(home, 11);
    expect(new Set(Object.values(down))).toEqual(new Set(['answered 401', 'answered DENIED']));
  });
});

describe('a server that is told how to behave', () => {
  it('may write that it started and never be ready', async () => {
    const home = homes['api-key-manager'];
    await home.stop();
    await home.tell('start.seconds=0.1\nready=yes\napi-key-manager.ready=never\ntraffic-manager.ready=yes\n');
    const before = (await home.log()).length;
    await home.script('wso2server.sh', ['-Dprofile=api-key-manager', 'start']);
    await until('the started line', 20_000, async () =>
      (await home.log()).slice(before).includes('WSO2 Carbon started in') ? true : undefined,
    );
    expect((await home.ask('/services/Version')).status).toBe(503);
    expect((await home.ask('/standin/info')).status).toBe(200);
  });

  it('says that it already runs', async () => {
    const home = homes['api-key-manager'];
    const pid = await home.pid();
    const said = await home.script('wso2server.sh', ['-Dprofile=api-key-manager', 'start']);
    expect(said).toBe('Process is already running\n');
    expect(await home.pid()).toBe(pid);
  });

  it('finishes what is in flight when it stops, takes no more, and may live on', async () => {
    const home = homes['api-key-manager'];
    await home.stop();
    await home.tell('start.seconds=0\nstop.seconds=2\n');
    await home.start();
    const pid = await home.pid();
    const slow = home.ask('/standin/slow?ms=4000');
    await until('the request to be in flight', 3_000, async () => {
      const { inFlight } = JSON.parse((await home.ask('/standin/info')).body) as { inFlight: number };
      return inFlight > 0 ? true : undefined;
    });
    await home.script('wso2server.sh', ['stop']);
    await until('the port to close', 10_000, () =>
      home.ask('/services/Version').then(
        () => undefined,
        () => true,
      ),
    );
    expect(await slow).toEqual({ status: 200, body: 'slow\n' });
    expect(await home.pid()).toBe(pid);
    await until('the process to end', 20_000, async () => ((await home.pid()) === pid ? undefined : true));
    expect((await home.log()).trimEnd().split('\n').at(-1)).toContain('Halting JVM');
    expect(await readFile(join(home.path, 'wso2carbon.pid'), 'utf8')).toContain(String(pid));
  });

  it('dies when it is told to, and comes again after exit code 121', async () => {
    const home = homes['api-key-manager'];
    await home.tell('start.seconds=0\ndies.after.seconds=0.1\ndies.code=121\n');
    await home.script('wso2server.sh', ['-Dprofile=api-key-manager', 'start']);
    const first = await until('a first process', 10_000, () => home.pid());
    await until('a second process', 20_000, async () => {
      const pid = await home.pid();
      return pid === undefined || pid === first ? undefined : true;
    });
    await home.tell('start.seconds=0\ndies.after.seconds=0.1\n');
    await until('it to stay dead', 20_000, async () =>
      (await home.log()).split('dies, as it was told to').length > 2 && (await home.pid()) === undefined
        ? true
        : undefined,
    );
  });
});

/** What a port answers to `HELLO` with these credentials, line by line. */
function hello(port: number, secure: boolean, credentials: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port };
    const socket = secure ? connectTls({ ...to, rejectUnauthorized: false }) : createConnection(to);
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`port ${port} did not answer`)));
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text.trimEnd().split('\n')));
    socket.write(`HELLO ${credentials}\n`);
  });
}
