import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, it } from 'vitest';
import { haproxyConfig } from '../../../src/apim/balancer/haproxy.ts';
import type { BalancerModel, Upstream } from '../../../src/apim/balancer/model.ts';
import { probe as askProbe } from '../../../src/connection/ask-probe.ts';
import { openLocal } from '../../../src/connection/local.ts';
import { siteProbes } from '../../../src/steps/balancer-probes.ts';
import { until } from '../../standin/rig/until.ts';

let folder: string;
let haproxy: ChildProcess;
let front: number;
let port: number;
let node: Server | undefined;
const connection = openLocal();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const found = (server.address() as AddressInfo).port;
  await new Promise((done) => server.close(done));
  return found;
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
      nodes: [{ name: 'a', hostname: '127.0.0.1', port, drained: false, resting: false }],
      serverName: undefined,
      affinity: 'none',
      healthPath: undefined,
      blame,
    },
  ],
});

function start(blame: Upstream['blame']): void {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, haproxyConfig(modelOf(blame)).replaceAll('/run/apim-balancer', folder));
  haproxy = spawn('haproxy', ['-db', '-q', '-f', file], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'ignore',
  });
}

/** What those say who wait for the site. */
async function asked(blame: Upstream['blame']): Promise<string> {
  const [question] = siteProbes('haproxy', modelOf(blame), 'a', '');
  if (question === undefined) return 'nobody is asked';
  const found = await askProbe(connection, question.probe);
  return found.ok ? 'an answer' : found.why;
}
const untilAsked = (blame: Upstream['blame'], wanted: string) =>
  until(wanted, 20_000, async () => ((await asked(blame)) === wanted ? true : undefined));

/** A node that says this to every request; nothing, if that is empty. */
async function startNode(text: string): Promise<void> {
  node = createServer((guest) => {
    guest.on('error', () => undefined);
    guest.once('data', () => guest.end(text));
  });
  await new Promise<void>((done) => node?.listen(port, '127.0.0.1', done));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  chmodSync(folder, 0o755);
  front = await freePort();
  port = await freePort();
});

afterAll(() => connection.close());
afterEach(async () => {
  const ended = new Promise((done) => haproxy.once('exit', done));
  haproxy.kill('SIGTERM');
  await ended;
  await new Promise((done) => (node === undefined ? done(undefined) : node.close(done)));
  node = undefined;
  rmSync(folder, { recursive: true });
});

describe('HAProxy', () => {
  it.each([
    ['silence', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    ['nothing', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    // Whoever is not let in gets no answer to a web socket; HAProxy then says 502.
    ['nothing', ''],
  ] as const)(
    'is waited for while it finds no node of a site well, and no longer: %s, %j',
    async (blame, text) => {
      start(blame);
      await untilAsked(blame, 'answered 503');
      await startNode(text);
      await untilAsked(blame, 'an answer');
    },
    40_000,
  );
});
