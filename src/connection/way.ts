import { spawn } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { Interrupted } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { redact } from '../secret.ts';
import { patience } from './patience.ts';

/** A stream to the address of a login, and whatever stands behind it. */
export interface Wire {
  readonly stream: Duplex;
  /** Whether nobody has taken the connection yet. */
  connecting(): boolean;
  /** What a command that makes the connection said last, once it has ended or a moment has gone by. */
  said(): Promise<readonly string[]>;
  close(): void;
}

/** Straight to the address. */
export function directly({ address, port, family, from }: SshLogin): Wire {
  // ssh2 leaves Nagle's algorithm on, which costs 40 ms a command: so the socket is ours.
  const socket = connectSocket({
    host: address,
    port,
    noDelay: true,
    ...(family === undefined ? {} : { family }),
    ...(from === undefined ? {} : { localAddress: from }),
  });
  return {
    stream: socket,
    connecting: () => socket.connecting,
    said: async () => [],
    close: () => socket.destroy(),
  };
}

/** Through a server that we are connected to. Fails with a plain error, and throws `Interrupted` if `stop` fires. */
export function through(
  client: Client,
  { address, port }: SshLogin,
  timeoutMs: number,
  stop?: AbortSignal,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let over = false;
    const settle = (done: () => void) => {
      if (over) return;
      over = true;
      callOff();
      stop?.removeEventListener('abort', interrupt);
      client.removeListener('close', lost);
      done();
    };
    const interrupt = () => settle(() => reject(new Interrupted()));
    const lost = () => settle(() => reject(new Error('the connection to it was closed')));
    const callOff = patience(timeoutMs, () =>
      settle(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`))),
    );
    stop?.addEventListener('abort', interrupt, { once: true });
    client.once('close', lost);
    client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
      const failed = error !== undefined && error !== null;
      if (!failed) {
        stream.on('error', () => undefined);
        if (over) stream.destroy();
      }
      settle(() =>
        failed
          ? reject(error)
          : resolve({ stream, connecting: () => false, said: async () => [], close: () => stream.destroy() }),
      );
    });
  });
}

/** So long a command may take to end once it is told to. */
const endMs = 2_000;

/**
 * Through a command that speaks for the server on its stdin and stdout. It has a process group of its own: Ctrl-C ends it
 * with the connection, and not in the middle of what that is at.
 */
export function byCommand(command: string): Wire {
  const child = spawn(process.env.SHELL ?? '/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.on('error', (error) => stream.destroy(error));
  const closed = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  const end = (signal: 'SIGHUP' | 'SIGKILL') => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  return {
    stream,
    connecting: () => false,
    async said() {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      return redact(stderr)
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-5);
    },
    close() {
      stream.destroy();
      end('SIGHUP');
      setTimeout(() => end('SIGKILL'), endMs).unref();
    },
  };
}
