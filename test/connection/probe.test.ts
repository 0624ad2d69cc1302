import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createPort } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probe } from '../../src/connection/ask-probe.ts';
import { openLocal } from '../../src/connection/local.ts';

const connection = openLocal();
let server: Server;
let names: (string | undefined)[];

/** What a server that answers with its path as a code is asked, or another at a port. */
const asked = (path: string, more: object, at = server) => {
  const { port } = at.address() as AddressInfo;
  return probe(connection, { host: '127.0.0.1', port, http: { path, status: [200], ...more } });
};

afterAll(() => connection.close());
beforeEach(async () => {
  names = [];
  server = createServer((request, response) => {
    names.push(request.headers.host);
    response.writeHead(Number(request.url?.slice(1))).end('a word');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => new Promise((done) => server.close(done)));

describe('an answer over HTTP', () => {
  it('counts by its code', async () => {
    expect(await asked('/200', {})).toEqual({ ok: true });
    expect(await asked('/404', {})).toEqual({ ok: false, why: 'answered 404' });
  });

  it('counts by all codes but some', async () => {
    const status = { not: [502, 503] };
    expect(await asked('/404', { status })).toEqual({ ok: true });
    expect(await asked('/503', { status })).toEqual({ ok: false, why: 'answered 503' });
  });

  it('counts only with the text that it must hold', async () => {
    expect(await asked('/200', { body: 'word' })).toEqual({ ok: true });
    expect(await asked('/200', { body: 'sword' })).toMatchObject({ ok: false });
  });

  it('comes to a question for the address, or for the name of a site', async () => {
    await asked('/200', {});
    await asked('/200', { name: 'site.test' });
    const { port } = server.address() as AddressInfo;
    expect(names).toEqual([`127.0.0.1:${port}`, `site.test:${port}`]);
  });

  it('that does not come is told', async () => {
    const closing = createPort((guest) => guest.once('data', () => guest.resetAndDestroy()));
    await new Promise<void>((done) => closing.listen(0, '127.0.0.1', done));
    expect(await asked('/200', {}, closing as Server)).toEqual({
      ok: false,
      why: 'it closed the connection',
    });
    await new Promise((done) => closing.close(done));
  });
});
