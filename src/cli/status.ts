import type { Host } from '../input/inventory.ts';
import { balancerStatus } from '../steps/balancer-status.ts';
import { type NodeStatus, nodeStatus } from '../steps/node-status.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany, ofDeployment } from './many-hosts.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';
import { table } from './table.ts';

/** Shows how every node is doing. Exit code 0 if all are ready, 1 otherwise. */
export async function showStatus(
  inventoryFile: string,
  options: CommonOptions & { readonly output: string },
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'status', { acts: false });
  const { world, pool, inventory } = session;
  const members = withinLimit(session, ofDeployment(world, inventory.hosts), 'the nodes and load balancers');
  try {
    const found = await lookAtMany(session).each(
      members,
      ({ host, asks }) => (isNode(world, host) ? nodeStatus : balancerStatus)({ host, world }, asks),
      unreachable,
    );
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : `${statusTable(found)}\n`,
    );
    return found.every((status) => status.ready) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
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
