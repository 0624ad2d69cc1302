import type { AuditFinding } from '../apim/checks/audit.ts';
import { auditPki } from '../certificates/audit.ts';
import { controller } from '../engine/controller.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import { KnownError } from '../errors.ts';
import { oneLine } from '../secret.ts';
import { auditAt } from '../steps/node-audit.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseKeyFiles } from './key-files.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';
import { unlessStopped } from './unless-stopped.ts';

/** Tells of every node what is not as production should be. Exit code 0 if there is nothing, 1 otherwise. */
export async function showAudit(
  inventoryFile: string,
  options: CommonOptions & { readonly output: string },
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'status --audit', { acts: false });
  const { world, pool, inventory, stop } = session;
  const nodes = inventory.hosts.filter((host) => world.topology.nodes.some((node) => node.host === host));
  const members = withinLimit(session, nodes, 'the nodes');
  refuseKeyFiles(members);
  try {
    const looker = createLooker(() => pool.connect(controller.login), createLedger());
    const look = Promise.all(
      members.map(async (host): Promise<{ host: string; findings: readonly AuditFinding[] }> => {
        try {
          const asks = looker.from(host, await pool.connect(host.login));
          return { host: host.name, findings: await auditAt({ host, world }, asks) };
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          const message = oneLine(error);
          return {
            host: host.name,
            findings: [{ code: 'unreachable', message, fix: 'see apim-orchestrate status' }],
          };
        }
      }),
    );
    const all = await unlessStopped(stop, look);
    const here = looker.from(controller, await pool.connect(controller.login));
    const told = [...all, { host: 'this machine', findings: await auditPki(world, here) }];
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(told, undefined, 2)}\n` : `${auditText(told)}\n`,
    );
    return told.every(({ findings }) => toMend(findings).length === 0) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
}

/** What has its reason is told, and counts for nothing. */
function toMend(findings: readonly AuditFinding[]): AuditFinding[] {
  return findings.filter(({ note }) => note !== true);
}

function auditText(all: readonly { host: string; findings: readonly AuditFinding[] }[]): string {
  return all
    .flatMap(({ host, findings }) => [
      `${host}: ${toMend(findings).length === 0 ? 'nothing to complain about' : `${toMend(findings).length} to mend`}`,
      ...findings.flatMap(({ code, message, fix }) => [`  ${code}: ${message}`, `    → ${fix}`]),
    ])
    .join('\n');
}
