import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateReport } from '../../src/certificates/inventory-of.ts';
import { tenNodeNames } from '../lab/ten.ts';
import { buildPack } from '../standin/build.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';

let cluster: Cluster;
let balancer: string;

/** A new browser that comes to the balancer. */
async function visitor(): Promise<Browser> {
  return createBrowser(balancer, await readFile(join(cluster.folder, 'pki/ca.pem'), 'utf8'));
}

async function nodesAnswering(count: number, url: string, fresh: boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  let browser = await visitor();
  for (let index = 0; index < count; index++) {
    if (fresh) browser = await visitor();
    seen.add((await browser.get(url)).node);
  }
  return seen;
}

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const asWso2 = (host: string, command: string) =>
  cluster.lab.exec(host, ['runuser', '-u', 'wso2', '--', 'sh', '-c', command]);
const pidOf = async (host: string, folder: string) =>
  (await at(host, `tr -d '\\0' < /opt/wso2/${folder}/wso2carbon.pid`)).stdout.trim();

beforeAll(async () => {
  cluster = await createPairs('ha', '10.93.0');
  balancer = await cluster.lab.address('lb');
}, 120_000);

afterAll(() => cluster?.close());

describe('two of each component behind a balancer', () => {
  it('are deployed as planned, in one run', async () => {
    const planned = await runJson('plan', cluster.inventory);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    // Both gateways plan to write their one truststore, and the first to get there writes it for both.
    const own = (changes: readonly string[]) =>
      changes
        .filter((change) => !change.includes('/shared/') || !change.includes('client-truststore'))
        .sort();
    expect(own(changesIn(deployed))).toEqual(own(changesIn(planned)));
  }, 240_000);

  it('have every link up: through the balancer, and to each Traffic Manager', async () => {
    const broken = await Promise.all(
      tenNodeNames.map(async (name) => [name, await cluster.brokenLinks(name)] as const),
    );
    expect(broken.filter(([, links]) => links.length > 0)).toEqual([]);
  }, 120_000);

  it('are left alone by a second run', async () => {
    const again = await runTool('deploy', cluster.inventory);
    expect(again.stdout).toContain('Nothing to do: 12 hosts are as the inventory says');
    expect(again.code).toBe(0);
  }, 60_000);

  it('show what certs finds: the nodes, and the balancer, which shows one and verifies by another', async () => {
    const told = await runTool('certs', cluster.inventory, '--output', 'json');
    const { certificates, servers, problems } = JSON.parse(told.stdout) as CertificateReport;
    expect([told.code, problems]).toEqual([0, []]);
    expect(servers.filter(({ why }) => why !== undefined)).toEqual([]);
    const folder = '/etc/apim-orchestrate/balancer';
    const at = (host: string) =>
      certificates.flatMap(({ what, places }) =>
        places.flatMap((place) => (place.host === host ? [[what, place.path, place.shown]] : [])),
      );
    expect(at('lb')).toEqual([
      ['TLS key of lb', `${folder}/site.pem`, true],
      // It is in the chain that the balancer shows, too.
      ['authority', `${folder}/site.pem`, undefined],
      ['authority', `${folder}/ca.pem`, undefined],
    ]);
    for (const { what, trustedBy } of certificates.filter(({ matters }) => matters))
      expect([what, trustedBy]).toEqual([what, [...tenNodeNames, 'lb'].sort()]);
  }, 60_000);
});

