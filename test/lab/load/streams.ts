import { setTimeout as pause } from 'node:timers/promises';
import type { Places } from './places.ts';
import type { Recorder } from './record.ts';
import { createSender, type Sender, type SenderOptions, trusting, type Wanted, type Way } from './sender.ts';
import type { LoadSite } from './sites.ts';
import { holdSocket } from './socket.ts';

/** One client: what it is called in reports, what it is like, and what it asks for in turn. */
export interface Stream extends SenderOptions {
  readonly site: LoadSite;
  readonly kind: 'browser' | 'services' | 'api' | 'slow' | 'web socket';
  readonly wanted: readonly Wanted[];
  /** Whether it comes from another address each time, as many servers do. */
  readonly wanders: boolean;
  /** Whether it stays at one node, which must be another than that of the one beside it: then every node has one. */
  readonly apart: boolean;
}

const timeoutMs = 15_000;
const body = JSON.stringify({ text: 'what was sent comes back '.repeat(40) });
const version = '<version>WSO2 API Manager-3.2.0</version>\n';

const get: Wanted = { method: 'GET', path: '/load?letters=3000', answer: 'x'.repeat(3000), timeoutMs };
const post: Wanted = { method: 'POST', path: '/load', body, answer: body, timeoutMs };
const services: Wanted = { method: 'GET', path: '/services/Version', answer: version, timeoutMs };
const page = ({ role }: LoadSite): Wanted => ({ method: 'GET', path: `/${role}/`, timeoutMs });

/** Who comes to a site. */
export function streamsOf(site: LoadSite, slowMs: number): Stream[] {
  const stream = (kind: Stream['kind'], kept: boolean, ...wanted: readonly Wanted[]): Stream => {
    const people = kind === 'browser' || (kind === 'slow' && site.use === 'portal');
    const apart = kept && (people || site.use === 'services');
    return { site, kind, kept, cookies: people, wanted, wanders: !kept, apart };
  };
  const path = `/load?ms=${slowMs}`;
  const slowPost = stream('slow', true, { ...post, path, timeoutMs: slowMs + timeoutMs });
  const slow = [
    stream('slow', true, { ...get, path: `${path}&letters=3000`, timeoutMs: slowMs + timeoutMs }),
    slowPost,
    slowPost,
  ];
  const kept = stream('services', true, services, post);
  const anew = stream('services', false, services, post);
  switch (site.use) {
    case 'portal':
      return [
        stream('browser', true, page(site), post, get),
        stream('browser', true, page(site), post, get),
        kept,
        anew,
        ...slow,
      ];
    case 'services':
      return [kept, kept, anew, ...slow];
    case 'apis':
      return [
        stream('api', true, get, post),
        stream('api', true, get, post),
        stream('api', false, get, post),
        ...slow,
      ];
    case 'sockets':
      return [stream('web socket', true), stream('web socket', true)];
  }
}

/** What runs a stream until it is told to stop; what is under way then is waited for. */
export interface StreamRun {
  readonly way: Omit<Way, 'from'>;
  /** Addresses that it may come from, beginning with its own. */
  readonly callers: readonly string[];
  /** From the beginning of one request to the next, if it is answered sooner. */
  readonly everyMs: number;
  readonly recorder: Recorder;
  readonly places: Places;
  readonly stop: AbortSignal;
}

/** Sends the requests of a stream, one after the other. */
export async function runStream(stream: Stream, run: StreamRun): Promise<void> {
  const { everyMs, recorder, stop } = run;
  const { role } = stream.site;
  const sender = await settle(stream, run);
  try {
    for (let turn = 0; !stop.aborted; turn++) {
      const wanted = stream.wanted[turn % stream.wanted.length];
      if (wanted === undefined) return;
      const began = performance.now();
      const sent = await sender.send(wanted);
      recorder.ended({ role, stream: nameOf(stream, wanted), ...sent });
      // Whoever is refused at once does not come back at once.
      const left = Math.max(everyMs - (performance.now() - began), sent.cause === undefined ? 0 : 100);
      await untilStopped(stop, left);
    }
  } finally {
    sender.close();
  }
}

function nameOf({ kind, kept }: Stream, { method }: Wanted): string {
  return `${kind} ${method} ${kept ? 'kept' : 'new'}`;
}

/** So often is another node looked for; a balancer chooses by hash, or there may be one node. */
const tries = 12;

/** A client, which stays at a node that nobody like it is at, if that can be had. */
async function settle(stream: Stream, { way, callers, recorder, places, stop }: StreamRun): Promise<Sender> {
  const { site, apart, wanders } = stream;
  let turn = 0;
  if (!apart || stop.aborted) {
    const from = () => callers[(wanders ? turn++ : 0) % callers.length];
    return createSender({ ...way, from }, stream);
  }
  const [first] = stream.wanted;
  const key = `${site.hostname}:${site.port} ${first === undefined ? '' : nameOf(stream, first)}`;
  return await places.choose(key, async (taken) => {
    for (let count = 0; ; count++) {
      const address = callers[count % callers.length];
      const sender = createSender({ ...way, from: () => address }, stream);
      const sent = await sender.send(get);
      recorder.ended({ role: site.role, stream: 'settling GET', ...sent });
      if (stop.aborted || count === tries || (sent.node !== '' && !taken.has(sent.node)))
        return { sender, node: sent.node };
      sender.close();
      await untilStopped(stop, 20);
    }
  });
}

/** Holds a web socket, and opens another when it is closed. */
export async function runSocket(
  { site: { role } }: Stream,
  { way: led, callers: [from], recorder, stop }: StreamRun,
): Promise<void> {
  const way = { ...led, from: () => from };
  const trust = trusting(way);
  while (!stop.aborted) {
    await holdSocket(way, trust, stop, {
      ended: (what, ms, cause, node) =>
        recorder.ended({ role, stream: `web socket ${what}`, ms, cause, node }),
      closed: (how, openForMs, node) =>
        recorder.socketClosed({ role, how, openForMs: Math.round(openForMs), node }),
    });
    await untilStopped(stop, 300);
  }
}

/** Waits, or until it is told to stop. */
export async function untilStopped(stop: AbortSignal, ms: number): Promise<void> {
  if (ms > 0) await pause(ms, undefined, { signal: stop }).catch(() => {});
}
