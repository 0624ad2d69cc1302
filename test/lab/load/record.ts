import type { ClosedSocket, Failure, LoadReport, Tally } from './report.ts';

/** One request that has ended, well or not. */
export interface Ended {
  readonly role: string;
  /** Which kind of client sent it: `browser POST kept`. */
  readonly stream: string;
  readonly ms: number;
  /** Why it failed; undefined if it did not. */
  readonly cause?: string | undefined;
  readonly node?: string;
  readonly again?: boolean;
  readonly moved?: boolean;
}

/** Keeps count of what a load sees. */
export interface Recorder {
  ended(request: Ended): void;
  socketClosed(socket: Pick<ClosedSocket, 'role' | 'how' | 'openForMs' | 'node'>): void;
  /** What was seen so far. */
  report(): LoadReport;
}

/** So many failures and closed sockets are told one by one. */
const toldSingly = 500;

interface Counts {
  requests: number;
  failures: Record<string, number>;
  again: number;
  moved: number;
  closed: number;
  slowestMs: number;
}

interface StreamCounts extends Counts {
  nodes: Record<string, number>;
}

/** A recorder that begins now. What ends is counted in the second in which it ends. */
export function createRecorder(now: () => number = Date.now): Recorder {
  const began = now();
  const total = empty();
  const roles = new Map<string, Counts & { streams: Map<string, StreamCounts> }>();
  const bySecond = new Map<number, Map<string, Counts>>();
  const failures: Failure[] = [];
  const closed: ClosedSocket[] = [];

  const moment = () => {
    const at = now();
    return { second: Math.floor((at - began) / 1000), at: new Date(at).toISOString() };
  };
  const roleOf = (role: string) => entry(roles, role, () => ({ ...empty(), streams: new Map() }));
  const secondOf = (second: number, role: string) =>
    entry(
      entry(bySecond, second, () => new Map<string, Counts>()),
      role,
      empty,
    );

  return {
    ended(request) {
      const when = moment();
      const { role, stream, ms, cause, node = '', again = false, moved = false } = request;
      const ofRole = roleOf(role);
      const ofStream = entry(ofRole.streams, stream, () => ({ ...empty(), nodes: {} }));
      for (const counts of [total, ofRole, ofStream, secondOf(when.second, role)]) {
        counts.requests++;
        if (cause !== undefined) counts.failures[cause] = (counts.failures[cause] ?? 0) + 1;
        if (again) counts.again++;
        if (moved) counts.moved++;
        counts.slowestMs = Math.max(counts.slowestMs, Math.round(ms));
      }
      if (node !== '') ofStream.nodes[node] = (ofStream.nodes[node] ?? 0) + 1;
      if (cause !== undefined && failures.length < toldSingly)
        failures.push({ ...when, role, stream, cause, node, ms: Math.round(ms) });
    },
    socketClosed(socket) {
      const when = moment();
      for (const counts of [total, roleOf(socket.role), secondOf(when.second, socket.role)]) counts.closed++;
      if (closed.length < toldSingly) closed.push({ ...when, ...socket });
    },
    report() {
      return {
        began: new Date(began).toISOString(),
        seconds: Math.round((now() - began) / 100) / 10,
        total: copy(total),
        roles: record(roles, ({ streams, ...counts }) => ({
          ...copy(counts),
          streams: record(streams, (stream) => ({ ...copy(stream), nodes: { ...stream.nodes } })),
        })),
        bySecond: [...bySecond].map(([second, ofRoles]) => ({ second, roles: record(ofRoles, copy) })),
        failures: [...failures],
        closed: [...closed],
      };
    },
  };
}

function empty(): Counts {
  return { requests: 0, failures: {}, again: 0, moved: 0, closed: 0, slowestMs: 0 };
}

function copy(counts: Counts): Tally {
  return { ...counts, failures: { ...counts.failures } };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function record<V, W>(map: ReadonlyMap<string, V>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, change(value)]),
  );
}
