import type { Role } from '../release/roles.ts';
import { type Node, nodesOf, portOf, type Topology } from './topology.ts';

/** The addresses of some gateways, without a slash at the end. `http` and `ws` are there only if they are offered. */
interface GatewaySites {
  readonly https: string;
  readonly http?: string;
  readonly wss: string;
  readonly ws?: string;
  /** Where the services of the gateways are, for the Publisher. */
  readonly management: string;
}

/** Gateways that clients see as one. */
export interface Environment {
  readonly name: string;
  readonly type: 'hybrid' | 'production' | 'sandbox';
  readonly description: string;
  readonly gateways: readonly Node[];
  readonly sites: GatewaySites;
  /** Whether the sites are those of a balancer, not of the only gateway. */
  readonly balanced: boolean;
}

/** Roles that are reached at their servlet port. */
export type ServiceRole = Exclude<Role, 'gateway'>;

/**
 * How everybody reaches the services of a role, without a slash at the end: through the balancer if it has an address
 * there, else at its only node. The port of a node is written as a number: the guide’s `${mgt.transport.https.port}` is
 * the port of the node that reads it.
 */
export function servicesUrl(topology: Topology, role: ServiceRole): string {
  const { keyManager } = topology.settings;
  if (role === 'key-manager' && keyManager !== undefined) return keyManager.url;
  const front = frontOf(topology, role);
  if (front !== undefined) return front;
  const [node] = nodesOf(topology, role);
  if (node === undefined) throw new TypeError(`there is no ${role}`);
  return `https://${node.hostname}:${portOf(node, 'servletHttps')}`;
}

/** The address of a role at the balancer. */
export function frontOf({ settings }: Topology, role: ServiceRole): string | undefined {
  const balancer = settings.loadBalancer;
  if (balancer === undefined) return undefined;
  const fronts = {
    'key-manager': balancer.key_manager,
    'traffic-manager': balancer.traffic_manager,
    publisher: balancer.publisher,
    devportal: balancer.devportal,
  } as const;
  return fronts[role];
}

/** The environments that the gateways make, in the order written. */
export function environmentsOf(topology: Topology): Environment[] {
  const names = [...new Set(nodesOf(topology, 'gateway').map((node) => node.environment))];
  return names.map((name) => environmentNamed(topology, name));
}

/** The environment of a gateway. */
export function environmentOf(topology: Topology, gateway: Node): Environment {
  return environmentNamed(topology, gateway.environment);
}

function environmentNamed(topology: Topology, name: string): Environment {
  const { settings } = topology;
  const more = settings.environments[name];
  const gateways = nodesOf(topology, 'gateway').filter((node) => node.environment === name);
  const written = more?.gateway ?? settings.loadBalancer?.gateway;
  const type = more?.type ?? 'hybrid';
  return {
    name,
    type,
    description: more?.description ?? descriptions[type],
    gateways,
    sites: written === undefined ? directSites(gateways) : completeSites(written),
    balanced: written !== undefined,
  };
}

const descriptions = {
  hybrid: 'This is a hybrid gateway that handles both production and sandbox token traffic.',
  production: 'This is a gateway that handles production token traffic.',
  sandbox: 'This is a gateway that handles sandbox token traffic.',
} as const;

interface WrittenSites {
  readonly https: string;
  readonly http?: string | undefined;
  readonly wss?: string | undefined;
  readonly ws?: string | undefined;
  readonly management?: string | undefined;
}

function completeSites({ https, http, wss, ws, management }: WrittenSites): GatewaySites {
  const { hostname } = new URL(https);
  return {
    https,
    wss: wss ?? `wss://${hostname}:8099`,
    management: management ?? `https://${hostname}:9443`,
    ...(http === undefined ? {} : { http }),
    ...(ws === undefined ? {} : { ws }),
  };
}

function directSites([gateway]: readonly Node[]): GatewaySites {
  if (gateway === undefined) throw new TypeError('an environment without a gateway');
  const { hostname } = gateway;
  return {
    https: `https://${hostname}:${portOf(gateway, 'apiHttps')}`,
    http: `http://${hostname}:${portOf(gateway, 'apiHttp')}`,
    wss: `wss://${hostname}:${portOf(gateway, 'webSocketTls')}`,
    ws: `ws://${hostname}:${portOf(gateway, 'webSocket')}`,
    management: `https://${hostname}:${portOf(gateway, 'servletHttps')}`,
  };
}

/** Where clients and other nodes find the servlet port of a node: at the balancer, or at the node itself. */
export function servletUrl(topology: Topology, node: Node): string {
  return node.role === 'gateway'
    ? environmentOf(topology, node).sites.management
    : servicesUrl(topology, node.role);
}

/** Whether a node is reached through a balancer. */
export function isFronted(topology: Topology, node: Node): boolean {
  return node.role === 'gateway'
    ? environmentOf(topology, node).balanced
    : frontOf(topology, node.role) !== undefined;
}

/** The port of an address, the usual one of its scheme if none is written. */
export function urlPort(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
}

/** The name in an address. */
export function urlHost(url: string): string {
  return new URL(url).hostname;
}

/** The names under which clients reach a node besides its own. */
export function frontNames(topology: Topology, node: Node): string[] {
  if (!isFronted(topology, node)) return [];
  if (node.role !== 'gateway') return [urlHost(servicesUrl(topology, node.role))];
  const { https, wss, management } = environmentOf(topology, node).sites;
  return [...new Set([https, wss, management].map(urlHost))];
}

/** Every address that the balancer answers to. */
export function balancedUrls(topology: Topology): string[] {
  const services: readonly ServiceRole[] = ['key-manager', 'traffic-manager', 'publisher', 'devportal'];
  return [
    ...services.flatMap((role) => {
      const front = nodesOf(topology, role).length === 0 ? undefined : frontOf(topology, role);
      return front ?? [];
    }),
    ...environmentsOf(topology)
      .filter(({ balanced }) => balanced)
      .flatMap(({ sites }) => Object.values(sites) as string[]),
  ];
}
