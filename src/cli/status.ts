import type { JunitSuite } from '../display/junit-xml.ts';
import { type Report, type ReportKind, renderReport } from '../display/report.ts';
import type { Host } from '../input/inventory.ts';
import { balancerStatus } from '../steps/balancer-status.ts';
import type { World } from '../steps/define.ts';
import { type NodeStatus, nodeStatus } from '../steps/node-status.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany, type ManyHosts, ofDeployment } from './many-hosts.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';
import { table } from './table.ts';

/** Shows how every node is doing. Exit code 0 if all are ready, 1 otherwise. */
export async function showStatus(
  inventoryFile: string,
  options: CommonOptions & { readonly output: ReportKind },
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'status', { acts: false });
  const { world, pool, inventory } = session;
  const members = withinLimit(session, ofDeployment(world, inventory.hosts), 'the nodes and load balancers');
  try {
    const found = await statusOf(world, members, lookAtMany(session));
    process.stdout.write(renderReport(statusReport(found), options.output, world.now));
    return found.every((status) => status.ready) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
}

/** How these nodes and load balancers are doing. */
export function statusOf(world: World, members: readonly Host[], many: ManyHosts): Promise<NodeStatus[]> {
  return many.each(
    members,
    ({ host, asks }) => (isNode(world, host) ? nodeStatus : balancerStatus)({ host, world }, asks),
    unreachable,
  );
}

function unreachable({ name }: Host, why: string): NodeStatus {
  return {
    host: name,
    role: '',
    pid: undefined,
    version: '',
    uptimeSeconds: undefined,
    ready: false,
    notes: [why],
    certificateEnds: undefined,
  };
}

/** How the nodes are doing, in every form. */
export function statusReport(all: readonly NodeStatus[]): Report {
  return {
    name: 'status',
    data: all,
    text: () => statusTable(all),
    suites: () => all.map(suiteOf),
  };
}

function suiteOf({ host, role, ready, notes }: NodeStatus): JunitSuite {
  const told = notes.join('; ');
  const isReady = { classname: host, name: 'is ready', ms: 0 };
  const why = told === '' ? `${role === '' ? host : role} is not ready` : told;
  if (!ready) return { name: host, cases: [{ ...isReady, failure: { message: why, text: why } }] };
  return { name: host, cases: [told === '' ? isReady : { ...isReady, output: told }] };
}

function statusTable(all: readonly NodeStatus[]): string {
  return table(
    ['host', 'role', 'ready', 'pid', 'version', 'up', 'certificate until', ''],
    all.map((status) => [
      status.host,
      status.role,
      status.ready ? 'yes' : 'NO',
      status.pid === undefined ? '-' : String(status.pid),
      status.version === '' ? '-' : status.version,
      status.uptimeSeconds === undefined ? '-' : duration(status.uptimeSeconds),
      status.certificateEnds?.slice(0, 10) ?? '-',
      status.notes.join('; '),
    ]),
  );
}

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}
