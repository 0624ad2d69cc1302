import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createPort } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BalancerModel, Upstream } from '../../../src/apim/balancer/model.ts';
import { nginxConfig } from '../../../src/apim/balancer/nginx.ts';
import { probe as askProbe } from '../../../src/connection/ask-probe.ts';
import { openLocal } from '../../../src/connection/local.ts';
import { siteProbes } from '../../../src/steps/balancer-probes.ts';
import { until } from '../../standin/rig/until.ts';

const names = ['a', 'b'];
let folder: string;
let nginx: ChildProcess;
let front: number;
let ports: readonly number[];
let nodes: Server[];

/** Who was asked. */
const served = new Set<string>();

/** What the nodes answer at each path; nothing at all, where it is undefined. */
let status: (path: string) => number | undefined;

async function freePort(): Promise<number> {
  const server = createPort();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function startNodes(): Promise<void> {
  nodes = ports.map((_, index) =>
    createServer((asked, response) => {
      served.add(names[index] ?? '');
      const code = status(asked.url ?? '');
      if (code === undefined) asked.socket.destroy();
      else response.writeHead(code).end();
    }),
  );
  await Promise.all(
    nodes.map((node, index) => new Promise<void>((done) => node.listen(ports[index], '127.0.0.1', done))),
  );
}

async function stopNodes(): Promise<void> {
  for (const node of nodes.splice(0)) {
    node.closeAllConnections();
    await new Promise((done) => node.close(done));
  }
}

const modelOf = (blame: Upstream['blame']): BalancerModel => ({
  listeners: [
    {
      port: front,
      tls: false,
      sites: [{ hostname: 'site.test', upstream: 'nodes', hideConsole: false }],
      redirects: [],
    },
  ],
  upstreams: [
    {
      name: 'nodes',
      nodes: ports.map((port, index) => ({
        name: names[index] ?? '',
        hostname: '127.0.0.1',
        port,
        drained: false,
        resting: false,
      })),
      serverName: undefined,
      affinity: 'none',
      healthPath: undefined,
      blame,
    },
  ],
});

const isUp = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => undefined,
  );

async function startNginx(blame: Upstream['blame']): Promise<void> {
  const text = nginxConfig(modelOf(blame))
    .replaceAll('/etc/apim-orchestrate/balancer', folder)
    .replaceAll(/\/(var\/log|var\/lib|run)\/apim-balancer/g, folder);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  nginx = spawn('nginx', ['-q', '-c', file, '-g', 'daemon off;'], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'ignore',
  });
  // A name that is not ours is closed on, so whoever listens is asked for one of ours.
  await until('nginx', 10_000, async () => ((await ask('/')) === undefined ? undefined : true));
}

/** The code of an answer to a client of the site; undefined for none. */
async function ask(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { port: front, host: '127.0.0.1', path, headers: { host: `site.test:${front}` }, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

const askAll = async (path: string, times: number) => {
  const found: (number | undefined)[] = [];
  for (let each = 0; each < times; each += 1) found.push(await ask(path));
  return found;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  chmodSync(folder, 0o755);
  const words = 'req -x509 -newkey rsa:2048 -nodes -keyout key -out ca.pem -days 2 -subj /CN=x';
  execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'ignore' });
  execFileSync('sh', ['-c', 'cat ca.pem key > site.pem'], { cwd: folder });
  front = await freePort();
  ports = [await freePort(), await freePort()];
  status = (path) => (path.startsWith('/fine') ? 200 : path.startsWith('/closed') ? undefined : 503);
  nodes = [];
});

afterEach(async () => {
  const ended = new Promise((done) => nginx.once('exit', done));
  nginx.kill('SIGQUIT');
  await stopNodes();
  await ended;
  rmSync(folder, { recursive: true });
});

describe('nginx', () => {
  it('passes on what a service behind gateways answers, and takes no gateway for dead for it', async () => {
    await startNodes();
    await startNginx('silence');
    expect(await askAll('/service', 4)).toEqual([503, 503, 503, 503]);
    expect(await ask('/fine')).toBe(200);
  });

  it('takes servers for dead that say so themselves', async () => {
    await startNodes();
    await startNginx('answer');
    await askAll('/service', 4);
    expect(await ask('/fine')).toBe(502);
  });

  it('takes no gateway for dead that closes on somebody who asks for a web socket', async () => {
    await startNodes();
    await startNginx('nothing');
    expect(await askAll('/closed', 4)).toEqual([502, 502, 502, 502]);
    expect(await ask('/fine')).toBe(200);
  });

  it('sends nothing to a node with a file of its name, and needs no reload for that', async () => {
    await startNodes();
    await startNginx('silence');
    mkdirSync(join(folder, 'resting'));
    const asked = async () => {
      served.clear();
      expect(await askAll('/fine', 6)).toEqual([200, 200, 200, 200, 200, 200]);
      return [...served].sort();
    };
    expect(await asked()).toEqual(['a', 'b']);
    writeFileSync(join(folder, 'resting/a'), '');
    expect(await asked()).toEqual(['b']);
    rmSync(join(folder, 'resting/a'));
    writeFileSync(join(folder, 'resting/b'), '');
    expect(await asked()).toEqual(['a']);
    rmSync(join(folder, 'resting/b'));
    expect(await asked()).toEqual(['a', 'b']);
  });

  it('holds those for dead that it saw down, which is what is waited for', async () => {
    await startNginx('silence');
    expect(await askAll('/fine', 4)).toEqual([502, 502, 502, 502]);
    await startNodes();
    await until('the nodes', 10_000, async () => (await isUp(ports[0] ?? 0)) && (await isUp(ports[1] ?? 0)));
    expect(await ask('/fine')).toBe(502);
    const [probe] = siteProbes('nginx', modelOf('silence'), 'a', '');
    expect(probe?.what).toBe(`http://site.test:${front}/`);
    expect(probe?.probe.http).toEqual({ path: '/', status: { not: [502, 503, 504] }, name: 'site.test' });
    status = () => 404;
    const connection = openLocal();
    const asked = async () => (probe === undefined ? undefined : await askProbe(connection, probe.probe));
    expect(await asked()).toEqual({ ok: false, why: 'answered 502' });
    await until('an answer', 20_000, async () => ((await asked())?.ok === true ? true : undefined));
    expect(await askAll('/fine', 4)).toEqual([404, 404, 404, 404]);
    await connection.close();
  }, 30_000);
});
