import type { Entry, InventoryDescription, Settings } from './inventory.ts';
import { merge } from './inventory.ts';
import type { Lab, LabDatabase, LabHost } from './lab.ts';
import { writeInventory } from './workspace.ts';

const components = [
  { group: 'key_manager', name: 'km' },
  { group: 'traffic_manager', name: 'tm' },
  { group: 'publisher', name: 'pub' },
  { group: 'devportal', name: 'dev' },
  { group: 'gateway', name: 'gw' },
] as const;

const twins = components.flatMap(({ group, name }) => [
  { group, name: `${name}1` },
  { group, name: `${name}2` },
]);

/** Names of the hosts with a component: km1 km2 tm1 … gw2. */
export const tenNodeNames: readonly string[] = twins.map(({ name }) => name);

/** Names of all hosts that `bringUpTen` makes: the nodes, the balancer, the database, the shared file system. */
const tenHostNames: readonly string[] = [...tenNodeNames, 'lb', 'db', 'nas'];

/** What a deployment of ten says beside the usual. */
export interface TenOptions extends Pick<InventoryDescription, 'pack' | 'apim' | 'vars'> {
  readonly software?: 'nginx' | 'haproxy';
  /** Hosts with systemd as PID 1. */
  readonly systemd?: boolean;
}

/** A deployment that waits to be made. */
export interface TenHosts {
  /** Path of the inventory file. */
  readonly inventory: string;
  readonly hosts: readonly LabHost[];
  readonly database: LabDatabase;
}

/** Brings up two hosts for each component, a balancer, a database and a shared file system, and writes the inventory. */
export async function bringUpTen(lab: Lab, directory: string, options: TenOptions = {}): Promise<TenHosts> {
  const { software = 'nginx', systemd = false, apim = {}, ...description } = options;
  await lab.up(tenHostNames, { systemd });
  const [database, source] = await Promise.all([lab.database('db'), lab.shared('nas')]);
  const hosts = await lab.hosts();
  const inventory = await writeInventory(directory, lab, {
    ...description,
    apim: merge(highAvailability(software, source), apim),
    database,
    entries: tenEntries(hosts),
  });
  return { inventory, hosts, database };
}

function highAvailability(software: 'nginx' | 'haproxy', source: string): Settings {
  const shared = { type: 'glusterfs', source };
  return {
    load_balancer: {
      software,
      key_manager: 'https://km.lab.test',
      traffic_manager: 'https://tm.lab.test',
      publisher: 'https://publisher.lab.test',
      devportal: 'https://devportal.lab.test',
      gateway: {
        https: 'https://gw.lab.test',
        wss: 'wss://gw.lab.test:8099',
        ws: 'ws://gw.lab.test:9099',
        management: 'https://gw-mgt.lab.test',
      },
    },
    shared_directories: { executionplans: shared, synapse_configs: shared, truststore: shared },
  };
}

function tenEntries(hosts: readonly LabHost[]): readonly Entry[] {
  const address = (name: string) => {
    const host = hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`the lab has no host ${name}`);
    return host.address;
  };
  return [
    ...[...twins, { group: 'load_balancer', name: 'lb' }].map(({ group, name }) => ({
      group,
      name,
      address: address(name),
      hostname: `${name}.lab.test`,
    })),
    { group: 'database', name: 'db', address: address('db') },
  ];
}
