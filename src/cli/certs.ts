import { type CertificateReport, certificateReport, endingWithin } from '../certificates/inventory-of.ts';
import { certificateText } from '../certificates/inventory-text.ts';
import {
  rootsIn,
  type SeenHost,
  storesHere,
  storesOfBalancer,
  storesOfNode,
} from '../certificates/stores.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany, ofDeployment } from './many-hosts.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';

/** What is shown, and how. */
export interface CertsOptions extends CommonOptions {
  readonly output: string;
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
  const many = lookAtMany(session);
  try {
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
    const report = certificateReport(
      found.flatMap((each) => ('stores' in each ? [each] : [])),
      found.flatMap((each) => ('why' in each ? [each] : [])),
      { now: world.now, all: options.all === true },
    );
    process.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(report, undefined, 2)}\n`
        : `${certificateText(report, { now: world.now, all: options.all === true, withinMs: options.within })}\n`,
    );
    return certsExitCode(report, world.now, options.within);
  } finally {
    await pool.close();
  }
}

/** What was not seen may end at any time, so it comes first. */
export function certsExitCode(report: CertificateReport, now: Date, withinMs: number | undefined): number {
  if (report.problems.length > 0) return exitCodes.failed;
  return withinMs !== undefined && endingWithin(report, now, withinMs).length > 0
    ? exitCodes.ending
    : exitCodes.ok;
}
