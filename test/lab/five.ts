import type { Entry, InventoryDescription } from './inventory.ts';
import type { Lab, LabDatabase, LabHost } from './lab.ts';
import { writeInventory } from './workspace.ts';

/** The hosts of the five components, by the group that each is in, in the order they start. */
export const components = [
  { group: 'key_manager', name: 'km' },
  { group: 'traffic_manager', name: 'tm' },
  { group: 'publisher', name: 'pub' },
  { group: 'devportal', name: 'dev' },
  { group: 'gateway', name: 'gw' },
] as const;

/** Names of the hosts that `bringUpFive` makes: km tm pub dev gw db. */
export const fiveHostNames: readonly string[] = [...components.map(({ name }) => name), 'db'];

/** What a deployment on five hosts says beside the usual; `entries` replace the five nodes and the database. */
export interface FiveOptions extends Pick<InventoryDescription, 'pack' | 'apim' | 'vars'> {
  readonly entries?: readonly Entry[];
  /** Hosts with systemd as PID 1. */
  readonly systemd?: boolean;
}

/** A deployment that waits to be made. */
export interface FiveHosts {
  /** Path of the inventory file. */
  readonly inventory: string;
  readonly hosts: readonly LabHost[];
  readonly database: LabDatabase;
}

/** Brings up a host for each component and one with a database, and writes the inventory and its files. */
export async function bringUpFive(
  lab: Lab,
  directory: string,
  options: FiveOptions = {},
): Promise<FiveHosts> {
  const { entries, systemd = false, ...description } = options;
  await lab.up(fiveHostNames, { systemd });
  const database = await lab.database('db');
  const hosts = await lab.hosts();
  const inventory = await writeInventory(directory, lab, {
    ...description,
    database,
    entries: entries ?? fiveEntries(hosts),
  });
  return { inventory, hosts, database };
}

/** The entries of the five nodes and the database, with the addresses of these hosts and names under lab.test. */
export function fiveEntries(hosts: readonly LabHost[]): readonly Entry[] {
  const address = (name: string) => {
    const host = hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`the lab has no host ${name}`);
    return host.address;
  };
  return [
    ...components.map(({ group, name }) => ({
      group,
      name,
      address: address(name),
      hostname: `${name}.lab.test`,
    })),
    { group: 'database', name: 'db', address: address('db') },
  ];
}
