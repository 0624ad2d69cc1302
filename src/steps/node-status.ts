import { nodeOf } from '../apim/cluster/topology.ts';
import { readVersion, uptime, versionOf } from '../apim/server/commands.ts';
import { readiness } from '../apim/server/health.ts';
import { lookAtHome, readHome } from '../apim/server/home.ts';
import { keptLinks } from '../apim/server/links.ts';
import type { Output } from '../connection/connection.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import type { World } from './define.ts';
import { inspectServer, startDue } from './server-state.ts';
import { probeOf } from './wait-ready.ts';

/** How a node is doing, for people to read. */
export interface NodeStatus {
  readonly host: string;
  readonly role: string;
  readonly pid: number | undefined;
  readonly version: string;
  readonly uptimeSeconds: number | undefined;
  readonly ready: boolean;
  /** Why it is not ready, or what is owed to it; empty if all is well. */
  readonly notes: readonly string[];
  /** When its TLS certificate ends, as served; ISO 8601. */
  readonly certificateEnds: string | undefined;
}

/** Asks a node everything that `status` shows: its process, and every address that its role is for. */
export async function nodeStatus(
  spot: Pick<Spot<World, unknown>, 'host' | 'world'>,
  asks: Asks,
): Promise<NodeStatus> {
  const node = nodeOf(spot.world.topology, spot.host);
  const [state, version, seen] = await Promise.all([
    inspectServer(spot, asks),
    asks.there(versionOf(node)),
    asks.there(lookAtHome(node)),
  ]);
  const common = { host: spot.host.name, role: node.role, version: readVersion(version.stdout) };
  const own = state.material?.own;
  const issued = own === undefined ? undefined : describe(own.certificate).notAfter.toISOString();
  if (state.process === undefined)
    return {
      ...common,
      pid: undefined,
      uptimeSeconds: undefined,
      ready: false,
      notes: ['not running'],
      certificateEnds: issued,
    };
  const ca = state.material?.roots ?? '';
  const [up, ...answers] = await Promise.all([
    asks.there(uptime(state.process.pid)),
    ...readiness(node).map(async (check) => ({
      what: check.what,
      ...(await asks.probe(probeOf(node, check, ca))),
    })),
    ...keptLinks(spot.world.topology, node).map(async ({ what, command }) => ({
      what,
      ...linked(await asks.there(command)),
    })),
  ]);
  const failing = answers.flatMap((answer) => (answer.ok ? [] : [`${answer.what}: ${answer.why}`]));
  const foreign = readHome(seen.stdout).kind === 'foreign' ? ['was not installed by this tool'] : [];
  const owed = foreign.length === 0 && startDue(state) === 'restart' ? ['owes a restart'] : [];
  const seconds = Number(up.stdout.trim());
  return {
    ...common,
    pid: state.process.pid,
    uptimeSeconds: Number.isFinite(seconds) && up.stdout.trim() !== '' ? seconds : undefined,
    ready: failing.length === 0 && foreign.length === 0,
    notes: [...foreign, ...failing, ...owed],
    certificateEnds: issued,
  };
}

function linked({ code, stderr }: Output): { ok: true } | { ok: false; why: string } {
  return code === 0 ? { ok: true } : { ok: false, why: stderr.trim() };
}
