import { balancedUrls, urlHost } from '../cluster/entries.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { deploymentContent } from './deployment-toml.ts';

/** Somebody of this cluster that a node speaks TLS with. */
export interface TlsPeer {
  /** The name by which it is reached, and that its certificate must bear. */
  readonly name: string;
  readonly port: number;
}

/** The nodes and sites of this cluster that a node speaks TLS with, each once: those that its deployment.toml names. */
export function tlsPeers(topology: Topology, node: Node): TlsPeer[] {
  const ours = new Set([
    ...topology.nodes.map(({ hostname }) => hostname),
    ...balancedUrls(topology).map(urlHost),
  ]);
  const found = [
    ...deploymentContent(topology, node).matchAll(/\b(?:https|ssl|wss):\/\/([^/:"'\s]+)(?::(\d+))?/g),
  ];
  const peers = found.flatMap(([, name = '', port = '443']) =>
    ours.has(name) ? [[`${name}:${port}`, { name, port: Number(port) }] as const] : [],
  );
  return [...new Map(peers).values()];
}
