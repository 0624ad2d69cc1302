import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { buildTopology } from '../../../src/apim/build.ts';
import { pkiFiles } from '../../../src/apim/cluster/keystores.ts';
import type { Topology } from '../../../src/apim/cluster/topology.ts';
import { balancerModel } from '../../../src/apim/config/balancer-model.ts';
import { type Role, roles } from '../../../src/apim/release/roles.ts';
import { loadInventory } from '../../../src/input/load-inventory.ts';

/** Who comes to a site: people with browsers, servers that call services, callers of APIs, or web sockets. */
type Use = 'portal' | 'services' | 'apis' | 'sockets';

/** A name and a port at the balancer, and what is behind it. */
export interface LoadSite {
  readonly role: Role;
  readonly use: Use;
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Where a load goes to, and whom it trusts. */
export interface LoadTarget {
  /** The address of the balancer. */
  readonly address: string;
  readonly sites: readonly LoadSite[];
  /** Reads the authorities that are trusted, as PEM: those may change while a load is on. */
  readonly authorities: () => string;
  /** Addresses of the servers with nodes. */
  readonly servers: readonly string[];
}

/** Where a load of the deployment that an inventory describes goes to. */
export async function loadTarget(inventoryFile: string): Promise<LoadTarget> {
  const topology = buildTopology(await loadInventory(inventoryFile), dirname(resolve(inventoryFile)));
  const [balancer] = topology.balancers;
  if (balancer === undefined)
    throw new Error(
      `${inventoryFile} has no balancer, which a load goes through; npm run lab -- up ten makes a lab that has one`,
    );
  const { authority, next, retiring } = pkiFiles(topology);
  return {
    address: balancer.address,
    sites: sitesOf(topology),
    // As the nodes: while an authority is being replaced, the one before it and the next one count as well.
    authorities: () =>
      [authority.certificate, next.certificate, retiring]
        .flatMap((file) => (existsSync(file) ? [readFileSync(file, 'utf8')] : []))
        .join(''),
    servers: [...new Set(topology.nodes.map(({ address }) => address))],
  };
}

/** All that the balancer of a topology answers to. */
export function sitesOf(topology: Topology): LoadSite[] {
  const { listeners, upstreams } = balancerModel(topology);
  return listeners.flatMap(({ port, tls, sites }) =>
    sites.map(({ hostname, upstream }) => {
      const affinity = upstreams.find(({ name }) => name === upstream)?.affinity;
      return { role: roleOf(upstream), use: useOf(upstream, affinity), hostname, port, tls };
    }),
  );
}

function roleOf(upstream: string): Role {
  const found = roles.find(({ group }) => upstream === group || upstream.startsWith(`${group}_`));
  if (found === undefined) throw new TypeError(`${upstream} is no upstream of a role`);
  return found.role;
}

function useOf(upstream: string, affinity: 'browser' | 'client' | 'none' | undefined): Use {
  if (affinity === 'browser') return 'portal';
  if (affinity === 'client') return 'services';
  return /^gateway_wss?(_\d+)?$/.test(upstream) ? 'sockets' : 'apis';
}
