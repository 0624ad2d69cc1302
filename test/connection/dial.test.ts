import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPool } from '../../src/connection/pool.ts';
import { openSsh } from '../../src/connection/ssh.ts';
import { ConnectionFailed, Interrupted } from '../../src/errors.ts';
import type { Login } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import { type SilentServer, startSilentServer } from '../support/silent-server.ts';
import { warningsOf } from '../support/warnings.ts';

const folder = mkdtempSync(join(tmpdir(), 'dial-'));
afterAll(() => rmSync(folder, { recursive: true }));

let server: SilentServer;
beforeEach(async () => {
  server = await startSilentServer();
});
afterEach(() => server.close());

function login(change: Partial<Extract<Login, { kind: 'ssh' }>> = {}): Extract<Login, { kind: 'ssh' }> {
  return {
    kind: 'ssh',
    address: '127.0.0.1',
    port: server.port,
    user: 'wso2',
    password: new Secret('fake-login-pw'),
    become: false,
    knownHosts: [],
    ...change,
  };
}

describe('a server that takes the connection and says nothing', () => {
  it('is given up at the deadline of the handshake, which the inventory may set', async () => {
    await expect(openSsh(login({ timeoutMs: 1_000 }))).rejects.toThrow(/no answer within 1 s/);
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it('is left at once when the operator stops', async () => {
    const stop = new AbortController();
    const opening = expect(openSsh(login(), { stop: stop.signal })).rejects.toThrow(Interrupted);
    await server.visited;
    stop.abort();
    await opening;
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it('keeps nobody waiting in line once the operator has stopped', async () => {
    const stop = new AbortController();
    const pool = createPool({ stop: stop.signal, forks: 12 });
    const all = Array.from({ length: 200 }, (_, index) =>
      pool.connect(login({ user: `user${index}`, address: `127.0.0.${1 + (index % 50)}` })),
    );
    await vi.waitFor(() => expect(server.connections()).toBe(12));
    stop.abort();
    const ended = await Promise.allSettled(all);
    expect(ended.every((each) => each.status === 'rejected' && each.reason instanceof Interrupted)).toBe(
      true,
    );
    expect(server.connections()).toBe(12);
    await pool.close();
    await expect(pool.connect(login({ user: 'later' }))).rejects.toThrow(Interrupted);
  });
});

describe('many servers', () => {
  it('are connected to a bounded number at a time, and fewer behind one address', async () => {
    const stop = new AbortController();
    const pool = createPool({ stop: stop.signal });
    const behind = Array.from({ length: 60 }, (_, index) => pool.connect(login({ user: `user${index}` })));
    await vi.waitFor(() => expect(server.connections()).toBe(8));
    const others = Array.from({ length: 60 }, (_, index) =>
      pool.connect(login({ address: `127.0.0.${index + 2}` })),
    );
    await vi.waitFor(() => expect(server.connections()).toBe(25));
    stop.abort();
    await Promise.allSettled([...behind, ...others]);
    expect(server.connections()).toBe(25);
  });

  it('are waited for without a warning, and once they are left nobody listens for the operator', async () => {
    const stop = new AbortController();
    const pool = createPool({ stop: stop.signal });
    const warnings = await warningsOf(async () => {
      const all = Array.from({ length: 20 }, (_, index) =>
        pool.connect(login({ address: `127.0.0.${index + 2}` })),
      );
      await vi.waitFor(() => expect(server.connections()).toBe(20));
      stop.abort();
      await Promise.allSettled(all);
    });
    expect(warnings).toEqual([]);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('each have their deadline from when their turn has come', async () => {
    const pool = createPool({ forks: 1 });
    const ended = await Promise.allSettled(
      [2, 3, 4].map((number) => pool.connect(login({ address: `127.0.0.${number}`, timeoutMs: 300 }))),
    );
    expect(ended.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
    // Whose deadline had passed in line would not have been tried.
    expect(server.connections()).toBe(3);
  });
});

describe('a key that opens nothing', () => {
  it('is told before any connection is opened', async () => {
    const opening = openSsh(login({ keyFile: join(folder, 'none') }));
    await expect(opening).rejects.toThrow(ConnectionFailed);
    await expect(opening).rejects.toThrow(`the private key ${folder}/none is not on this machine`);
    expect(server.connections()).toBe(0);
  });
});
