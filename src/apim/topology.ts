import { isIP } from 'node:net';
import { InputError, type Issue } from '../errors.ts';
import { decode } from '../input/decode.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import { Secret } from '../secret.ts';
import { factsOf, type PortName, type Role, roles } from './roles.ts';
import { brokenGroups, brokenRules } from './rules.ts';
import { nodeSettings, type Settings, settingsSchema } from './settings.ts';

/** One API-M instance: one component at one host. */
export interface Node {
  readonly host: Host;
  readonly role: Role;
  readonly offset: number;
  /** The folder of this node: the product's CARBON_HOME. */
  readonly home: string;
  /** The folder that the homes of a server are in. */
  readonly directory: string;
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
}

/** Settings that are the same for all nodes. Times in milliseconds. */
export interface ClusterSettings {
  readonly version: string;
  readonly pack: { readonly path: string; readonly url: string | undefined; readonly sha256: string };
  readonly mapHosts: boolean;
  readonly admin: { readonly username: string; readonly password: Secret };
  readonly keystore: { readonly password: Secret };
  readonly truststore: { readonly password: Secret };
  readonly certificates: {
    readonly directory: string;
    readonly organization: string;
    readonly authorityDays: number;
    readonly nodeDays: number;
    readonly primaryDays: number;
    readonly renewBeforeMs: number;
  };
  readonly environment: string;
  readonly database: Settings['database'] & { readonly port: number };
}

/** Everything written to a server derives from this. */
export interface Topology {
  readonly settings: ClusterSettings;
  readonly nodes: readonly Node[];
}

/** Where the other nodes turn to, to reach a role: a name, and the ports there. */
export interface Entry {
  readonly hostname: string;
  port(name: PortName): number;
}

/** Builds the topology that an inventory describes. Throws `InputError` with every issue. */
export function buildTopology(inventory: Inventory, baseDirectory: string): Topology {
  const issues: Issue[] = brokenGroups(inventory);
  const decoded = inventory.hosts.flatMap((host) => {
    const role = roleOf(host, issues);
    if (role === undefined) return [];
    const result = decode(settingsSchema, host.vars.apim ?? {}, {
      place: host.place,
      baseDirectory,
      path: ['apim'],
    });
    issues.push(...result.issues);
    return result.value === undefined ? [] : [{ host, role, settings: result.value }];
  });
  const [first] = decoded;
  if (issues.length > 0 || first === undefined) throw new InputError(uniqueIssues(issues));
  issues.push(...differences(decoded));
  const nodes = decoded.map(({ host, role, settings }) => nodeFrom(host, role, settings));
  const order = roles.map((role) => role.role);
  const topology: Topology = {
    settings: clusterSettings(first.settings),
    nodes: nodes.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role)),
  };
  issues.push(...brokenRules(topology));
  if (issues.length > 0) throw new InputError(uniqueIssues(issues));
  return topology;
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

/** How a role is reached: for now, at its only node. */
export function entryOf(topology: Topology, role: Role): Entry {
  const [node] = nodesOf(topology, role);
  if (node === undefined) throw new TypeError(`there is no ${role}`);
  return { hostname: node.hostname, port: (name) => portOf(node, name) };
}

function roleOf(host: Host, issues: Issue[]): Role | undefined {
  const found = roles.filter((role) => host.groups.includes(role.group));
  if (found.length > 1)
    issues.push({
      ...host.place([]),
      path: host.name,
      message: `is in ${found.map((role) => role.group).join(' and ')}; give each component an entry of its own, with the same ansible_host and its own apim.offset`,
    });
  return found.length === 1 ? found[0]?.role : undefined;
}

function nodeFrom(host: Host, role: Role, settings: Settings): Node {
  const { login } = host;
  const loginUser = login.kind === 'ssh' ? login.user : 'root';
  return {
    host,
    role,
    offset: settings.offset,
    directory: settings.directory,
    home: settings.home ?? `${settings.directory}/${role}`,
    hostname: settings.hostname ?? host.name.toLowerCase(),
    address: settings.address ?? (login.kind === 'ssh' ? login.address : '127.0.0.1'),
    user: settings.user ?? (loginUser === 'root' ? 'wso2carbon' : loginUser),
    service: settings.service,
    java: { home: settings.java.home, accept: settings.java.accept },
    memory: settings.memory,
    jvmOptions: settings.jvm_options,
    readyTimeoutMs: settings.ready_timeout,
  };
}

function clusterSettings(settings: Settings): ClusterSettings {
  const { version, pack, map_hosts, admin, keystore, truststore, certificates, environment, database } =
    settings;
  return {
    version,
    pack: { path: pack.path ?? '', url: pack.url, sha256: pack.sha256 },
    mapHosts: map_hosts,
    admin,
    keystore,
    truststore: truststore ?? keystore,
    certificates: {
      directory: certificates.directory,
      organization: certificates.organization,
      authorityDays: certificates.ca_days,
      nodeDays: certificates.node_days,
      primaryDays: certificates.primary_days,
      renewBeforeMs: certificates.renew_before,
    },
    environment,
    database: { ...database, port: database.port ?? (database.type === 'postgresql' ? 5432 : 3306) },
  };
}

/** Settings that must be the same everywhere, and are not. */
function differences(decoded: readonly { host: Host; settings: Settings }[]): Issue[] {
  const [first, ...rest] = decoded;
  if (first === undefined) return [];
  const own: readonly string[] = nodeSettings;
  return rest.flatMap(({ host, settings }) =>
    (Object.keys(settingsSchema.shape) as (keyof Settings)[])
      .filter((key) => !own.includes(key) && comparable(settings[key]) !== comparable(first.settings[key]))
      .map((key) => ({
        ...host.place(['apim', key]),
        path: `apim.${key}`,
        message: `must be the same for all nodes, but differs between ${first.host.name} and ${host.name}`,
      })),
  );
}

function comparable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => inner) + secretsIn(value).join('\n');
}

function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** The same mistake, written once and inherited by many hosts, is one issue; so is a setting missing for all. */
function uniqueIssues(issues: readonly Issue[]): Issue[] {
  const own: readonly string[] = nodeSettings;
  const idOf = (issue: Issue) => {
    const forAll = issue.path.startsWith('apim.') && !own.includes(issue.path.split('.')[1] ?? '');
    return forAll && issue.message === 'is missing' ? issue.path : JSON.stringify(issue);
  };
  const unique = new Map<string, Issue>();
  for (const issue of issues) if (!unique.has(idOf(issue))) unique.set(idOf(issue), issue);
  return [...unique.values()];
}

/** Whether an address can stand in /etc/hosts. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
