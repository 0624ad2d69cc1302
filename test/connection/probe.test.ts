import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probe } from '../../src/connection/ask-probe.ts';
import { openLocal } from '../../src/connection/local.ts';

const connection = openLocal();
let server: Server;
let names: (string | undefined)[];

/** What a server that answers with its path as a code is asked. */
const asked = (path: string, more: object) => {
  const { port } = server.address() as AddressInfo;
  return probe(connection, { host: '127.0.0.1', port, http: { path, status: [200], ...more } });
};

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
});
