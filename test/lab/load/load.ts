import { setMaxListeners } from 'node:events';
import { isIP } from 'node:net';
import type { Lab } from '../lab.ts';
import { askForHandshakes, readHandshakes, takeHandshakes } from './handshakes.ts';
import { createPlaces } from './places.ts';
import { createRecorder } from './record.ts';
import type { LoadReport } from './report.ts';
import { type LoadTarget, loadTarget } from './sites.ts';
import { runSocket, runStream, streamsOf, untilStopped } from './streams.ts';

/** How much is sent, and how long. */
export interface LoadOptions {
  /** Requests a second in all, those of 5 s and web sockets apart; 300 at most. Default 100. */
  readonly rate?: number;
  /** It ends by itself after so many seconds. Default 600. */
  readonly maxSeconds?: number;
  /** How long a long request takes. Default 5 s. */
  readonly slowMs?: number;
  /** Addresses of this machine that callers of services come from: a balancer tells those apart by address. */
  readonly callers?: readonly string[];
  /** Reads whom clients trust, as PEM, for every connection. Default: the authority of the deployment, and one that retires. */
  readonly authorities?: () => string;
  /** Has servers at these hosts of the lab count their TLS handshakes with their peers. */
  readonly handshakes?: { readonly lab: Lab; readonly hosts: readonly string[] };
}

/** A load that is under way. */
export interface Load {
  /** What was seen so far; handshakes are in the last report alone. */
  snapshot(): LoadReport;
  /** Resolves when it has ended by itself, at `maxSeconds`. */
  readonly over: Promise<void>;
  /** Ends it, when what is under way has been answered. */
  stop(): Promise<LoadReport>;
}

/** The most that is sent: the machine that is loaded is our own. */
const highestRate = 300;

/** Sends requests through a balancer to all of its sites, until it is told to stop. */
export async function startLoad(target: LoadTarget, options: LoadOptions = {}): Promise<Load> {
  const { rate = 100, maxSeconds = 600, slowMs = 5_000, callers = [], handshakes } = options;
  const { authorities = target.authorities } = options;
  if (!isOurs(target.address))
    throw new Error(`a load goes to a lab, and ${target.address} is none of its addresses`);
  try {
    authorities();
  } catch (error) {
    throw new Error(`whom to trust cannot be read; is there a deployment? ${String(error)}`, {
      cause: error,
    });
  }
  const streams = target.sites.flatMap((site) => streamsOf(site, slowMs));
  const paced = streams.filter(({ kind }) => kind !== 'slow' && kind !== 'web socket').length;
  const everyMs = (1000 * paced) / Math.min(rate, highestRate);
  const controller = new AbortController();
  const { signal: stop } = controller;
  // Every client listens.
  setMaxListeners(0, stop);
  const began = Date.now();
  if (handshakes !== undefined)
    await askForHandshakes(handshakes.lab, handshakes.hosts, began + maxSeconds * 1000);
  const recorder = createRecorder();
  const places = createPlaces();
  const running = streams.map(async (stream, index) => {
    const { hostname, port, tls } = stream.site;
    const way = { address: target.address, hostname, port, tls, authorities };
    // Not all at once, nor in step.
    await untilStopped(stop, (everyMs * index) / streams.length);
    const first = index % Math.max(1, callers.length);
    const run = {
      way,
      callers: [...callers.slice(first), ...callers.slice(0, first)],
      everyMs: stream.kind === 'slow' ? Math.min(slowMs, 1000) : everyMs,
      recorder,
      places,
      stop,
    };
    await (stream.kind === 'web socket' ? runSocket(stream, run) : runStream(stream, run));
  });
  const cap = setTimeout(() => controller.abort(), maxSeconds * 1000);
  const over = Promise.all(running).then(() => clearTimeout(cap));
  let last: Promise<LoadReport> | undefined;
  const finish = async () => {
    controller.abort();
    await over;
    const report = recorder.report();
    if (handshakes === undefined) return report;
    const told = await takeHandshakes(handshakes.lab, handshakes.hosts);
    return { ...report, handshakes: readHandshakes(told, Date.parse(report.began)) };
  };
  return {
    snapshot: () => recorder.report(),
    over,
    stop() {
      last ??= finish();
      return last;
    },
  };
}

/** Starts a load on the balancer and the nodes of a lab, by the inventory that they were deployed from. */
export async function startLabLoad(lab: Lab, inventory: string, options: LoadOptions = {}): Promise<Load> {
  const target = await loadTarget(inventory);
  const hosts = await lab.hosts();
  if (!hosts.some(({ address }) => address === target.address))
    throw new Error(`the balancer ${target.address} of ${inventory} is no host of the lab ${lab.name}`);
  const servers = hosts.filter(({ address }) => target.servers.includes(address)).map(({ name }) => name);
  const callers = await lab.callers(8);
  return await startLoad(target, { callers, handshakes: { lab, hosts: servers }, ...options });
}

/** Loopback, or a network of nobody's (RFC 1918): a lab has no other. */
function isOurs(address: string): boolean {
  return isIP(address) === 4 && /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(address);
}
