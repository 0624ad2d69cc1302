import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { causeOf, openSocket, type Way } from './sender.ts';

/** What a web socket tells while it lives. */
export interface SocketEvents {
  /** It was opened, or something that was sent came back; or that failed. */
  ended(what: 'open' | 'echo', ms: number, cause: string | undefined, node: string): void;
  /** It was open, and the other side closed it. */
  closed(how: string, openForMs: number, node: string): void;
}

/** How long is waited for what should come. */
const patienceMs = 5_000;

/**
 * A web socket that is open until it is told to end, with something sent and come back every second. It resolves when it is
 * closed. The stand-in sends back lines instead of frames; what is in between passes on either.
 */
export function holdSocket(
  way: Way,
  trust: () => SecureContext,
  stop: AbortSignal,
  events: SocketEvents,
  everyMs = 1000,
): Promise<void> {
  return new Promise((resolve) => {
    const began = performance.now();
    let opened: number | undefined;
    let node = '';
    let text = '';
    let word = '';
    let sent = 0;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    let socket: Socket;

    const end = () => {
      if (over) return false;
      over = true;
      clearTimeout(timer);
      stop.removeEventListener('abort', leave);
      socket?.destroy();
      resolve();
      return true;
    };
    const leave = () => void end();
    const fail = (cause: string) => {
      if (end()) events.ended(opened === undefined ? 'open' : 'echo', since(), cause, node);
    };
    const since = () => performance.now() - (opened === undefined ? began : sent);
    const wait = () => {
      timer = setTimeout(() => fail(`no answer in ${patienceMs / 1000} s`), patienceMs);
    };
    const lost = (how: string) => {
      if (opened === undefined) fail(how);
      else if (end()) events.closed(how, performance.now() - opened, node);
    };
    const ping = () => {
      word = `ping ${randomBytes(4).toString('hex')}`;
      sent = performance.now();
      socket.write(`${word}\n`);
      wait();
    };
    const pause = () => {
      clearTimeout(timer);
      timer = setTimeout(ping, everyMs);
    };
    const greeted = () => {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 'no HTTP';
      node = /^x-standin-node: *(.*)$/im.exec(head)?.[1]?.trim() ?? '';
      if (status !== '101') {
        fail(status);
        return;
      }
      opened = performance.now();
      events.ended('open', opened - began, undefined, node);
      pause();
    };
    const echoed = () => {
      const end = text.indexOf('\n');
      if (end < 0) return;
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      if (line !== word) {
        fail('wrong body');
        return;
      }
      events.ended('echo', since(), undefined, node);
      pause();
    };

    try {
      socket = openSocket(way, trust);
    } catch (error) {
      fail(causeOf(error));
      return;
    }
    stop.addEventListener('abort', leave, { once: true });
    wait();
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (opened === undefined) greeted();
      else echoed();
    });
    socket.on('error', (error) => lost(causeOf(error)));
    socket.on('close', () => lost(opened === undefined ? 'closed without an answer' : 'closed'));
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET /load HTTP/1.1\r\nHost: ${way.hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    if (stop.aborted) leave();
  });
}
