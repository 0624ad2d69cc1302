import { type Node, nodesOf, type Topology } from './topology.ts';

/** The other nodes that do what a node does: of its role and, if it is a gateway, of its environment. */
export function twinsOf(topology: Topology, node: Node): Node[] {
  return nodesOf(topology, node.role).filter(
    (other) =>
      other.host.name !== node.host.name &&
      (node.role !== 'gateway' || other.environment === node.environment),
  );
}
