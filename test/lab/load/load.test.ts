import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLoad } from './load.ts';
import { failed } from './report.ts';
import type { LoadSite, LoadTarget } from './sites.ts';

let server: Server;
let target: LoadTarget;
let broken = false;

beforeEach(async () => {
  broken = false;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (broken) response.statusCode = 503;
      response.setHeader('x-standin-node', '10.0.0.1');
      const letters = Number(/letters=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      response.end(request.method === 'POST' ? Buffer.concat(chunks) : 'x'.repeat(letters));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const site: LoadSite = { role: 'gateway', use: 'apis', hostname: 'gw.lab.test', port, tls: false };
  target = { address: '127.0.0.1', sites: [site], authorities: () => '', servers: [] };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('goes on until it is told to stop, and then tells all that it saw', async () => {
  const load = await startLoad(target, { rate: 300, slowMs: 10 });
  await expect.poll(() => load.snapshot().total.requests).toBeGreaterThan(30);
  expect(load.snapshot().total.failures).toEqual({});
  broken = true;
  await expect.poll(() => failed(load.snapshot().total)).toBeGreaterThan(3);
  const report = await load.stop();
  expect(Object.keys(report.total.failures)).toEqual(['503']);
  expect(report.total.requests).toBe(load.snapshot().total.requests);
  expect(await load.stop()).toBe(report);
  expect(Object.keys(report.roles.gateway?.streams ?? {})).toEqual([
    'api GET kept',
    'api GET new',
    'api POST kept',
    'api POST new',
    'slow GET kept',
    'slow POST kept',
  ]);
});

it('ends by itself when its time is over', async () => {
  const load = await startLoad(target, { maxSeconds: 1, slowMs: 10 });
  await load.over;
  expect(load.snapshot().total.requests).toBeGreaterThan(0);
});

it('says so when it cannot know whom to trust', async () => {
  const authorities = () => {
    throw new Error('no such file');
  };
  await expect(startLoad({ ...target, authorities })).rejects.toThrow(
    'whom to trust cannot be read; is there a deployment? Error: no such file',
  );
});

it('goes to no address that is not of a lab', async () => {
  await expect(startLoad({ ...target, address: '192.0.2.1' })).rejects.toThrow(
    'a load goes to a lab, and 192.0.2.1 is none of its addresses',
  );
});
