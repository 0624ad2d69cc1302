import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CertificatePair, createAuthority, issue } from '../../src/pki/authority.ts';
import { Secret } from '../../src/secret.ts';
import { download, type Source, shownAddress } from '../../src/shell/download.ts';
import { readDownloaded, readRefusal } from '../../src/shell/download-answers.ts';
import { quote } from '../../src/shell/quote.ts';
import { answerWith, type FileServer, serve } from '../support/file-server.ts';
import { watchProcesses } from '../support/processes.ts';

const content = randomBytes(300_000);
const sum = createHash('sha256').update(content).digest('hex');
const tag = { ETag: '"one of them"' };
const sound = answerWith(content, tag);

let folder: string;
let path: string;
let authority: CertificatePair;
let certificate: CertificatePair;
const servers: FileServer[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  const now = new Date();
  authority = await createAuthority({ organization: 'Files', days: 2, now });
  certificate = await issue({
    authority,
    commonName: 'files',
    names: ['127.0.0.1'],
    days: 2,
    now,
    usage: 'tls',
  });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
  path = join(folder, 'pack.zip');
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) killGroup(child, 'SIGKILL');
  for (const server of servers.splice(0)) await server.close();
  rmSync(folder, { recursive: true });
});

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals) {
  try {
    process.kill(-(pid ?? 0), signal);
  } catch {
    // It has ended already.
  }
}

/** A PATH on which every program of this machine is found, but for curl. */
const withoutCurl = mkdtempSync(join(tmpdir(), 'no-curl-'));
for (const each of ['/usr/bin', '/bin'])
  for (const name of readdirSync(each))
    if (name !== 'curl' && !existsSync(join(withoutCurl, name)))
      try {
        symlinkSync(join(each, name), join(withoutCurl, name));
      } catch {
        // A link that leads nowhere.
      }
afterAll(() => rmSync(withoutCurl, { recursive: true }));
const paths = { curl: process.env.PATH ?? '', wget: withoutCurl };
const tools = ['curl', 'wget'] as const;

