import { softwareOf } from '../apim/cluster/topology.ts';
import { type CertificateReport, certificateReport, endingWithin } from '../certificates/inventory-of.ts';
import { certificateText } from '../certificates/inventory-text.ts';
import {
  rootsIn,
  type SeenHost,
  storesHere,
  storesOfBalancer,
  storesOfNode,
} from '../certificates/stores.ts';
import { controller } from '../engine/controller.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { oneLine } from '../secret.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseKeyFiles } from './key-files.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';
import { unlessStopped } from './unless-stopped.ts';

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
  const { nodes, balancers } = world.topology;
  const isNode = (host: Host) => nodes.some((node) => node.host.name === host.name);
  const all = inventory.hosts.filter(
    (host) =>
      isNode(host) ||
      (softwareOf(world.topology) !== undefined && balancers.some((each) => each.host.name === host.name)),
  );
  const members = withinLimit(session, all, 'the nodes and load balancers');
  refuseKeyFiles(members);
  try {
    const looker = createLooker(() => pool.connect(controller.login), createLedger());
    const here = pool
      .connect(controller.login)
      .then((connection) => storesHere(world, looker.from(controller, connection)));
    const roots = here.then(rootsIn);
    const look = Promise.all([
      here,
      ...members.map(async (host): Promise<SeenHost | { host: string; why: string }> => {
        try {
          const asks = looker.from(host, await pool.connect(host.login));
          return await (isNode(host) ? storesOfNode : storesOfBalancer)(world, host, asks, roots);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          return { host: host.name, why: oneLine(error) };
        }
      }),
    ]);
    const found = await unlessStopped(session.stop, look);
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
