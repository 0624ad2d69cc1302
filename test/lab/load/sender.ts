import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';

/** How a name is reached, whatever its address is elsewhere. */
export interface Way {
  /** Where everything goes to. */
  readonly address: string;
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  /** The authorities that are trusted, as PEM; read for every connection. */
  readonly authorities: () => string;
  /** The address that it comes from; that of the machine if it is not given. */
  readonly from?: () => string | undefined;
}

/** What a client is like. */
export interface SenderOptions {
  /** Whether connections are kept for the next request, as browsers and libraries do. */
  readonly kept: boolean;
  /** Whether cookies are kept. */
  readonly cookies: boolean;
}

/** What is asked for, and what must come back. */
export interface Wanted {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** The body of the answer; not looked at if it is not given. */
  readonly answer?: string;
  readonly timeoutMs: number;
}

/** How a request ended. */
interface Sent {
  readonly ms: number;
  /** Why it failed; undefined if it did not. */
  readonly cause: string | undefined;
  readonly node: string;
  readonly again: boolean;
  readonly moved: boolean;
}

/** A client that sends one request after the other. */
export interface Sender {
  send(wanted: Wanted): Promise<Sent>;
  close(): void;
}

interface Answered {
  readonly cause: string | undefined;
  readonly node: string;
  /** The other side closed a kept connection before any byte of an answer came. */
  readonly unanswered: boolean;
}

/** A client that is led one way. Certificates are verified on every connection: no TLS session is taken up again. */
export function createSender(way: Way, { kept, cookies }: SenderOptions): Sender {
  const agent = new LedAgent(way, kept);
  const jar = new Map<string, string>();
  let home = '';
  return {
    async send(wanted) {
      const began = performance.now();
      const headers = { host: way.hostname, ...cookieHeader(jar) };
      let answered = await sendOnce(agent, wanted, headers, keepCookies);
      // RFC 9112, 9.3.1 and 9.3.2: only what may be done twice is sent again, and once.
      const again = answered.unanswered && wanted.method === 'GET';
      if (again) answered = await sendOnce(agent, wanted, headers, keepCookies);
      const { cause, node } = answered;
      const moved = cookies && node !== '' && home !== '' && node !== home;
      if (node !== '') home = node;
      return { ms: performance.now() - began, cause, node, again, moved };
    },
    close: () => agent.destroy(),
  };

  function keepCookies(response: IncomingMessage): void {
    if (!cookies) return;
    for (const each of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      jar.set(name, value);
    }
  }
}

/** Opens a connection that way, with TLS if it has it; writing need not wait for the handshake. */
export function openSocket(way: Way, trust: () => SecureContext): Socket {
  const { address: host, port, hostname: servername } = way;
  const from = way.from?.();
  const where = { host, port, ...(from === undefined ? {} : { localAddress: from }) };
  const socket = way.tls ? connectTls({ ...where, servername, secureContext: trust() }) : connectPlain(where);
  socket.setNoDelay(true);
  return socket;
}

/** What is trusted, made anew only when it has changed. A file that is just being replaced is read again the next time. */
export function trusting({ authorities }: Pick<Way, 'authorities'>): () => SecureContext {
  let pem: string | undefined;
  let context: SecureContext | undefined;
  return () => {
    let now: string;
    try {
      now = authorities();
    } catch (error) {
      if (context === undefined) throw error;
      return context;
    }
    if (context === undefined || now !== pem) {
      context = createSecureContext({ ca: now });
      pem = now;
    }
    return context;
  };
}

/** Why something failed, in a word or few. */
export function causeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message === 'socket hang up') return 'closed without an answer';
  if (/before secure TLS connection was established/.test(message)) return 'closed in the TLS handshake';
  return code ?? message;
}

/** One connection at a time, and always to the same address. */
class LedAgent extends Agent {
  readonly #way: Way;
  readonly #trust: () => SecureContext;

  constructor(way: Way, kept: boolean) {
    super({ keepAlive: kept, maxSockets: 1 });
    this.#way = way;
    this.#trust = trusting(way);
  }

  override createConnection(): Socket {
    return openSocket(this.#way, this.#trust);
  }
}

function cookieHeader(jar: ReadonlyMap<string, string>): Record<string, string> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  return cookie === '' ? {} : { cookie };
}

function sendOnce(
  agent: Agent,
  { method, path, body, answer, timeoutMs }: Wanted,
  headers: Readonly<Record<string, string>>,
  onResponse: (response: IncomingMessage) => void,
): Promise<Answered> {
  return new Promise((resolve) => {
    let bytes = 0;
    let node = '';
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
    };
    let asked: ClientRequest;
    const done = (cause: string | undefined, unanswered = false) => {
      clearTimeout(deadline);
      asked?.socket?.off('data', count);
      resolve({ cause, node, unanswered });
    };
    const deadline = setTimeout(() => {
      done(`no answer in ${timeoutMs / 1000} s`);
      asked?.destroy();
    }, timeoutMs);
    try {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      asked = request({ agent, method, path, headers: { ...headers, ...length } });
    } catch (error) {
      done(causeOf(error));
      return;
    }
    asked.on('socket', (socket) => socket.on('data', count));
    asked.on('error', (error) => {
      const closed = ['ECONNRESET', 'EPIPE'].includes(String((error as NodeJS.ErrnoException).code));
      done(causeOf(error), closed && asked.reusedSocket && bytes === 0);
    });
    asked.on('response', (response) => {
      onResponse(response);
      node = String(response.headers['x-standin-node'] ?? '');
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => done('truncated'));
      response.on('end', () => {
        const { statusCode } = response;
        const text = Buffer.concat(chunks).toString();
        if (statusCode !== 200) done(String(statusCode));
        else done(answer !== undefined && text !== answer ? 'wrong body' : undefined);
      });
    });
    asked.end(body);
  });
}
