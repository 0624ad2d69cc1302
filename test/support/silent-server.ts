import { createServer, type Socket } from 'node:net';

/** A server at every address of loopback that takes every connection and says nothing: a machine that hangs. */
export interface SilentServer {
  readonly port: number;
  /** How many have connected so far. */
  connections(): number;
  /** How many of them are still there. */
  open(): number;
  /** Resolves when the next one has connected, or if one has before. */
  readonly visited: Promise<void>;
  close(): void;
}

/** Starts one, at a port that was free. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let tell: () => void = () => undefined;
  const visited = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
    tell();
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('it listens nowhere');
  return {
    port: address.port,
    connections: () => connections,
    open: () => sockets.size,
    visited,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