async function serving(listener: RequestListener, tls?: CertificatePair): Promise<FileServer> {
  const server = await serve(listener, tls === undefined ? {} : { tls });
  servers.push(server);
  return server;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(tool: keyof typeof paths, source: Partial<Source>, shell = '/bin/sh', sha256 = sum) {
  const { command, stdin } = download({ url: '', headers: [], ...source }, path, sha256);
  const child = spawn(shell, ['-c', `eval ${quote(command.text)}`], {
    env: { ...process.env, PATH: paths[tool], http_proxy: '', https_proxy: '' },
    stdio: 'pipe',
    detached: true,
  });
  children.push(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin.reveal());
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  return { child, ended };
}

const run = (...words: Parameters<typeof start>) => start(...words).ended;

/** Everything in the folder, but the file itself. */
const leftovers = () => readdirSync(folder).filter((name) => name !== 'pack.zip');

describe.each(tools)('a download by %s', (tool) => {
  it('puts the file at its name, readable for all, and leaves nothing beside it', async () => {
    const { origin } = await serving(sound);
    const { code, stderr } = await run(tool, { url: `${origin}/pack.zip` });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(leftovers()).toEqual([]);
  });

  it('works with bash, too', async () => {
    const { origin } = await serving(sound);
    expect(await run(tool, { url: `${origin}/pack.zip` }, '/bin/bash')).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  it('says who asks: name and password, and headers, whatever characters are in them', async () => {
    const { origin, asked } = await serving(sound);
    const password = ` "q\\uo'te" $(id) \`x\` #;[end] ä`;
    const { code } = await run(tool, {
      url: `${origin}/pack.zip?a=[1-2]&b={c}`,
      username: 'ci',
      password: new Secret(password),
      headers: [['X-Token', new Secret('t"o\\k en#=$HOME')]],
    });
    expect(code).toBe(0);
    expect(asked.length).toBeGreaterThan(1);
    for (const { url, headers } of asked) {
      expect(decodeURIComponent(url ?? '')).toBe('/pack.zip?a=[1-2]&b={c}');
      expect(headers['x-token']).toBe('t"o\\k en#=$HOME');
      const basic = headers.authorization?.replace('Basic ', '') ?? '';
      expect(Buffer.from(basic, 'base64').toString()).toBe(`ci:${password}`);
    }
  });

  it('shows no secret in the arguments or the environment of any process, and leaves none in a file', async () => {
    const secrets = {
      password: 'fake-download-password',
      token: 'fake-token-4711',
      signature: 'fake-sig-0815',
    };
    const { origin } = await serving((request, response) => {
      if (request.headers.range === 'bytes=0-511') return sound(request, response);
      response.writeHead(200, { 'Content-Length': content.length, ...tag });
      const parts = Array.from({ length: 12 }, (_, index) =>
        content.subarray(index * 25_000, (index + 1) * 25_000),
      );
      const next = () => {
        const part = parts.shift();
        if (part === undefined) return response.end();
        response.write(part);
        setTimeout(next, 150);
      };
      next();
    });
    const watch = watchProcesses([
      ...Object.values(secrets),
      Buffer.from(`ci:${secrets.password}`).toString('base64'),
    ]);
    const { ended } = start(tool, {
      url: `${origin}/pack.zip?sig=${secrets.signature}`,
      username: 'ci',
      password: new Secret(secrets.password),
      headers: [['X-Token', new Secret(secrets.token)]],
    });
    const files = new Set<string>();
    const timer = setInterval(() => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const text = readQuietly(join(folder, name));
        for (const secret of Object.values(secrets)) if (text.includes(secret)) files.add(name);
      }
    }, 50);
    const { code, stdout, stderr } = await ended;
    clearInterval(timer);
    expect(await watch.stop()).toEqual([]);
    expect(code).toBe(0);
    expect([...files].filter((name) => !name.startsWith('pack.zip.fetch'))).toEqual([]);
    expect(leftovers()).toEqual([]);
    for (const secret of Object.values(secrets)) expect(stdout + stderr).not.toContain(secret);
    const told = stdout.split('\n').flatMap((line) => readDownloaded(line) ?? []);
    expect(new Set(told.map(({ total }) => total))).toEqual(new Set([content.length]));
    expect(told.at(-1)?.done).toBe(content.length);
    expect(told.some(({ done }) => done > 0 && done < content.length)).toBe(true);
  });

  it('follows redirects, and tells nobody else who we are', async () => {
    const other = await serving(sound);
    const first = await serving((request, response) => {
      const to = { '/pack.zip': 'moved/a', '/moved/a': '/b?x=1', '/b?x=1': `${other.origin}/store?sig=1` };
      response.writeHead(302, { Location: to[(request.url ?? '') as '/pack.zip'] }).end('<html>moved</html>');
    });
    const { code } = await run(tool, {
      url: `${first.origin}/pack.zip`,
      username: 'ci',
      password: new Secret('fake-password'),
      headers: [['X-Token', new Secret('fake-token')]],
    });
    expect(code).toBe(0);
    expect(first.asked.every(({ headers }) => headers['x-token'] === 'fake-token')).toBe(true);
    expect(first.asked.slice(0, 3).map(({ url }) => url)).toEqual(['/pack.zip', '/moved/a', '/b?x=1']);
    expect(other.asked.length).toBeGreaterThan(1);
    for (const { url, headers } of other.asked)
      expect([url, headers.authorization, headers['x-token']]).toEqual([
        '/store?sig=1',
        undefined,
        undefined,
      ]);
  });

  it.each([
    [
      '401',
      (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(401).end('no'),
      { kind: 'status', status: 401 },
    ],
    [
      '403',
      (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(403).end('no'),
      { kind: 'status', status: 403 },
    ],
    [
      '404',
      (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(404).end('no'),
      { kind: 'status', status: 404 },
    ],
    [
      '407',
      (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(407).end('no'),
      { kind: 'status', status: 407 },
    ],
    [
      'a page of HTML',
      (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(200, { 'Content-Type': 'Text/HTML; charset=utf-8' }).end('log in here'),
      { kind: 'page' },
    ],
    [
      'a page of HTML that does not say so',
      (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(200).end('\n <!DOCTYPE html>'),
      { kind: 'page' },
    ],
    [
      'a redirect to another protocol',
      (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
      { kind: 'protocol', detail: 'file' },
    ],
    [
      'a redirect without end',
      (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(302, { Location: '/pack.zip' }).end(),
      { kind: 'redirects' },
    ],
  ] as const)('says so when it is answered by %s, and keeps what it has', async (_, listener, told) => {
    writeFileSync(`${path}.part`, 'kept');
    const { origin } = await serving(listener);
    const { code, stderr } = await run(tool, { url: `${origin}/pack.zip?token=fake-token` });
    expect(code).toBe(9);
    expect(readRefusal(stderr)).toMatchObject({ at: `${origin}/pack.zip`, ...told });
    expect(leftovers()).toEqual(['pack.zip.part']);
    expect(readFileSync(`${path}.part`, 'utf8')).toBe('kept');
  });

  it('names the address that a login page came from', async () => {
    const login = await serving((_, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'),
    );
    const { origin } = await serving((_, response) =>
      response.writeHead(302, { Location: `${login.origin}/login?back=fake-secret` }).end(),
    );
    const { stderr } = await run(tool, { url: `${origin}/pack.zip` });
    expect(readRefusal(stderr)).toMatchObject({ kind: 'page', at: `${login.origin}/login` });
    expect(stderr).not.toContain('fake-secret');
  });

  it('says which checksum it found, and keeps nothing', async () => {
    const { origin } = await serving(sound);
    const { code, stderr } = await run(tool, { url: `${origin}/pack.zip` }, '/bin/sh', 'ab'.repeat(32));
    expect(code).toBe(9);
    expect(readRefusal(stderr)).toMatchObject({ kind: 'checksum', detail: sum });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so when nobody is there', async () => {
    const server = await serving(sound);
    await server.close();
    servers.splice(0);
    const { stderr } = await run(tool, { url: `${server.origin}/pack.zip` });
    expect(readRefusal(stderr)).toMatchObject({ kind: 'unreachable' });
  });

  it('wants a certificate that it can trust, and trusts the authority it is given', async () => {
    const { origin } = await serving(sound, certificate);
    const refused = await run(tool, { url: `${origin}/pack.zip` });
    expect(readRefusal(refused.stderr)).toMatchObject({ kind: 'certificate' });
    expect(readRefusal(refused.stderr)?.detail).not.toContain('insecure');
    const { code, stderr } = await run(tool, { url: `${origin}/pack.zip`, ca: authority.certificate });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  it.each(['http', 'https'])(
    'goes through a proxy to %s, and tells the proxy alone who uses it',
    async (scheme) => {
      const target = await serving(sound, scheme === 'https' ? certificate : undefined);
      const seen: (string | undefined)[] = [];
      const allowed = `Basic ${Buffer.from('me:fake "proxy\\ password').toString('base64')}`;
      const proxy = await serving((request, response) => {
        seen.push(request.headers['proxy-authorization']);
        if (request.headers['proxy-authorization'] !== allowed) return response.writeHead(407).end();
        sound(request, response);
      });
      proxy.server.on('connect', (request, socket) => {
        seen.push(request.headers['proxy-authorization']);
        socket.on('error', () => undefined);
        if (request.headers['proxy-authorization'] !== allowed)
          return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
        const [host = '', port = ''] = (request.url ?? '').split(':');
        const upstream = connect(Number(port), host, () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on('error', () => socket.destroy());
      });
      const source = { url: `${target.origin}/pack.zip`, ca: authority.certificate };
      const proxied = { url: proxy.origin, username: 'me', password: new Secret('fake "proxy\\ password') };
      const { code, stderr } = await run(tool, { ...source, proxy: proxied });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(new Set(seen)).toEqual(new Set([allowed]));
      expect(target.asked.some(({ headers }) => 'proxy-authorization' in headers)).toBe(false);
      const refused = await run(tool, { ...source, proxy: { url: proxy.origin } });
      expect(readRefusal(refused.stderr)).toMatchObject({ kind: 'status', status: 407 });
    },
  );

  describe('that broke off', () => {
    /** Ends the connection after half of it, once. */
    const breaking = (rest: RequestListener): RequestListener => {
      let broken = false;
      return (request, response) => {
        if (broken || request.headers.range === 'bytes=0-511') return rest(request, response);
        broken = true;
        response.writeHead(200, { 'Content-Length': content.length, ...tag });
        response.write(content.subarray(0, 150_000), () => setTimeout(() => response.destroy(), 300));
      };
    };

    it('is carried on from there', async () => {
      const { origin, asked } = await serving(breaking(sound));
      const { code } = await run(tool, { url: `${origin}/pack.zip` });
      expect(code).toBe(0);
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(asked.at(-1)?.headers.range).toMatch(/^bytes=(?!0-)\d+-$/);
      expect(asked.at(-1)?.headers['if-range']).toBe(tag.ETag);
    });

    it('is begun anew when the server means another file by now', async () => {
      const older = randomBytes(300_000);
      let now = answerWith(older, { ETag: '"old"' });
      const { origin, asked } = await serving((request, response) => now(request, response));
      const first = start(tool, { url: `${origin}/pack.zip` });
      now = (request, response) => {
        if (request.headers.range === 'bytes=0-511')
          return answerWith(older, { ETag: '"old"' })(request, response);
        response.writeHead(200, { 'Content-Length': older.length, ETag: '"old"' });
        response.write(older.subarray(0, 150_000));
        setTimeout(() => killGroup(first.child, 'SIGTERM'), 500);
      };
      expect((await first.ended).code).not.toBe(0);
      expect(leftovers()).toEqual(['pack.zip.part', 'pack.zip.part.of']);
      now = sound;
      const before = asked.length;
      const { code } = await run(tool, { url: `${origin}/pack.zip` });
      expect(code).toBe(0);
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(asked.slice(before).map(({ headers }) => headers.range)).toEqual(['bytes=0-511', undefined]);
      expect(leftovers()).toEqual([]);
    });

    it('is begun anew when the server knows no ranges, or does not say which file it means', async () => {
      for (const listener of [
        (_: unknown, response: Parameters<RequestListener>[1]) =>
          void response.writeHead(200, { 'Content-Length': content.length, ...tag }).end(content),
        answerWith(content),
      ]) {
        writeFileSync(`${path}.part`, randomBytes(1000));
        const { origin } = await serving(breaking(listener as RequestListener));
        const { code } = await run(tool, { url: `${origin}/pack.zip` });
        expect(code).toBe(0);
        expect(readFileSync(path).equals(content)).toBe(true);
        expect(leftovers()).toEqual([]);
        rmSync(path);
      }
    });

    it('is begun anew when what was carried on does not fit', async () => {
      let wrong = true;
      const { origin } = await serving(
        breaking((request, response) => {
          const resumed = /^bytes=(?!0-)/.test(request.headers.range ?? '');
          const body = resumed && wrong ? randomBytes(content.length) : content;
          if (resumed) wrong = false;
          answerWith(body, tag)(request, response);
        }),
      );
      const { code } = await run(tool, { url: `${origin}/pack.zip` });
      expect(code).toBe(0);
      expect(readFileSync(path).equals(content)).toBe(true);
    });

    it('leaves no secret behind when it is killed', async () => {
      let begun: () => void = () => undefined;
      const transfer = new Promise<void>((tell) => {
        begun = tell;
      });
      const { origin } = await serving((request, response) => {
        if (request.headers.range === 'bytes=0-511') return sound(request, response);
        response.writeHead(200, { 'Content-Length': content.length, ...tag });
        response.write(content.subarray(0, 1000));
        begun();
      });
      const source = {
        url: `${origin}/pack.zip`,
        ca: authority.certificate,
        headers: [['X-Token', new Secret('fake-token')]] as const,
      };
      const killed = start(tool, source);
      await transfer;
      killGroup(killed.child, 'SIGKILL');
      await killed.ended;
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of files) {
        expect(readQuietly(join(folder, name))).not.toContain('fake-token');
        expect(readQuietly(join(folder, name))).not.toContain('BEGIN CERTIFICATE');
      }
      expect(statSync(`${path}.fetch`).mode & 0o777).toBe(0o700);
      const ended = start(tool, source);
      await new Promise((resolve) => ended.child.stdout?.once('data', resolve));
      killGroup(ended.child, 'SIGTERM');
      await ended.ended;
      expect(existsSync(`${path}.fetch`)).toBe(false);
    });
  });
});

describe('a server with neither', () => {
  it('is told so', async () => {
    const bare = join(folder, 'bin');
    mkdirSync(bare);
    for (const name of readdirSync(withoutCurl))
      if (name !== 'wget') symlinkSync(join(withoutCurl, name), join(bare, name));
    paths.wget = bare;
    const { stderr } = await run('wget', { url: 'http://127.0.0.1:1/pack.zip' });
    paths.wget = withoutCurl;
    expect(readRefusal(stderr)).toMatchObject({ kind: 'tool', detail: 'neither curl nor wget is installed' });
  });
});

describe('an address on the screen', () => {
  it('is shown without what follows the question mark', () => {
    expect(shownAddress('https://files.example.com/a/b.zip?sig=x#y')).toBe(
      'https://files.example.com/a/b.zip?…',
    );
    expect(shownAddress('http://files.example.com:81/b.zip')).toBe('http://files.example.com:81/b.zip');
  });
});

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