describe('what nodes share', () => {
  const home = (component: string) => `/opt/wso2/${component}`;
  const configs = `${home('gateway')}/repository/deployment/server/synapse-configs`;
  const plans = `${home('traffic-manager')}/repository/deployment/server/executionplans`;
  const trust = `${home('gateway')}/repository/resources/security/client-truststore.jks`;

  it.each([
    ['gw1', 'gw2', configs],
    ['gw2', 'gw1', configs],
    ['tm1', 'tm2', plans],
  ])('is written at %s and read at %s: %s', async (writer, reader, folder) => {
    const file = `${folder}/written-by-${writer}.xml`;
    expect(await asWso2(writer, `echo content > ${file}`)).toMatchObject({ code: 0 });
    expect((await asWso2(reader, `cat ${file}`)).stdout).toBe('content\n');
    await asWso2(writer, `rm ${file}`);
  });

  it('was carried over from what the archive brought, and of the second node is kept beside', async () => {
    for (const name of ['gw1', 'gw2'])
      expect((await at(name, `ls ${configs}/default/synapse.xml`)).code).toBe(0);
    expect((await at('gw2', `ls ${configs}.before-sharing/default/synapse.xml`)).code).toBe(0);
  });

  it('is there after a reboot', async () => {
    const line = `grep -c ':/shared /opt/wso2/shared/' /etc/fstab`;
    expect((await at('gw1', line)).stdout.trim()).toBe('1');
  });

  it('keeps the certificate of an endpoint that one gateway was given at run time', async () => {
    const password = await cluster.secret('keystore');
    const made = await asWso2(
      'gw1',
      `cd /tmp && keytool -genkeypair -alias e -keyalg RSA -dname CN=endpoint -keystore e.p12 -storepass endpoint-1 -storetype PKCS12 >/dev/null 2>&1 && keytool -exportcert -rfc -alias e -keystore e.p12 -storepass endpoint-1 -file e.pem >/dev/null 2>&1 && printf %s '${password}' > p && keytool -importcert -noprompt -alias endpoint -file e.pem -keystore ${trust} -storepass:file p 2>&1; rm -f p`,
    );
    expect(made).toMatchObject({ code: 0 });
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    const listed = await asWso2(
      'gw2',
      `printf %s '${password}' > /tmp/p; keytool -list -alias endpoint -keystore ${trust} -storepass:file /tmp/p; rm -f /tmp/p`,
    );
    expect(listed.stdout).toContain('trustedCertEntry');
  }, 60_000);

  it('must be mounted, or the server is not started', async () => {
    expect((await runTool('stop', cluster.inventory, '--limit', 'gw2')).code).toBe(0);
    const point = (await at('gw2', 'ls -d /opt/wso2/shared/*')).stdout.trim();
    expect((await at('gw2', `umount ${point}`)).code).toBe(0);
    const refused = await runJson('start', cluster.inventory, '--limit', 'gw2');
    expect(refused.code).toBe(1);
    expect(
      failuresIn(refused)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('is not on the shared file system');
    const mended = await runJson('deploy', cluster.inventory);
    expect(failuresIn(mended)).toEqual([]);
    expect(changesIn(mended).join('\n')).toContain('mount ');
    expect(await cluster.brokenLinks('gw2')).toEqual([]);
  }, 120_000);

  it('must really be shared: a mount of something else is found by writing and reading', async () => {
    const point = (await at('gw2', 'ls -d /opt/wso2/shared/*')).stdout.trim();
    const real = (await at('gw2', `grep ' ${point} ' /proc/mounts`)).stdout.split(' ')[0] ?? '';
    // Another file system under the very name of the real one.
    const script = `cp -a ${point} /srv/copy && umount ${point} && mount -t tmpfs ${real} ${point} && cp -a /srv/copy/. ${point}/ && chown -R wso2 ${point}/`;
    expect((await runTool('stop', cluster.inventory, '--limit', 'gw2')).code).toBe(0);
    expect(await at('gw2', script)).toMatchObject({ code: 0 });
    const playbook = join(cluster.folder, 'shared.yaml');
    const hosts = 'hosts: [traffic_manager, gateway]';
    await writeFile(
      playbook,
      `name: Shared\nplays:\n  - name: Write\n    ${hosts}\n    steps: [share-directories]\n  - name: Read\n    ${hosts}\n    steps:\n      - check-shared-directories: { timeout: 3s }\n`,
    );
    const found = await runJson('run', playbook, cluster.inventory);
    expect(found.code).toBe(1);
    expect(
      failuresIn(found)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('what the others wrote');
    expect(await at('gw2', `umount ${point}`)).toMatchObject({ code: 0 });
    expect((await runTool('deploy', cluster.inventory)).code).toBe(0);
  }, 240_000);
});

describe.each(['nginx', 'haproxy'] as const)('%s in front', (software) => {
  beforeAll(async () => {
    const text = await readFile(cluster.inventory, 'utf8');
    await writeFile(cluster.inventory, text.replace(/software: \w+/, `software: ${software}`));
    const { code, stdout } = await runTool('deploy', cluster.inventory);
    expect(stdout).not.toContain('✗');
    expect(code).toBe(0);
  }, 120_000);

  it('keeps a browser at the node that has its session', async () => {
    for (const site of ['publisher', 'devportal']) {
      const browser = await visitor();
      const first = await browser.get(`https://${site}.lab.test/${site}/`);
      expect([...browser.cookies.keys()].sort()).toEqual(['JSESSIONID', 'apim_route']);
      for (let index = 0; index < 10; index++) {
        const { body, node } = await browser.get(`https://${site}.lab.test/standin/session`);
        expect(JSON.parse(body)).toEqual({ node: first.node, known: true });
        expect(node).toBe(first.node);
      }
    }
  });

  it('spreads browsers and API traffic over both nodes', async () => {
    // A node that was not there yet when it was asked for first is left alone for some seconds.
    const seen = (count: number, url: string) =>
      expect.poll(async () => (await nodesAnswering(count, url, true)).size, { timeout: 20_000 });
    await seen(20, 'https://publisher.lab.test/publisher/').toBe(2);
    await seen(10, 'https://gw.lab.test/some/api').toBe(2);
  }, 60_000);

  it('keeps a server that calls services at one node, though it has no cookies', async () => {
    for (const site of ['km', 'tm', 'gw-mgt'])
      expect((await nodesAnswering(8, `https://${site}.lab.test/services/Version`, true)).size).toBe(1);
  });

  it('passes web sockets on', async () => {
    expect(await cluster.brokenLinks('dev1')).toEqual([]);
  }, 60_000);

  it('takes large uploads', async () => {
    const sent = await at(
      'gw1',
      'head -c 5000000 /dev/urandom > /tmp/upload; curl -s -k -o /dev/null -w "%{http_code} %{size_upload}" --data-binary @/tmp/upload https://gw.lab.test/some/api',
    );
    // The stand-in has no such API, and says so; nginx has taken the whole body by then, and would say 500 if it could not.
    expect(sent.stdout).toMatch(software === 'nginx' ? /^404 5000000$/ : /^404 /);
  });

  it('has no site for a name that is not ours, and sends visitors without TLS to TLS', async () => {
    const ca = await readFile(join(cluster.folder, 'pki/ca.pem'), 'utf8');
    const stranger = createBrowser(balancer, ca).get('https://km.lab.test/', { host: 'elsewhere.test' });
    expect(
      await stranger.then(
        ({ status }) => status,
        () => 'closed',
      ),
    ).toBe(software === 'nginx' ? 'closed' : 421);
    const moved = await new Promise<string>((resolve, reject) => {
      const asked = request({
        host: balancer,
        port: 80,
        path: '/publisher/',
        headers: { host: 'publisher.lab.test' },
      });
      asked.on('response', (response) => {
        response.resume();
        resolve(`${response.statusCode} ${response.headers.location}`);
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(moved).toBe('301 https://publisher.lab.test/publisher/');
  });

  it('drains a node by name: nothing new goes there, and what is in flight is finished', async () => {
    const drained = await cluster.lab.address('pub1');
    // A browser that is at pub1, with a request under way.
    let browser = await visitor();
    while ((await browser.get('https://publisher.lab.test/publisher/')).node !== drained)
      browser = await visitor();
    const slow = browser.get('https://publisher.lab.test/standin/slow?ms=4000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await runTool('drain', cluster.inventory, 'pub1')).code).toBe(0);
    expect((await nodesAnswering(10, 'https://publisher.lab.test/publisher/', true)).has(drained)).toBe(
      false,
    );
    expect((await browser.get('https://publisher.lab.test/publisher/')).node).not.toBe(drained);
    expect(await slow).toMatchObject({ status: 200, body: 'slow\n', node: drained });
    const status = await runTool('status', cluster.inventory, '--limit', 'lb');
    expect(status.stdout).toMatch(new RegExp(`lb +load-balancer +yes .*${software}.* drained: pub1`));
    // A deploy in between neither forgets that nor brings the node back.
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    expect((await runTool('undrain', cluster.inventory, 'pub1')).code).toBe(0);
    expect((await nodesAnswering(20, 'https://publisher.lab.test/publisher/', true)).has(drained)).toBe(true);
  }, 60_000);

  it('does not talk to a node whose certificate is not ours', async () => {
    // The real ones are stopped; in their place stands somebody with a key of his own for the same name.
    expect((await runTool('stop', cluster.inventory, '--limit', 'dev1,dev2')).code).toBe(0);
    for (const name of ['dev1', 'dev2'])
      expect(
        await at(
          name,
          `cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=devportal.lab.test -addext subjectAltName=DNS:devportal.lab.test,DNS:${name}.lab.test 2>/dev/null && { setsid openssl s_server -accept 9443 -cert c.pem -key k.pem -WWW >/dev/null 2>&1 </dev/null & echo $! > /tmp/impostor; }`,
        ),
      ).toMatchObject({ code: 0 });
    const answered = await (await visitor()).get('https://devportal.lab.test/c.pem');
    expect([502, 503]).toContain(answered.status);
    for (const name of ['dev1', 'dev2']) await at(name, 'kill $(cat /tmp/impostor)');
    expect((await runTool('start', cluster.inventory)).code).toBe(0);
  }, 120_000);

  it('goes on as before when a new configuration is refused', async () => {
    const before = await readFile(cluster.inventory, 'utf8');
    // A name that nobody can look up at the balancer, or one that the configuration cannot hold.
    await writeFile(
      cluster.inventory,
      before.replace('hostname: gw2.lab.test', 'hostname: nowhere.lab.test'),
    );
    const playbook = join(cluster.folder, 'only-balancer.yaml');
    await writeFile(
      playbook,
      'name: Only the balancer\nplays:\n  - name: Certificates\n    hosts: controller\n    steps: [issue-certificates]\n  - name: Balancer\n    hosts: load_balancer\n    steps: [install-balancer]\n',
    );
    if (software === 'nginx') {
      const refused = await runJson('run', playbook, cluster.inventory);
      expect(refused.code).toBe(1);
      expect(
        failuresIn(refused)
          .map(({ text }) => text)
          .join('\n'),
      ).toContain('host not found in upstream \\"nowhere.lab.test');
    }
    expect((await (await visitor()).get('https://gw-mgt.lab.test/services/Version')).status).toBe(200);
    await writeFile(cluster.inventory, before);
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  }, 120_000);
});

describe('a change on running pairs', () => {
  it('restarts one node at a time, each waited for, and a twin always answers', async () => {
    await cluster.edit('maximum: 256m', 'maximum: 255m');
    const some = ['--limit', 'key_manager:publisher'];
    const run = startTool(['deploy', cluster.inventory, ...some, '--output', 'json']);
    const browser = await visitor();
    const answers: number[] = [];
    let going = true;
    const asking = (async () => {
      while (going) {
        answers.push((await browser.get('https://publisher.lab.test/services/Version')).status);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const { code, events } = await run.ended;
    going = false;
    await asking;
    expect(code).toBe(0);
    const order = events.flatMap((event) =>
      (event.type === 'step-started' || event.type === 'step-finished') &&
      ['start-server', 'wait-ready'].includes(event.step)
        ? [`${event.type === 'step-started' ? 'begin' : 'end'} ${event.step} ${event.host}`]
        : [],
    );
    expect(order).toEqual(
      ['km1', 'km2', 'pub1', 'pub2'].flatMap((name) =>
        ['start-server', 'wait-ready'].flatMap((step) => [`begin ${step} ${name}`, `end ${step} ${name}`]),
      ),
    );
    expect(answers.length).toBeGreaterThan(50);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  }, 240_000);

  it('ends at the first node that does not become ready; its twin is not touched', async () => {
    await cluster.edit('maximum: 255m', 'maximum: 254m');
    await cluster.edit(/ready_timeout: \w+|(?<=map_hosts: true)/, '\n      ready_timeout: 8s');
    await at('km1', 'echo ready=never > /etc/standin.properties');
    const twin = await pidOf('km2', 'key-manager');
    const some = ['--limit', 'key_manager'];
    const stopped = await runJson('deploy', cluster.inventory, ...some);
    expect(stopped.code).toBe(1);
    expect(failuresIn(stopped).map(({ where }) => where)).toEqual(['km1 wait-ready']);
    expect(await pidOf('km2', 'key-manager')).toBe(twin);
    await at('km1', 'rm /etc/standin.properties');
    await at('km1', `runuser -u wso2 -- sh -c 'kill $(tr -d "\\0" < /opt/wso2/key-manager/wso2carbon.pid)'`);
    const mended = await runJson('deploy', cluster.inventory, ...some);
    expect(failuresIn(mended)).toEqual([]);
    expect(await pidOf('km2', 'key-manager')).not.toBe(twin);
  }, 240_000);
});

describe('a new archive for running pairs', () => {
  const versionOf = async (host: string) =>
    (await at(host, 'cat /opt/wso2/gateway/bin/version.txt')).stdout.trim();

  it('never takes a pair down: it goes to one node at a time, with what they share', async () => {
    const updated = await buildPack({ edition: 'updated' });
    const before = await readFile(cluster.inventory, 'utf8');
    await writeFile(
      cluster.inventory,
      before
        .replace(/path: .*\.zip/, `path: ${updated.path}`)
        .replace(/sha256: .*/, `sha256: ${updated.sha256}`),
    );
    await asWso2('gw1', 'echo api > /opt/wso2/gateway/repository/deployment/server/synapse-configs/api.xml');
    const run = await runJson('deploy', cluster.inventory, '--limit', 'gateway');
    expect(failuresIn(run)).toEqual([]);
    const went = run.events.flatMap((event) =>
      event.type === 'wave-started' && event.play.startsWith('Replace') ? [event.hosts.join(' ')] : [],
    );
    expect(went).toEqual(['gw1', 'gw2']);
    for (const name of ['gw1', 'gw2']) {
      expect(await versionOf(name)).toContain('(updated)');
      expect(await cluster.brokenLinks(name)).toEqual([]);
      const shared = await at(
        name,
        'cat /opt/wso2/gateway/repository/deployment/server/synapse-configs/api.xml',
      );
      expect(shared.stdout).toBe('api\n');
    }
  }, 240_000);
});
