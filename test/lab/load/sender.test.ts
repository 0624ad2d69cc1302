import type { Server as HttpServer, IncomingMessage, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createPlain } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../../../src/pki/authority.ts';
import { createSender, type SenderOptions, trusting, type Wanted } from './sender.ts';
import { holdSocket } from './socket.ts';

const now = new Date();
const authority = { ...(await createAuthority({ organization: 'Load', days: 9, now })), chain: [] };
const stranger = await createAuthority({ organization: 'Stranger', days: 9, now });
const { key, certificate: cert } = await issue({
  authority,
  commonName: 'site.lab.test',
  names: ['site.lab.test'],
  days: 9,
  now,
  usage: 'tls',
});

const get: Wanted = { method: 'GET', path: '/', answer: 'well', timeoutMs: 3_000 };
const post: Wanted = { ...get, method: 'POST', body: 'well' };
const browser: SenderOptions = { kept: true, cookies: true };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server that answers requests as it is told; what it is given goes to it over TLS. */
async function site(listener: RequestListener): Promise<{ port: number; connections: () => number }> {
  const server = createServer({ key, cert }, listener);
  let connections = 0;
  server.on('secureConnection', () => {
    connections++;
  });
  return { port: await listening(server), connections: () => connections };
}

/** A server that is handed what comes on each connection; what it gives back is sent, and undefined closes it. */
async function rawSite(answer: (turn: number, text: string) => string | undefined): Promise<number> {
  let turn = 0;
  const server = createTls({ key, cert }, (socket: TLSSocket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const text = answer(++turn, chunk.toString());
      if (text === undefined) socket.destroy();
      else if (text.endsWith('CLOSE')) socket.end(text.slice(0, -5));
      else socket.write(text);
    });
  });
  return await listening(server);
}

async function listening(server: Server | HttpServer | ReturnType<typeof createPlain>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function sender(port: number, options: SenderOptions, authorities = () => authority.certificate) {
  const made = createSender(
    { address: '127.0.0.1', hostname: 'site.lab.test', port, tls: true, authorities },
    options,
  );
  closers.push(() => made.close());
  return made;
}

const well = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Standin-Node: n1\r\n\r\nwell';

describe('a client', () => {
  it('sends what it has to, and tells who answered', async () => {
    const { port } = await site((request, response) => {
      void bodyOf(request).then((text) => {
        response.setHeader('x-standin-node', '10.0.0.1');
        response.end(request.method === 'POST' ? text : 'well');
      });
    });
    const client = sender(port, browser);
    for (const wanted of [get, post])
      expect(await client.send(wanted)).toMatchObject({ cause: undefined, node: '10.0.0.1', again: false });
  });

  it('keeps its connection, or takes a new one each time', async () => {
    const { port, connections } = await site((_, response) => response.end('well'));
    const kept = sender(port, browser);
    for (let count = 0; count < 3; count++) await kept.send(get);
    expect(connections()).toBe(1);
    const anew = sender(port, { kept: false, cookies: false });
    for (let count = 0; count < 3; count++) await anew.send(get);
    expect(connections()).toBe(4);
  });

  it('keeps cookies if it is a browser, and tells when it was moved to another node', async () => {
    let node = 'n1';
    const seen: (string | undefined)[] = [];
    const { port } = await site((request, response) => {
      seen.push(request.headers.cookie);
      response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']);
      response.setHeader('x-standin-node', node);
      response.end('well');
    });
    const client = sender(port, browser);
    expect(await client.send(get)).toMatchObject({ moved: false });
    expect(await client.send(get)).toMatchObject({ moved: false });
    node = 'n2';
    expect(await client.send(get)).toMatchObject({ moved: true });
    const caller = sender(port, { kept: true, cookies: false });
    await caller.send(get);
    node = 'n3';
    expect(await caller.send(get)).toMatchObject({ moved: false });
    expect(seen).toEqual([undefined, 'a=1; b=2', 'a=1; b=2', undefined, undefined]);
  });
});

describe('a kept connection that is closed before any answer', () => {
  it('has a GET sent again, once', async () => {
    const port = await rawSite((turn) => (turn === 2 ? undefined : well));
    const client = sender(port, browser);
    expect(await client.send(get)).toMatchObject({ cause: undefined, again: false });
    expect(await client.send(get)).toMatchObject({ cause: undefined, again: true });
  });

  it('fails a GET that is closed again', async () => {
    const port = await rawSite((turn) => (turn === 1 ? well : undefined));
    const client = sender(port, browser);
    await client.send(get);
    expect(await client.send(get)).toMatchObject({ cause: 'closed without an answer', again: true });
  });

  it('fails a POST, which may have been acted upon', async () => {
    const port = await rawSite((turn) => (turn === 2 ? undefined : well));
    const client = sender(port, browser);
    await client.send(get);
    expect(await client.send(post)).toMatchObject({ cause: 'closed without an answer', again: false });
  });

  it('fails a GET if a part of an answer had come', async () => {
    const port = await rawSite((turn) => (turn === 2 ? 'HTTP/1.1 200CLOSE' : well));
    const client = sender(port, browser);
    await client.send(get);
    const { cause, again } = await client.send(get);
    expect(cause).not.toBe(undefined);
    expect(again).toBe(false);
  });

  it('fails a GET if the connection was new', async () => {
    const port = await rawSite(() => undefined);
    expect(await sender(port, browser).send(get)).toMatchObject({
      cause: 'closed without an answer',
      again: false,
    });
  });
});

describe('failures are told by their cause', () => {
  it('a status, with who answered', async () => {
    const { port } = await site((_, response) => {
      response.writeHead(502, { 'x-standin-node': 'n1' });
      response.end('bad gateway');
    });
    expect(await sender(port, browser).send(get)).toMatchObject({ cause: '502', node: 'n1' });
  });

  it('a body that is cut off, and one that is another', async () => {
    const short = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwellCLOSE';
    expect(await sender(await rawSite(() => short), browser).send(get)).toMatchObject({ cause: 'truncated' });
    const { port } = await site((_, response) => response.end('ill'));
    expect(await sender(port, browser).send(get)).toMatchObject({ cause: 'wrong body' });
  });

  it('no answer in time', async () => {
    const { port } = await site(() => {});
    const sent = await sender(port, browser).send({ ...get, timeoutMs: 200 });
    expect(sent.cause).toBe('no answer in 0.2 s');
  });

  it('nobody there, or somebody who closes in the TLS handshake', async () => {
    const server = createPlain((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end());
    });
    const port = await listening(server);
    const client = sender(port, { kept: false, cookies: false });
    expect(await client.send(get)).toMatchObject({ cause: 'closed in the TLS handshake' });
    await new Promise((resolve) => server.close(resolve));
    expect(await client.send(get)).toMatchObject({ cause: 'ECONNREFUSED' });
  });

  it('a certificate of somebody else, as soon as the authority is another', async () => {
    const { port } = await site((_, response) => response.end('well'));
    let trusted = authority.certificate;
    const client = sender(port, { kept: false, cookies: false }, () => trusted);
    expect(await client.send(get)).toMatchObject({ cause: undefined });
    trusted = stranger.certificate;
    expect((await client.send(get)).cause).toMatch(/CERT|ISSUER|SIGNATURE/);
    trusted = `${stranger.certificate}${authority.certificate}`;
    expect(await client.send(get)).toMatchObject({ cause: undefined });
  });
});

