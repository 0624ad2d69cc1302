import { type OpenCertificate, openCertificate, wasSignedBy } from '../pki/certificate.ts';
import { sha256 } from '../pki/sum.ts';
import { type CertificateUse, type SeenCertificate, type SeenHost, thisMachine } from './stores.ts';

/** Where a certificate stands, and for what. */
export interface CertificatePlace {
  readonly host: string;
  readonly path: string;
  readonly alias: string | undefined;
  readonly use: CertificateUse;
  /** Whether the server that runs there shows it; undefined if that cannot be told, or if it is not there to be shown. */
  readonly shown: boolean | undefined;
}

/** One certificate, wherever it is. */
export interface CertificateRow {
  /** What it is for, in words for people: `TLS key of gw`. */
  readonly what: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly issuer: string;
  /** SHA-256 of the issuer, if it was found as well. */
  readonly issuedBy: string | undefined;
  /** ISO 8601. */
  readonly begins: string;
  readonly ends: string;
  /** Whole days that are left; below 0 once it has ended. */
  readonly daysLeft: number;
  readonly fingerprint: string;
  /** Whether something of ours ends with it. */
  readonly matters: boolean;
  readonly places: readonly CertificatePlace[];
  /** Hosts whose server trusts it, or an issuer of it. */
  readonly trustedBy: readonly string[];
}

/** What could not be looked at. */
export interface CertificateProblem {
  readonly host: string;
  /** Undefined if it is the host itself. */
  readonly path?: string;
  readonly why: string;
}

/** A server that was looked at, and the certificate that it shows. */
export interface CheckedServer {
  readonly host: string;
  /** How many files with certificates it has. */
  readonly stores: number;
  readonly port?: number;
  readonly fingerprint?: string;
  /** Why it cannot be told what it shows. */
  readonly why?: string;
}

/** Every certificate that was found, the first to end first. */
export interface CertificateReport {
  readonly certificates: readonly CertificateRow[];
  /** Of truststores: what came with the product, or was added there. */
  readonly others: { readonly count: number; readonly ended: number; readonly unreadable: number };
  readonly servers: readonly CheckedServer[];
  readonly problems: readonly CertificateProblem[];
}

interface Known {
  /** Undefined if it cannot be read. */
  readonly open: OpenCertificate | undefined;
  readonly places: (CertificatePlace & Pick<SeenCertificate, 'bearer' | 'matters' | 'foreign'>)[];
  readonly trustedAt: string[];
}

const day = 86_400_000;

/** Puts together what was found at all places. Each certificate is parsed once, however many hold it. */
export function certificateReport(
  hosts: readonly SeenHost[],
  unreachable: readonly CertificateProblem[],
  { now, all }: { readonly now: Date; readonly all: boolean },
): CertificateReport {
  const known = collect(hosts);
  const problems = [
    ...unreachable,
    ...hosts.flatMap(({ stores }) =>
      stores.flatMap(({ host, path, closed }) => (closed === undefined ? [] : [{ host, path, why: closed }])),
    ),
    ...unreadable(known),
  ];
  const rows: CertificateRow[] = [];
  const others = { count: 0, ended: 0, unreadable: 0 };
  const issuers = issuersAmong(known);
  for (const each of known.values()) {
    const { open, places } = each;
    const isOther = places.every(({ foreign }) => foreign === true);
    if (isOther) {
      others.count += 1;
      if (open === undefined) others.unreadable += 1;
      else if (open.notAfter <= now) others.ended += 1;
    }
    if (open !== undefined && (all || !isOther)) rows.push(rowOf(each, open, issuers, now));
  }
  rows.sort((a, b) => order(a.ends, b.ends) || order(a.what, b.what) || order(a.fingerprint, b.fingerprint));
  return {
    certificates: rows,
    others,
    servers: hosts
      .filter(({ host }) => host !== thisMachine)
      .map(({ host, stores, shows }) => ({ host, stores: stores.length, ...shows })),
    problems,
  };
}

/** Of what matters: what has ended, or ends within this time. */
export function endingWithin({ certificates }: CertificateReport, now: Date, ms: number): CertificateRow[] {
  return certificates.filter(({ matters, ends }) => matters && Date.parse(ends) - now.getTime() <= ms);
}

