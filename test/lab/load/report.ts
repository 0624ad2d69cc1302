/** What became of something that was sent many times. */
export interface Tally {
  readonly requests: number;
  /** How many failed, by cause. */
  readonly failures: Readonly<Record<string, number>>;
  /** Requests whose kept connection was closed before any answer, and which were sent again, as every browser does. */
  readonly again: number;
  /** Answers to somebody with a cookie from another node than before. */
  readonly moved: number;
  /** Web sockets that were open, and were closed by the other side. */
  readonly closed: number;
  readonly slowestMs: number;
}

/** What one kind of client did: `browser POST kept`, `slow GET new`. */
interface StreamTally extends Tally {
  /** How many answers came from each node, by its address. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** A request that failed. */
export interface Failure {
  /** Seconds since the beginning, and the time of the day. */
  readonly second: number;
  readonly at: string;
  readonly role: string;
  readonly stream: string;
  readonly cause: string;
  /** Who answered, if anybody did and said so. */
  readonly node: string;
  readonly ms: number;
}

/** A web socket that was closed by the other side: no failure, but seen. */
export interface ClosedSocket {
  readonly second: number;
  readonly at: string;
  readonly role: string;
  readonly how: string;
  readonly openForMs: number;
  readonly node: string;
}

/** How TLS handshakes ended. */
export interface HandshakeTally {
  readonly made: number;
  /** Nobody listened: the peer is stopped, or not reached. */
  readonly refused: number;
  /** The peer went away in the midst of it. */
  readonly closed: number;
  /** An alert, or a certificate that is not trusted. */
  readonly failed: number;
}

/** A handshake that was not made. */
export interface HandshakeTrouble {
  readonly second: number;
  readonly at: string;
  readonly node: string;
  readonly url: string;
  readonly what: 'refused' | 'closed' | 'failed';
  readonly why: string;
}

/** The handshakes of every node with every peer that it is configured to talk to. */
export interface HandshakeReport extends HandshakeTally {
  readonly slowestMs: number;
  readonly nodes: Readonly<Record<string, HandshakeTally>>;
  readonly seconds: Readonly<Record<number, HandshakeTally>>;
  readonly troubles: readonly HandshakeTrouble[];
  /** Hosts that could not be asked, and why: they are off, or frozen. */
  readonly untold: Readonly<Record<string, string>>;
}

/** What a load saw. */
export interface LoadReport {
  readonly began: string;
  readonly seconds: number;
  readonly total: Tally;
  readonly roles: Readonly<
    Record<string, Tally & { readonly streams: Readonly<Record<string, StreamTally>> }>
  >;
  /** Every second in which anything ended, with the roles that it ended for. */
  readonly bySecond: readonly {
    readonly second: number;
    readonly roles: Readonly<Record<string, Tally>>;
  }[];
  /** The first ones; the tallies have all. */
  readonly failures: readonly Failure[];
  readonly closed: readonly ClosedSocket[];
  /** Only when the load has ended, and was asked to watch them. */
  readonly handshakes?: HandshakeReport;
}

/** How many requests of a tally failed. */
export function failed({ failures }: Pick<Tally, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** The same in a line: `3 × 502, 1 × ECONNRESET`. */
export function causes({ failures }: Pick<Tally, 'failures'>): string {
  return Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .map(([cause, count]) => `${count} × ${cause}`)
    .join(', ');
}

/** A report for people: totals by role, then the seconds that had failures, closed sockets, and handshakes that were not made. */
export function renderLoad(report: LoadReport): string {
  const { total, handshakes } = report;
  return [
    `${report.seconds} s: ${total.requests} requests, ${failed(total)} failures, ${total.again} sent again, ${total.closed} sockets closed`,
    '',
    ...table(
      ['role', 'requests', 'failures', 'again', 'moved', 'closed', 'slowest'],
      Object.entries(report.roles).map(([role, tally]) => [
        role,
        tally.requests,
        failed(tally),
        tally.again,
        tally.moved,
        tally.closed,
        `${tally.slowestMs} ms`,
      ]),
    ),
    ...secondLines(report),
    ...report.closed.map(
      ({ second, role, how, openForMs, node }) =>
        `second ${second}: a web socket of ${role} was closed: ${how}, after ${seconds(openForMs)}${node === '' ? '' : `, at ${node}`}`,
    ),
    ...(handshakes === undefined ? [] : handshakeLines(handshakes)),
    '',
  ].join('\n');
}

function secondLines({ bySecond }: LoadReport): string[] {
  const rows = bySecond.flatMap(({ second, roles }) =>
    Object.entries(roles)
      .filter(([, tally]) => failed(tally) > 0)
      .map(([role, tally]) => [
        second,
        role,
        tally.requests,
        failed(tally),
        `${tally.slowestMs} ms`,
        causes(tally),
      ]),
  );
  if (rows.length === 0) return [''];
  return ['', ...table(['second', 'role', 'requests', 'failures', 'slowest', 'causes'], rows), ''];
}

function handshakeLines(report: HandshakeReport): string[] {
  const { made, refused, closed, nodes, troubles, untold } = report;
  const groups = new Map<string, HandshakeTrouble[]>();
  for (const trouble of troubles) {
    const key = [trouble.node, trouble.url, trouble.what, trouble.why].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), trouble]);
  }
  const silent = Object.entries(nodes).filter(([, tally]) => tally.made === 0);
  return [
    `TLS handshakes of ${Object.keys(nodes).length} nodes: ${made} made, ${refused} refused, ${closed} closed in the midst, ${report.failed} failed; slowest ${report.slowestMs} ms`,
    ...Object.entries(untold).map(([node, why]) => `  ${node} could not be asked: ${why}`),
    ...silent.map(([node]) => `  ${node} made none`),
    ...[...groups.values()].map((all) => {
      const [first] = all;
      const span = [...new Set([first?.second, all.at(-1)?.second])].join('–');
      return `  second ${span}: ${first?.node} → ${first?.url} ${all.length} × ${first?.what}: ${first?.why}`;
    }),
  ];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  const left = (column: number) => head[column] === 'role' || head[column] === 'causes';
  return all.map((row) =>
    row
      .map((cell, column) => {
        const text = String(cell);
        const width = widths[column] ?? 0;
        return left(column) ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
