import { type CertificateReport, certificateReport, endingWithin } from '../certificates/inventory-of.ts';
import { type CertificateTextOptions, certificateText } from '../certificates/inventory-text.ts';
import {
  rootsIn,
  type SeenHost,
  storesHere,
  storesOfBalancer,
  storesOfNode,
} from '../certificates/stores.ts';
import type { JunitCase, JunitSuite } from '../display/junit-xml.ts';
import { type Report, type ReportKind, renderReport } from '../display/report.ts';
import type { Host } from '../input/inventory.ts';
import type { World } from '../steps/define.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany, type ManyHosts, ofDeployment } from './many-hosts.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';

/** What is shown, and how. */
export interface CertsOptions extends CommonOptions {
  readonly output: ReportKind;
  /** Milliseconds. */
  readonly within?: number;
  readonly all?: boolean;
}

/**
 * Shows every certificate, here and at the servers. Exit code 1 if not all of them could be looked at, 2 if one that matters
 * ends within the time of `--within`, otherwise 0.
 */
export async function showCertificates(inventoryFile: string, options: CertsOptions): Promise<number> {
  const session = await openSession(inventoryFile, options, 'certs', { lint: false, acts: false });
  const { world, pool, inventory } = session;
  const members = withinLimit(session, ofDeployment(world, inventory.hosts), 'the nodes and load balancers');
  const all = options.all === true;
  try {
    const report = await certificatesOf(world, members, lookAtMany(session), all);
    const told = { now: world.now, all, withinMs: options.within };
    process.stdout.write(renderReport(certsReport(report, told), options.output, world.now));
    return certsExitCode(report, world.now, options.within);
  } finally {
    await pool.close();
  }
}

/** Every certificate here and at these nodes and load balancers; with `all` also what came with the product. */
export async function certificatesOf(
  world: World,
  members: readonly Host[],
  many: ManyHosts,
  all: boolean,
): Promise<CertificateReport> {
  const here = many.here().then((asks) => storesHere(world, asks));
  const roots = here.then(rootsIn);
  // Told by `here`, also where no host waits for them.
  roots.catch(() => undefined);
  const there = many.each<SeenHost | { host: string; why: string }>(
    members,
    ({ host, asks }) => (isNode(world, host) ? storesOfNode : storesOfBalancer)(world, host, asks, roots),
    ({ name }, why) => ({ host: name, why }),
  );
  const [ours, theirs] = await Promise.all([here, there]);
  const found = [ours, ...theirs];
  return certificateReport(
    found.flatMap((each) => ('stores' in each ? [each] : [])),
    found.flatMap((each) => ('why' in each ? [each] : [])),
    { now: world.now, all },
  );
}

/** Every certificate, in every form. A case fails for what the exit code counts. */
export function certsReport(report: CertificateReport, told: CertificateTextOptions): Report {
  return {
    name: 'certs',
    data: report,
    text: () => certificateText(report, told),
    suites: () => [certificateSuite(report, told), problemSuite(report)],
  };
}

function certificateSuite(report: CertificateReport, { now, withinMs }: CertificateTextOptions): JunitSuite {
  const due = new Set(withinMs === undefined ? [] : endingWithin(report, now, withinMs));
  const cases = report.certificates.map((row): JunitCase => {
    const { what, subject, ends, daysLeft, fingerprint, places } = row;
    const until =
      daysLeft < 0 ? `ended on ${ends.slice(0, 10)}` : `ends on ${ends.slice(0, 10)}, in ${daysLeft} d`;
    const where = places.map(({ host, path }) => `${host}: ${path}`);
    const text = [until, `SHA-256 ${fingerprint}`, ...where].join('\n');
    return {
      ...{ classname: 'certificates', name: `${what}: ${subject}`, ms: 0 },
      ...(due.has(row) ? { failure: { message: until, text } } : { output: text }),
    };
  });
  return { name: 'certificates', cases };
}

function problemSuite({ problems, servers }: CertificateReport): JunitSuite {
  const failed = problems.map(({ host, path, why }): JunitCase => {
    const name = path === undefined ? 'can be looked at' : `${path} can be read`;
    return { classname: host, name, ms: 0, failure: { message: why, text: why } };
  });
  const missed = new Set(problems.flatMap(({ host, path }) => (path === undefined ? [host] : [])));
  const seen = servers
    .filter(({ host }) => !missed.has(host))
    .map(({ host }): JunitCase => ({ classname: host, name: 'can be looked at', ms: 0 }));
  return { name: 'hosts', cases: [...seen, ...failed] };
}

/** What was not seen may end at any time, so it comes first. */
export function certsExitCode(report: CertificateReport, now: Date, withinMs: number | undefined): number {
  if (report.problems.length > 0) return exitCodes.failed;
  return withinMs !== undefined && endingWithin(report, now, withinMs).length > 0
    ? exitCodes.ending
    : exitCodes.ok;
}
