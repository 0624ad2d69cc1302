import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../../src/pki/authority.ts';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { answerWith, type FileServer, serve } from '../support/file-server.ts';
import { watchProcesses } from '../support/processes.ts';
import { changesIn, failuresIn, runTool } from '../support/tool.ts';

let cluster: Cluster;
let server: FileServer;

const playbook = `
name: Our own
plays:
  - name: Prepare
    hosts: [gateway, key_manager]
    in: sequence
    steps:
      - check-host
      - install-pack
      - install-files
      - copy-file: { from: motd.txt, to: /opt/wso2/motd, mode: "0640" }
      - run-command:
          command: mkdir -p /opt/wso2/made
          unless: test -d /opt/wso2/made
      - wait-for-port: { port: 22, timeout: 5s }
`;

const password = 'fake-"download\\password';
const token = 'fake-token-of-the-archive';
const bundle = 'a bundle of our own';

/** Serves the archive, slowly, and a bundle, to whoever says the password and the token. */
function behindLogin(archive: Buffer): RequestListener {
  return (request, response) => {
    const basic = Buffer.from(
      (request.headers.authorization ?? '').replace('Basic ', ''),
      'base64',
    ).toString();
    if (basic !== `ci:${password}` || request.headers['x-token'] !== token)
      return void response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end('<html>who are you?</html>');
    if (request.url === '/bundle-1.0.jar') return answerWith(Buffer.from(bundle))(request, response);
    if (request.headers.range !== undefined) return answerWith(archive, { ETag: '"1"' })(request, response);
    response.writeHead(200, { 'Content-Length': archive.length, ETag: '"1"' });
    const size = Math.ceil(archive.length / 10);
    const send = (from: number) => {
      response.write(archive.subarray(from, from + size));
      if (from + size >= archive.length) response.end();
      else setTimeout(send, 150, from + size);
    };
    send(0);
  };
}

beforeAll(async () => {
  cluster = await createCluster('book', '10.87.0');
  const pack = await buildPack();
  const authority = await createAuthority({ organization: 'Files', days: 2, now: new Date() });
  const certificate = await issue({
    authority,
    commonName: 'files',
    names: ['10.87.0.1'],
    days: 2,
    now: new Date(),
    usage: 'tls',
  });
  server = await serve(behindLogin(await readFile(pack.path)), { host: '10.87.0.1', tls: certificate });
  await writeFile(join(cluster.folder, 'files-ca.pem'), authority.certificate);
  await writeFile(join(cluster.folder, 'secrets/files'), password, { mode: 0o600 });
  await writeFile(join(cluster.folder, 'secrets/token'), token, { mode: 0o600 });
  const jar = createHash('sha256').update(bundle).digest('hex');
  await cluster.edit(
    /( *)path: \S+wso2am-3\.2\.0\.zip/,
    (_, indent: string) => `${indent}url: ${server.origin}/wso2am-3.2.0.zip?sig=fake-signature`,
  );
  await cluster.edit(
    /^( *)pack:/m,
    (_, indent: string) =>
      `${indent}files: [{ url: "${server.origin}/bundle-1.0.jar", sha256: ${jar}, to: dropins, ${login} }]\n${indent}pack:`,
  );
  await writeFile(join(cluster.folder, 'motd.txt'), 'hello\n');
  await writeFile(join(cluster.folder, 'own.yaml'), playbook);
});
afterAll(async () => {
  await server.close();
  await cluster.close();
});

const login =
  'username: ci, password: "file:secrets/files", headers: { X-Token: "file:secrets/token" }, ca: files-ca.pem';

const run = (...words: string[]) =>
  runTool('run', join(cluster.folder, 'own.yaml'), cluster.inventory, '--output', 'json', ...words);

describe('a playbook of one’s own, with an archive that servers download from behind a login', () => {
  it('is refused with what is missing: who vouches for the other side, and who asks', async () => {
    const first = await run('--limit', 'gw');
    expect(failuresIn(first)).toEqual([
      {
        where: 'gw install-pack',
        text: expect.stringMatching(
          /wso2am-3\.2\.0\.zip\?… shows a certificate that the server does not trust.*as apim\.pack\.ca/s,
        ),
      },
    ]);
    await cluster.edit(
      /( *)url: (\S+sig=\S+)/,
      (all: string, indent: string) => `${all}\n${indent}ca: files-ca.pem`,
    );
    const second = await run('--limit', 'gw');
    expect(failuresIn(second)).toEqual([
      {
        where: 'gw install-pack',
        text: expect.stringMatching(/wants to know who asks \(401\).*give apim\.pack\.username/s),
      },
    ]);
    for (const { stdout, stderr } of [first, second]) expect(stdout + stderr).not.toContain('fake-');
    await cluster.edit(/^( *)ca: files-ca.pem/m, (_, indent: string) =>
      login.replaceAll(/, (?=\w+: )/g, `\n${indent}`).replace(/^/, indent),
    );
  });

  it('is planned, done as planned, with its progress, and done only once; no secret is seen', async () => {
    const planned = await run('--dry-run');
    expect(failuresIn(planned)).toEqual([]);
    expect(planned.code).toBe(2);
    const basic = Buffer.from(`ci:${password}`).toString('base64');
    const secrets = [password, token, basic, 'fake-signature'];
    const watch = watchProcesses(secrets);
    const before = server.asked.length;
    const done = await run('--verbose');
    expect(await watch.stop()).toEqual([]);
    expect(failuresIn(done)).toEqual([]);
    expect(changesIn(done)).toEqual(changesIn(planned));
    expect(changesIn(done)).toHaveLength(8);
    // Two for each file and host: one for the beginning, one for all of it.
    expect(server.asked.length - before).toBe(8);
    for (const secret of secrets) expect(planned.stdout + done.stdout + done.stderr).not.toContain(secret);
    const far = done.events.flatMap((event) =>
      event.type === 'progress' && event.host === 'gw' && event.step === 'install-pack' ? [event] : [],
    );
    expect(far.some(({ done: bytes, total, rate }) => bytes > 0 && bytes < total && rate > 0)).toBe(true);
    expect(far.at(-1)?.done).toBe(far.at(-1)?.total);
    const again = await run();
    expect(changesIn(again)).toEqual([]);
    const found = await cluster.lab.exec('gw', [
      'sh',
      '-c',
      'stat -c "%a %U" /opt/wso2/motd; ls -A /opt/wso2/.packs | grep -v "^[0-9a-f]*.zip$"; cat /opt/wso2/gateway/repository/components/dropins/bundle-1.0.jar',
    ]);
    expect(found.stdout).toBe(`640 wso2\n${bundle}`);
  });

  it('works only on the hosts that --limit leaves', async () => {
    await writeFile(join(cluster.folder, 'motd.txt'), 'hello again\n');
    const limited = await run('--limit', 'all:!gw');
    expect(changesIn(limited).map((change) => change.split(' ')[0])).toEqual(['km']);
  });

  it('is refused with file, line and column when a step or a setting is not known', async () => {
    const text = await readFile(join(cluster.folder, 'own.yaml'), 'utf8');
    await writeFile(
      join(cluster.folder, 'wrong.yaml'),
      text.replace('- check-host', '- chek-host').replace('mode:', 'mod:'),
    );
    const { code, stderr } = await runTool('run', join(cluster.folder, 'wrong.yaml'), cluster.inventory);
    expect(code).toBe(64);
    expect(stderr).toMatch(/wrong\.yaml:8:9: chek-host: no such step/);
    expect(stderr).toMatch(/wrong\.yaml:11:\d+: copy-file/);
  });
});
