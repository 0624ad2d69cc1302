import type { AuditFinding } from '../apim/checks/audit.ts';
import { auditPki } from '../certificates/audit.ts';
import type { JunitCase, JunitSuite } from '../display/junit-xml.ts';
import { type Report, type ReportKind, renderReport } from '../display/report.ts';
import { auditAt } from '../steps/node-audit.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany } from './many-hosts.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';

/** Tells of every node what is not as production should be. Exit code 0 if there is nothing, 1 otherwise. */
export async function showAudit(
  inventoryFile: string,
  options: CommonOptions & { readonly output: ReportKind },
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'status --audit', { acts: false });
  const { world, pool, inventory } = session;
  const nodes = inventory.hosts.filter((host) => isNode(world, host));
  const members = withinLimit(session, nodes, 'the nodes');
  const many = lookAtMany(session);
  try {
    const all = await many.each<Audited>(
      members,
      async ({ host, asks }) => ({ host: host.name, findings: await auditAt({ host, world }, asks) }),
      ({ name }, message) => ({
        host: name,
        findings: [{ code: 'unreachable', message, fix: 'see apim-orchestrate status' }],
      }),
    );
    const told = [...all, { host: 'this machine', findings: await auditPki(world, await many.here()) }];
    process.stdout.write(renderReport(auditReport(told), options.output, world.now));
    return told.every(({ findings }) => toMend(findings).length === 0) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
}

/** What was found at a host. */
export interface Audited {
  readonly host: string;
  readonly findings: readonly AuditFinding[];
}

/** What has its reason is told, and counts for nothing. */
function toMend(findings: readonly AuditFinding[]): AuditFinding[] {
  return findings.filter(({ note }) => note !== true);
}

/** What is not as production should be, in every form. */
export function auditReport(all: readonly Audited[]): Report {
  return { name: 'audit', data: all, text: () => auditText(all), suites: () => all.map(suiteOf) };
}

function suiteOf({ host, findings }: Audited): JunitSuite {
  const cases = findings.map(({ code, message, fix, note }): JunitCase => {
    const text = `${message}\n${fix}`;
    return {
      ...{ classname: host, name: code, ms: 0 },
      ...(note === true ? { output: text } : { failure: { message, text } }),
    };
  });
  const sound = { classname: host, name: 'nothing to complain about', ms: 0 };
  return { name: host, cases: cases.length === 0 ? [sound] : cases };
}

function auditText(all: readonly Audited[]): string {
  return all
    .flatMap(({ host, findings }) => [
      `${host}: ${toMend(findings).length === 0 ? 'nothing to complain about' : `${toMend(findings).length} to mend`}`,
      ...findings.flatMap(({ code, message, fix }) => [`  ${code}: ${message}`, `    → ${fix}`]),
    ])
    .join('\n');
}
