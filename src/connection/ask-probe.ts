import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { ConnectionFailed, KnownError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { Probe, ProbeResult } from './probe.ts';

const deadlineMs = 10_000;

type Certificate = NonNullable<Extract<ProbeResult, { ok: true }>['certificate']>;

/**
 * Asks a port, through the connection: does it listen, is its TLS ours, does it answer? Never throws for an answer; throws
 * `ConnectionFailed` if there is no way to ask.
 */
export async function probe(connection: Connection, question: Probe): Promise<ProbeResult> {
  let stream: Duplex | undefined;
  try {
    stream = await connection.tunnel(question.host, question.port, deadlineMs);
    const secured = question.tls === undefined ? undefined : await secure(stream, question.tls);
    const certificate = secured === undefined ? {} : { certificate: describe(secured) };
    const why = question.http === undefined ? undefined : await get(secured ?? stream, question);
    secured?.destroy();
    return why === undefined ? { ok: true, ...certificate } : { ok: false, why };
  } catch (error) {
    if (error instanceof ConnectionFailed) throw error;
    if (error instanceof KnownError) return { ok: false, why: error.message.split('\n')[0] ?? '' };
    return { ok: false, why: (error as Error).message };
  } finally {
    stream?.destroy();
  }
}

function secure(stream: Duplex, { name, ca }: NonNullable<Probe['tls']>): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: stream,
      servername: name,
      ca,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    });
    const timer = setTimeout(() => socket.destroy(new Error('no TLS handshake within 10 s')), deadlineMs);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on('error', (error: Error & { code?: string }) => {
      clearTimeout(timer);
      reject(new Error(tlsReason(error, name)));
    });
  });
}

function tlsReason(error: Error & { code?: string }, name: string): string {
  if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate does not bear the name ${name}`;
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(error.code ?? ''))
    return 'its certificate is not from our authority';
  if (error.code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (error.code === 'ECONNRESET') return 'it closed the connection';
  return error.message;
}

function describe(socket: TLSSocket): Certificate {
  const { fingerprint256, valid_to } = socket.getPeerCertificate();
  return {
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: new Date(valid_to).toISOString(),
  };
}

/** Undefined for an answer as wanted, otherwise what came instead. */
function get(stream: Duplex, { http, tls, host, port }: Probe): Promise<string | undefined> {
  const { path = '/', status = [], body: wanted, name = tls?.name ?? host } = http ?? {};
  const counts = (code: number) => ('not' in status ? !status.not.includes(code) : status.includes(code));
  return new Promise((resolve) => {
    const finish = (why: string | undefined) => {
      clearTimeout(timer);
      resolve(why);
    };
    const asked = request(
      {
        createConnection: () => stream,
        path,
        headers: { host: `${name}:${port}`, connection: 'close' },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < 1_000_000) body += chunk;
        });
        response.on('error', (error) => finish(error.message));
        response.on('end', () => {
          if (!counts(response.statusCode ?? 0)) finish(`answered ${response.statusCode}`);
          else if (wanted !== undefined && !body.includes(wanted))
            finish(`its answer does not hold "${wanted}"`);
          else finish(undefined);
        });
      },
    );
    // Not by the request’s own clock: a tunnel is no socket, and has none.
    const timer = setTimeout(() => {
      finish('no answer within 10 s');
      asked.destroy();
    }, deadlineMs);
    asked.on('error', (error: Error & { code?: string }) =>
      finish(error.code === 'ECONNRESET' ? 'it closed the connection' : error.message),
    );
    asked.end();
  });
}
