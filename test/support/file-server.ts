import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a server was asked: the path, and the headers that matter. */
type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** A server of one’s own on this machine, and all that it was asked. */
export interface FileServer {
  readonly origin: string;
  readonly asked: Asked[];
  readonly server: Server;
  close(): Promise<void>;
}

/** Serves by `listener`: over TLS, if there is a certificate. */
export async function serve(
  listener: RequestListener,
  { host = '127.0.0.1', tls }: { host?: string; tls?: { certificate: string; key: string } } = {},
): Promise<FileServer> {
  const asked: Asked[] = [];
  const noted: RequestListener = (request, response) => {
    const { method, url, headers } = request;
    asked.push({ method, url, headers });
    response.on('error', () => undefined);
    listener(request, response);
  };
  const server =
    tls === undefined ? createServer(noted) : createTlsServer({ cert: tls.certificate, key: tls.key }, noted);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(0, host, done));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    asked,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers as a file server does: a range of the content, if one is asked for and the file is still the same. */
export function answerWith(content: Buffer, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const meant = request.headers['if-range'];
    if (
      from === undefined ||
      (meant !== undefined && meant !== headers.ETag && meant !== headers['Last-Modified'])
    )
      return void response.writeHead(200, { 'Content-Length': content.length, ...headers }).end(content);
    const start = Number(from);
    const end = Math.min(to === undefined || to === '' ? content.length - 1 : Number(to), content.length - 1);
    response
      .writeHead(206, {
        'Content-Range': `bytes ${start}-${end}/${content.length}`,
        'Content-Length': end - start + 1,
        ...headers,
      })
      .end(content.subarray(start, end + 1));
  };
}