it('goes on with the authorities it knows while their file is being replaced', () => {
  let there = true;
  const trust = trusting({
    authorities: () => {
      if (!there) throw new Error('ENOENT');
      return authority.certificate;
    },
  });
  const known = trust();
  there = false;
  expect(trust()).toBe(known);
});

describe('a web socket', () => {
  const greeting = 'HTTP/1.1 101 Switching Protocols\r\nX-Standin-Node: n1\r\n\r\n';

  async function held(answer: (turn: number, text: string) => string | undefined, enough: number) {
    const seen: unknown[] = [];
    const stop = new AbortController();
    const note = (...words: unknown[]) => {
      seen.push(words);
      if (seen.length === enough) stop.abort();
    };
    const way = {
      address: '127.0.0.1',
      hostname: 'site.lab.test',
      port: await rawSite(answer),
      tls: true,
      authorities: () => authority.certificate,
    };
    const events = {
      ended: (what: string, _ms: number, cause: string | undefined, node: string) => note(what, cause, node),
      closed: (how: string, _ms: number, node: string) => note(how, node),
    };
    await holdSocket(way, trusting(way), stop.signal, events, 10);
    return seen;
  }

  it('stays open, and what is sent comes back', async () => {
    expect(await held((turn, text) => (turn === 1 ? greeting : text), 3)).toEqual([
      ['open', undefined, 'n1'],
      ['echo', undefined, 'n1'],
      ['echo', undefined, 'n1'],
    ]);
  });

  it('that is closed is no failure', async () => {
    expect(await held((turn) => (turn === 1 ? greeting : undefined), 9)).toEqual([
      ['open', undefined, 'n1'],
      ['closed', 'n1'],
    ]);
  });

  it('that is not opened is one, and so is one that gives back something else', async () => {
    expect(await held(() => 'HTTP/1.1 503 Service Unavailable\r\n\r\n', 9)).toEqual([['open', '503', '']]);
    expect(await held((turn) => (turn === 1 ? greeting : 'pong\n'), 9)).toEqual([
      ['open', undefined, 'n1'],
      ['echo', 'wrong body', 'n1'],
    ]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
