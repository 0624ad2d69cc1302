import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { components } from '../lab/five.ts';
import { createLab } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { answerWith, type FileServer, serve } from '../support/file-server.ts';
import { failuresIn, runTool } from '../support/tool.ts';

/** What is wrong at one server before a node can be there, by a playbook of two steps: everybody else is only named. */

const lab = createLab({ name: 'fit', network: '10.113.0', disk: '1500m' });
let folder: string;
let pack: { path: string; sha256: string };

const at = async (command: string) => {
  const { code, stdout, stderr } = await lab.exec('gw', command);
  if (code !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
  return stdout;
};

async function describeWith(archive: { path: string; sha256: string }): Promise<void> {
  const address = await lab.address('gw');
  const other = (index: number) => (index === components.length - 1 ? address : `10.113.0.${200 + index}`);
  await writeInventory(folder, lab, {
    pack: archive,
    database: { address, port: 3306, username: 'orchestrator', password: 'fake-database-word' },
    entries: components.map(({ group, name }, index) => ({
      group,
      name,
      address: other(index),
      hostname: `${name}.lab.test`,
    })),
  });
}

const run = (...steps: string[]) => runSteps(steps);
async function runSteps(steps: readonly string[]) {
  const playbook = join(folder, 'play.yaml');
  await writeFile(
    playbook,
    JSON.stringify({ name: 'A node', plays: [{ name: 'It', hosts: 'gateway', steps }] }),
  );
  return runTool('run', playbook, join(folder, 'inventory.yaml'), '--limit', 'gw', '--output', 'json');
}

beforeAll(async () => {
  await lab.down();
  await lab.up(['gw']);
  folder = await mkdtemp(join(tmpdir(), 'fit-'));
  pack = await buildPack();
  await describeWith(pack);
});
afterAll(async () => {
  await lab.down();
  await rm(folder, { recursive: true, force: true });
});

/** Has the server of the node download its archive by itself. */
async function downloadedFrom(url: string): Promise<void> {
  const file = join(folder, 'inventory.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace(/\b(?:path|url): \S+?(?=,|\n)/, `url: ${url}`);
  if (!changed.includes(url)) throw new Error(`no archive in ${text}`);
  await writeFile(file, changed);
}

const refused = (where: string, text: RegExp) => [
  { where: `gw ${where}`, text: expect.stringMatching(text) },
];

describe('a server that downloads its archive', () => {
  let web: FileServer;
  let content: Buffer;
  let brokeOff = false;
  beforeAll(async () => {
    content = await readFile(pack.path);
    const whole = answerWith(content, { ETag: '"one"', 'Content-Type': 'application/zip' });
    web = await serve(
      (request, response) => {
        const { pathname } = new URL(request.url ?? '/', 'http://web');
        if (pathname === '/gone') return void response.writeHead(404).end('no such file');
        if (pathname === '/login')
          return void response
            .writeHead(200, { 'Content-Type': 'text/html' })
            .end('<html>Please log in</html>');
        if (pathname === '/other') return void answerWith(Buffer.alloc(5_000, 7))(request, response);
        if (pathname === '/round') return void response.writeHead(302, { Location: '/round' }).end();
        if (pathname === '/moved') return void response.writeHead(302, { Location: '/pack.zip' }).end();
        const first = (request.headers.range ?? 'bytes=0-511') === 'bytes=0-511';
        if (brokeOff || (first && request.headers.range !== undefined)) return whole(request, response);
        // Half of it, and then the server is gone for a moment.
        brokeOff = true;
        response.writeHead(200, { 'Content-Length': content.length, ETag: '"one"' });
        response.write(content.subarray(0, content.length / 2), () => response.destroy());
      },
      { host: '10.113.0.1' },
    );
  });
  afterAll(async () => {
    await web.close();
    await describeWith(pack);
  });

  it.each([
    ['is not there', '/gone', /404/],
    ['is a page of words, answered with 200', '/login', /page/],
    ['is another file', '/other', /SHA-256/],
    ['is redirected round and round', '/round', /sends us on without end/],
  ])('says so if it %s, and keeps nothing of it', async (_what, path, words) => {
    await downloadedFrom(`${web.origin}${path}`);
    const result = await run('fetch-pack', 'install-pack');
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual(refused('fetch-pack', words));
    expect(await at('find /opt/wso2 -type f 2>/dev/null || true')).toBe('');
  });

  it('gets it by a redirect and in two parts where the first breaks off', async () => {
    await downloadedFrom(`${web.origin}/moved`);
    const result = await run('fetch-pack');
    expect(failuresIn(result)).toEqual([]);
    expect(brokeOff).toBe(true);
    expect(web.asked.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d+-$/);
    expect(await at('sha256sum /opt/wso2/.packs/*')).toContain(pack.sha256);
    await at('rm -rf /opt/wso2');
  });
});

describe('a server', () => {
  it('whose ports are taken, and whose clock is off by a day, is not fit: both are told, and nothing is changed', async () => {
    await at('setsid socat TCP-LISTEN:9443,fork,reuseaddr /dev/null >/dev/null 2>&1 & echo $! > /run/taken');
    await lab.skew('gw', 86_400);
    const result = await run('check-host', 'install-pack');
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual(
      refused(
        'check-host',
        /not fit yet \(2 problems\).*its clock is 864\d\d s off ours → set it.*port 9443 is taken by another program/,
      ),
    );
    expect(await at('ls -A /opt')).not.toContain('wso2');
    await lab.skew('gw', 0);
    await at('kill $(cat /run/taken)');
    expect((await run('check-host')).code).toBe(0);
  });

  it('gets nothing of an archive that was cut off, though its checksum is that of the inventory', async () => {
    const whole = await readFile(pack.path);
    const half = whole.subarray(0, whole.length / 2);
    const path = join(folder, 'half.zip');
    await writeFile(path, half);
    await describeWith({ path, sha256: createHash('sha256').update(half).digest('hex') });
    const result = await run('install-pack');
    await describeWith(pack);
    expect(failuresIn(result)).toEqual(
      refused(
        'install-pack',
        /unzip \S+ exited with \d+.*End-of-central-directory.*check that the archive is the product’s own/,
      ),
    );
    expect(await at('ls /opt/wso2')).not.toMatch(/^gateway$/m);
  });

  it('whose disk is full while the archive is unpacked says so, and the next run completes', async () => {
    const kilobytes = Math.ceil((await readFile(pack.path)).length / 1024);
    // What is in it takes more.
    await lab.fill('gw', kilobytes + 150);
    const result = await run('install-pack');
    await lab.unfill('gw');
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual(
      refused(
        'install-pack',
        /(write error \(disk full\?\)|No space left on device).*free disk space there/s,
      ),
    );
    expect((await run('install-pack')).code).toBe(0);
    expect(await at('ls /opt/wso2')).toBe('gateway\n');
  });

  it('whose disk is full while its configuration is written keeps the old one, and says so', async () => {
    const file = '/opt/wso2/gateway/repository/conf/deployment.toml';
    const before = await at(`sha256sum ${file}`);
    await lab.fill('gw');
    const result = await run('write-config');
    expect(await at(`sha256sum ${file}`)).toBe(before);
    await lab.unfill('gw');
    expect(failuresIn(result)).toEqual(
      refused(
        'write-config',
        /deployment\.toml could not be written at wso2@\S+.*No space left on device.*is there room on its disk/s,
      ),
    );
    expect((await run('write-config')).code).toBe(0);
    expect(await at(`sha256sum ${file}`)).not.toBe(before);
    expect(await at("find /opt/wso2 -name '*.part-*'")).toBe('');
  });

  it('from which the database server is down says so', async () => {
    const result = await run('create-databases');
    expect(failuresIn(result)).toEqual(
      refused(
        'create-databases',
        /the database server \S+:3306 does not answer as it should: UNREACHABLE: connection refused/,
      ),
    );
  });
});
