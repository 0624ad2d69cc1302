import { as, type Command } from '../../shell/command.ts';
import { isConnected } from '../../shell/process.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { deploymentTables } from '../config/deployment-toml.ts';
import type { TomlScalar } from '../config/toml.ts';
import { findServer } from './commands.ts';

/** A connection that a server keeps open for as long as it serves, to any one of some addresses. */
export interface KeptLink {
  /** What it is for, and where it leads. */
  readonly what: string;
  /** Exits with 0 while the server has it. */
  readonly command: Command;
}

const lists = [
  ['apim.throttling', 'throttle_decision_endpoints'],
  ['apim.event_hub', 'event_listening_endpoints'],
] as const;

/**
 * The links that a ready server has. Gateways alone keep any: they listen at the broker of a Traffic Manager, and turn to
 * the next in the list when that one goes. What events are sent by, to Traffic Managers and between them, is opened when
 * there is something to send, and closed when it is idle: that it is not there tells nothing.
 */
export function keptLinks(topology: Topology, node: Node): KeptLink[] {
  if (node.role !== 'gateway') return [];
  const tables = deploymentTables(topology, node);
  const written = (table: string, key: string) =>
    tables.find(({ name }) => name === table)?.keys.find(([each]) => each === key)?.[1];
  if (written('apim.throttling', 'enable_decision_connection') === false) return [];
  const found = lists.map(([table, key]) => endsOf(written(table, key))).filter((ends) => ends.length > 0);
  const links = new Map(found.map((ends) => [ends.map(({ end }) => end).join(' or '), ends]));
  return [...links].map(([where, ends]) => ({
    what: `its link to a Traffic Manager, at ${where}`,
    command: as(node.user, isConnected(findServer(node), [...new Set(ends.map(({ port }) => port))])),
  }));
}

/** What a list of addresses leads to; nothing if it holds what only the server can resolve. */
function endsOf(value: TomlScalar | readonly TomlScalar[] | undefined): { end: string; port: number }[] {
  if (!Array.isArray(value)) return [];
  const ends = value.flatMap((each) => {
    const [, end, port] = /^tcp:\/\/([^/:$]+:(\d+))$/.exec(String(each)) ?? [];
    return end === undefined ? [] : [{ end, port: Number(port) }];
  });
  return ends.length === value.length ? ends : [];
}
