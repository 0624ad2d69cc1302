import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTopology } from '../../src/apim/build.ts';
import type { Node, Topology } from '../../src/apim/cluster/topology.ts';
import type { Role } from '../../src/apim/release/roles.ts';
import type { Inventory } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';

/** Variables or settings as they stand in YAML. */
export type Values = Readonly<Record<string, unknown>>;

/** What a sample deployment says beside the usual. `undefined` takes a setting out. */
export interface Deployment {
  /** Merged over the settings of all nodes, one level deep. */
  readonly apim?: Values;
  /** The entries of each group; without it, the five nodes on five servers. */
  readonly groups?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

const settings: Values = {
  pack: { path: './wso2am-3.2.0.zip', sha256: '0'.repeat(64) },
  admin: { username: 'admin', password: 'fake-admin-password' },
  keystore: { password: 'fake-keystore-password' },
  truststore: { password: 'fake-truststore-password' },
  database: {
    type: 'mysql',
    host: 'db.example.com',
    driver: { path: './mysql-connector-j-8.4.0.jar' },
    apim: { username: 'apim', password: 'fake-apim-database-password' },
    shared: { username: 'shared', password: 'fake-shared-database-password' },
  },
};

const five = [
  ['key_manager', 'km', '10.0.0.11'],
  ['traffic_manager', 'tm', '10.0.0.12'],
  ['publisher', 'pub', '10.0.0.13'],
  ['devportal', 'dev', '10.0.0.14'],
  ['gateway', 'gw', '10.0.0.15'],
] as const;

/** The entries of the five nodes; `own` gives the settings of each by its name. */
export function fiveEntries(own: (name: string) => Values = () => ({}), address?: string) {
  return Object.fromEntries(
    five.map(([group, name, itsOwn]) => [
      group,
      {
        [name]: {
          ansible_host: address ?? itsOwn,
          apim: { hostname: `${name}.example.com`, ...own(name) },
        },
      },
    ]),
  );
}

/** An inventory as the loader reads it from this text, in a file called `inventory.yaml`. */
export async function inventoryFrom(text: string): Promise<Inventory> {
  const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  try {
    const file = join(folder, 'inventory.yaml');
    writeFileSync(file, text);
    return await loadInventory(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of an inventory. JSON is YAML, too; its lines tell nothing, but its paths do. */
export function inventoryText({ apim = {}, groups = fiveEntries() }: Deployment = {}): string {
  const children = Object.fromEntries(Object.entries(groups).map(([name, hosts]) => [name, { hosts }]));
  const vars = { ansible_user: 'wso2', ansible_become: true, apim: { ...settings, ...apim } };
  return JSON.stringify({ all: { vars, children } }, undefined, 2);
}

/** The topology of such an inventory. Relative paths start at `/srv/apim`. */
export async function topologyOf(deployment: Deployment = {}): Promise<Topology> {
  return buildTopology(await inventoryFrom(inventoryText(deployment)), '/srv/apim');
}

/** Five servers, one node each, MySQL. */
export function fiveHosts(): Promise<Topology> {
  return topologyOf();
}

/** All five nodes on one server, told apart by the offsets of the guide, MariaDB. */
export function oneHost(): Promise<Topology> {
  const offsets: Record<string, number> = { km: 0, pub: 1, dev: 2, tm: 3, gw: 4 };
  return topologyOf({
    apim: {
      map_hosts: true,
      database: {
        ...(settings.database as Values),
        type: 'mariadb',
        driver: { path: './mariadb-java-client.jar' },
      },
    },
    groups: fiveEntries((name) => ({ offset: offsets[name] }), '10.0.0.20'),
  });
}

/** Five servers, PostgreSQL, and a password that XML would trip over. */
export function onPostgresql(): Promise<Topology> {
  return topologyOf({
    apim: {
      truststore: undefined,
      database: {
        type: 'postgresql',
        host: 'db.example.com',
        driver: { url: 'https://files.example.com/postgresql-42.7.4.jar', sha256: 'a'.repeat(64) },
        apim: { username: 'apim', password: 'fake-password-with-<&>' },
        shared: { username: 'shared', password: 'fake-shared-database-password' },
      },
    },
  });
}

/** The only node of a role. */
export function nodeFor(topology: Topology, role: Role): Node {
  const node = topology.nodes.find((each) => each.role === role);
  if (node === undefined) throw new Error(`the sample has no ${role}`);
  return node;
}

/** The addresses of a balancer in front of all roles. */
export const balancer = {
  key_manager: 'https://km.example.com',
  traffic_manager: 'https://tm.example.com',
  publisher: 'https://publisher.example.com',
  devportal: 'https://devportal.example.com',
  gateway: {
    https: 'https://gw.example.com',
    http: 'http://gw.example.com',
    ws: 'ws://gw.example.com:9099',
    wss: 'wss://gw.example.com:8099',
    management: 'https://gw-mgt.example.com',
  },
} as const;

/** Two hosts for each component and one for the balancer; `own` gives the settings of each by its name. */
export function tenEntries(own: (name: string) => Values = () => ({})) {
  const groups = Object.fromEntries(
    five.map(([group, name], index) => [
      group,
      Object.fromEntries(
        [1, 2].map((twin) => [
          `${name}${twin}`,
          {
            ansible_host: `10.0.${twin}.${11 + index}`,
            apim: { hostname: `${name}${twin}.example.com`, ...own(`${name}${twin}`) },
          },
        ]),
      ),
    ]),
  );
  return { ...groups, load_balancer: { lb: { ansible_host: '10.0.0.10' } } };
}

/** Two of each component behind nginx, with shared directories: the largest cluster of the guide. */
export function tenHosts(apim: Values = {}, own?: (name: string) => Values): Promise<Topology> {
  const nfs = { source: 'nas.example.com:/apim' };
  return topologyOf({
    apim: {
      load_balancer: balancer,
      shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
      ...apim,
    },
    groups: tenEntries(own),
  });
}

/** Five servers with everything that a gateway, analytics and production can be told. */
export function withFeatures(): Promise<Topology> {
  return topologyOf({
    apim: {
      jwt: { user_claims: true, generator: 'com.example.Generator' },
      cors: {
        allow_origins: ['https://app.example.com', 'https://other.example.com'],
        allow_credentials: true,
      },
      oauth_tokens: 'hashed',
      analytics: {
        workers: ['worker1.example.com', 'worker2.example.com'],
        send: 'loadbalance',
        account: { username: 'analytics', password: 'fake-analytics-password' },
      },
      hardening: { ciphers: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'] },
      deployment_toml: {
        apim: { jwt: { header: 'X-Caller' } },
        transport: { blocking_sender: { enable_client_caching: true } },
      },
    },
  });
}

/** Four roles whose Key Manager is an Identity Server elsewhere, the quick setup of analytics, two environments. */
export function withKeyManagerElsewhere(): Promise<Topology> {
  const { key_manager: _elsewhere, gateway: _one, ...groups } = fiveEntries();
  return topologyOf({
    apim: {
      key_manager: {
        url: 'https://is.example.com:9443',
        account: { username: 'apim', password: 'fake-is-password' },
        ca: 'is-ca.pem',
      },
      analytics: { workers: ['worker1.example.com'] },
      environments: {
        Production: { type: 'production' },
        Sandbox: { type: 'sandbox', description: 'To try things out.' },
      },
    },
    groups: {
      ...groups,
      gateway: {
        gw1: { ansible_host: '10.0.0.15', apim: { hostname: 'gw1.example.com', environment: 'Production' } },
        gw2: {
          ansible_host: '10.0.0.16',
          apim: { hostname: 'gw2.example.com', environment: 'Sandbox', offset: 2 },
        },
      },
    },
  });
}

/** The same behind somebody else’s balancer, which is told by commands who goes and who comes back. */
export function behindHooks(): Promise<Topology> {
  const { load_balancer: _, ...groups } = tenEntries();
  const hooks = { drain: ['./balancer', 'away'], undrain: ['./balancer', 'back'] };
  return topologyOf({ apim: { load_balancer: { ...balancer, software: 'external', hooks } }, groups });
}

/** Ten hosts behind two balancers that do the same. */
export function behindTwoBalancers(): Promise<Topology> {
  const nfs = { source: 'nas.example.com:/apim' };
  const load_balancer = { lb1: { ansible_host: '10.0.0.9' }, lb2: { ansible_host: '10.0.0.10' } };
  return topologyOf({
    apim: {
      load_balancer: { ...balancer, address: '10.0.0.8' },
      shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
    },
    groups: { ...tenEntries(), load_balancer },
  });
}

/** Ten hosts, and a third gateway. */
export function withThirdGateway(): Promise<Topology> {
  const groups: Readonly<Record<string, Readonly<Record<string, Values>>>> = tenEntries();
  const gw3 = { ansible_host: '10.0.3.15', apim: { hostname: 'gw3.example.com' } };
  const nfs = { source: 'nas.example.com:/apim' };
  return topologyOf({
    apim: {
      load_balancer: balancer,
      shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
    },
    groups: { ...groups, gateway: { ...groups.gateway, gw3 } },
  });
}