function collect(hosts: readonly SeenHost[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { host, stores, shows } of hosts)
    for (const { path, trusts, certificates } of stores)
      for (const { der, alias, use, bearer, matters, foreign } of certificates) {
        const fingerprint = sha256(der);
        const each = known.get(fingerprint) ?? { open: openCertificate(der), places: [], trustedAt: [] };
        known.set(fingerprint, each);
        const isTold = use === 'TLS key' && shows !== undefined && 'fingerprint' in shows;
        each.places.push({
          ...{ host, path, alias, use, matters },
          shown: isTold ? shows.fingerprint === fingerprint : undefined,
          ...(bearer === undefined ? {} : { bearer }),
          ...(foreign === undefined ? {} : { foreign }),
        });
        if (trusts && each.trustedAt.at(-1) !== host) each.trustedAt.push(host);
      }
  return known;
}

function unreadable(known: ReadonlyMap<string, Known>): CertificateProblem[] {
  return [...known.values()].flatMap(({ open, places }) =>
    open === undefined
      ? places
          .filter(({ foreign }) => foreign !== true)
          .map(({ host, path, alias }) => ({
            ...{ host, path },
            why: `${alias === undefined ? 'a certificate in it' : `its certificate ${alias}`} cannot be read`,
          }))
      : [],
  );
}

/** Finds issuers, by their names first: signatures are verified only where these fit. */
function issuersAmong(known: ReadonlyMap<string, Known>): (of: OpenCertificate) => readonly Known[] {
  const bySubject = new Map<string, Known[]>();
  for (const each of known.values())
    if (each.open !== undefined)
      bySubject.set(each.open.subject, [...(bySubject.get(each.open.subject) ?? []), each]);
  const found = new Map<string, readonly Known[]>();
  return (of) => {
    const before = found.get(of.fingerprint);
    if (before !== undefined) return before;
    const issuers = (bySubject.get(of.issuer) ?? []).filter(
      ({ open }) => open !== undefined && open.fingerprint !== of.fingerprint && wasSignedBy(of, open),
    );
    found.set(of.fingerprint, issuers);
    return issuers;
  };
}

function rowOf(
  { places, trustedAt }: Known,
  open: OpenCertificate,
  issuersOf: ReturnType<typeof issuersAmong>,
  now: Date,
): CertificateRow {
  const trusted = new Set(trustedAt);
  const passed = new Set([open.fingerprint]);
  const next = [...issuersOf(open)];
  for (let issuer = next.pop(); issuer !== undefined; issuer = next.pop()) {
    if (issuer.open === undefined || passed.has(issuer.open.fingerprint)) continue;
    passed.add(issuer.open.fingerprint);
    for (const host of issuer.trustedAt) trusted.add(host);
    next.push(...issuersOf(issuer.open));
  }
  const isOwnIssuer = open.subject === open.issuer && wasSignedBy(open, open);
  return {
    what: whatIs(places),
    subject: open.subject,
    names: open.names,
    issuer: open.issuer,
    issuedBy: isOwnIssuer ? open.fingerprint : issuersOf(open)[0]?.open?.fingerprint,
    begins: open.notBefore.toISOString(),
    ends: open.notAfter.toISOString(),
    daysLeft: Math.floor((open.notAfter.getTime() - now.getTime()) / day),
    fingerprint: open.fingerprint,
    matters: places.some(({ matters }) => matters),
    places: places.map(({ host, path, alias, use, shown }) => ({ host, path, alias, use, shown })),
    trustedBy: [...trusted].sort(),
  };
}

/** The weightiest of its uses, first those that only we give it. */
const weight: readonly CertificateUse[] = [
  'authority',
  'next authority',
  'former authority',
  'shared key',
  'signing key',
  'TLS key',
  'being replaced',
  'trusted',
  'chain',
  'left over',
];

function whatIs(places: Known['places']): string {
  const first = weight.find((use) => places.some((place) => place.use === use)) ?? 'trusted';
  const of = new Set(
    places.flatMap(({ use, bearer }) => (use === first && bearer !== undefined ? [bearer] : [])),
  );
  if (of.size > 0) return `${first} of ${[...of].sort().join(', ')}`;
  return places.every(({ foreign }) => foreign === true)
    ? 'came with the product, or was added there'
    : first;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
