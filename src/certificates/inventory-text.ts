import {
  type CertificatePlace,
  type CertificateReport,
  type CertificateRow,
  type CheckedServer,
  endingWithin,
} from './inventory-of.ts';

/** How a report is told. */
export interface CertificateTextOptions {
  readonly now: Date;
  /** Whether those that came with the product are among the rows. */
  readonly all: boolean;
  readonly withinMs: number | undefined;
}

/** A report for people to read: a line that says what and until when, and below it what else there is to say. */
export function certificateText(report: CertificateReport, options: CertificateTextOptions): string {
  const { certificates, problems } = report;
  const all = new Set(report.servers.flatMap(({ host, stores }) => (stores > 0 ? [host] : [])));
  return [
    ...certificates.flatMap((row) => linesOf(row, all)),
    ...othersIn(report, options),
    ...report.servers.flatMap(serverLines),
    ...problems.map(({ host, path, why }) => `! ${host}: ${path === undefined ? '' : `${path}: `}${why}`),
    ...verdict(report, options),
  ].join('\n');
}

function linesOf(row: CertificateRow, servers: ReadonlySet<string>): string[] {
  const { ends, daysLeft, subject, what, issuer, issuedBy, fingerprint } = row;
  const left = daysLeft < 0 ? 'ENDED' : `${daysLeft} d`;
  const isOwn = issuedBy === fingerprint;
  return [
    `${ends.slice(0, 10)}  ${left.padStart(6)}  ${what}: ${subject}`,
    ...(row.names.length === 0 ? [] : [detail('names', row.names.join(', '))]),
    detail('issuer', `${isOwn ? 'itself' : issuer}${issuedBy === undefined ? ' (not found)' : ''}`),
    detail('SHA-256', fingerprint),
    ...together(row.places).map((line, index) => detail(index === 0 ? 'where' : '', line)),
    detail('trusted by', trusting(row.trustedBy, servers)),
  ];
}

function detail(name: string, text: string): string {
  return `    ${name.padEnd(10)}  ${text}`;
}

function trusting(hosts: readonly string[], servers: ReadonlySet<string>): string {
  if (hosts.length === 0) return 'nobody';
  if (hosts.length > 1 && [...servers].every((each) => hosts.includes(each)))
    return `all ${hosts.length} that were asked`;
  return hosts.join(', ');
}

/** Hosts that have it at the same path under the same alias share a line, and so do all keys whose chain it is in. */
function together(places: readonly CertificatePlace[]): string[] {
  const byPlace = new Map<string, string[]>();
  for (const { host, path, alias, use, shown } of places.filter((place) => place.use !== 'chain')) {
    const state = shown === undefined ? '' : shown ? ', shown by the server' : ', NOT what the server shows';
    const line = `${path}${alias === undefined ? '' : ` (${alias})`}, ${use}${state}`;
    byPlace.set(line, [...(byPlace.get(line) ?? []), host]);
  }
  const chained = places.filter(({ use }) => use === 'chain');
  const hosts = new Set(chained.map(({ host }) => host));
  const keys = chained.length === 1 ? 'one key' : `${chained.length} keys`;
  return [
    ...[...byPlace].map(([line, at]) => `${at.join(', ')}: ${line}`),
    ...(chained.length === 0 ? [] : [`${[...hosts].join(', ')}: in the chain of ${keys}`]),
  ];
}

function othersIn({ others }: CertificateReport, { all }: CertificateTextOptions): string[] {
  const { count, ended, unreadable } = others;
  if (count === 0) return [];
  const notes = [
    ...(ended > 0 ? [`${ended} ended`] : []),
    ...(unreadable > 0 ? [`${unreadable} cannot be read`] : []),
  ];
  const more = all ? 'they are above' : '--all lists them';
  return [
    `${count} more in truststores came with the product or were added there${notes.length === 0 ? '' : ` (${notes.join(', ')})`}; ${more}`,
  ];
}

function serverLines(server: CheckedServer): string[] {
  const { host, stores, port, why } = server;
  return [
    ...(stores === 0 ? [`${host} holds no certificates`] : []),
    ...(why === undefined || stores === 0
      ? []
      : [`${host}: what its server shows at port ${port} is not known: ${why}`]),
  ];
}

function verdict(report: CertificateReport, { withinMs, now }: CertificateTextOptions): string[] {
  if (withinMs === undefined) return [];
  const ending = endingWithin(report, now, withinMs);
  const day = new Date(now.getTime() + withinMs).toISOString().slice(0, 10);
  if (ending.length === 0) return [`nothing of ours ends until ${day}`];
  return [
    `${ending.length === 1 ? 'one certificate of ours ends' : `${ending.length} certificates of ours end`} until ${day}:`,
    ...ending.map(({ what, subject, ends }) => `  ${ends.slice(0, 10)}  ${what}: ${subject}`),
  ];
}
