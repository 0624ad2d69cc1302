import { isIP } from 'node:net';
import type { Host } from '../../input/inventory.ts';
import { machineOf } from '../../input/machine.ts';
import type { BalancerSoftware } from '../balancer/model.ts';
import { factsOf, type PortName, type Role } from '../release/roles.ts';
import type { ClusterSettings, OwnCertificate } from '../settings/cluster-settings.ts';
import type { Settings } from '../settings/schema.ts';

/** One API-M instance: one component at one host. */
export interface Node {
  readonly host: Host;
  readonly role: Role;
  readonly offset: number;
  /** The folder of this node: the product's CARBON_HOME. */
  readonly home: string;
  /** The folder that the homes of a server are in. */
  readonly directory: string;
  /** Whether a home that this tool did not install may be replaced. */
  readonly replaceForeign: boolean;
  /** The name by which the others reach it. */
  readonly hostname: string;
  /** Its address, for /etc/hosts and for `node_ip`. */
  readonly address: string;
  /** Who runs it. */
  readonly user: string;
  readonly service: 'auto' | 'systemd' | 'script';
  readonly java: { readonly home: string | undefined; readonly accept: readonly number[] };
  readonly memory: { readonly initial: string; readonly maximum: string };
  readonly jvmOptions: readonly string[];
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** The environment it belongs to, if it is a gateway. */
  readonly environment: string;
  /** Its certificate, if it is not made here. */
  readonly certificate: OwnCertificate | undefined;
  /** Files of somebody's own. */
  readonly files: Settings['files'];
  /** Content of deployment.toml that is merged over ours. */
  readonly deploymentToml: Settings['deployment_toml'];
  /** Elements that are added to lists of deployment.toml. */
  readonly deploymentTomlAppend: Settings['deployment_toml_append'];
}

/** A host that runs the load balancer. */
export interface Balancer {
  readonly host: Host;
  /** Its own name and address; the sites have names of their own. */
  readonly hostname: string;
  readonly address: string;
  /** Its certificate, if it is not made here. */
  readonly certificate: OwnCertificate | undefined;
}

/** Everything written to a server derives from this. */
export interface Topology {
  readonly settings: ClusterSettings;
  readonly nodes: readonly Node[];
  readonly balancers: readonly Balancer[];
}

/** Which server a node is on: nodes with the same login address and port share one; containers may share an address. */
export function serverOf({ host: { login } }: { readonly host: Host }): string {
  return machineOf(login);
}

/** The node at a host. Throws a `TypeError` if there is none: a step is at the wrong host. */
export function nodeOf(topology: Topology, host: Host): Node {
  const node = topology.nodes.find((each) => each.host.name === host.name);
  if (node === undefined) throw new TypeError(`${host.name} is not a node of API Manager`);
  return node;
}

/** A port of a node, offset included. Throws a `TypeError` if its role has no such port. */
export function portOf(node: Node, name: PortName): number {
  const port = factsOf(node.role).ports[name];
  if (port === undefined) throw new TypeError(`a ${node.role} has no port ${name}`);
  return port + node.offset;
}

/** All ports of a node, offset included. */
export function portNumbers(node: Node): number[] {
  return Object.values(factsOf(node.role).ports).map((port) => port + node.offset);
}

/** The nodes of a role, in the order written. */
export function nodesOf({ nodes }: Topology, role: Role): readonly Node[] {
  return nodes.filter((node) => node.role === role);
}

/** The balancer at a host, if it is one. */
export function balancerOf({ balancers }: Topology, host: Host): Balancer | undefined {
  return balancers.find((each) => each.host.name === host.name);
}

/** The program that the inventory asks for; undefined where the balancer is somebody else’s. */
export function softwareOf({ settings }: Topology): BalancerSoftware | undefined {
  const software = settings.loadBalancer?.software;
  return software === 'external' ? undefined : software;
}

/** Whether an address can stand in /etc/hosts. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
