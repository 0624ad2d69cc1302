import { mergeBlock } from '../../shell/marked-block.ts';
import { balancedUrls, urlHost } from './entries.ts';
import type { Topology } from './topology.ts';

/** Where a server keeps names that DNS lacks. */
export const hostsFile = '/etc/hosts';

/** The file with the names of all nodes in a block of ours. */
export function mergeHosts(existing: string, topology: Topology): string {
  return mergeBlock(existing, lines(topology));
}

/** The address that the file gives a name of the cluster; undefined for names of others. */
export function mappedAddress(topology: Topology, name: string): string | undefined {
  return [...namesByAddress(topology)].find(([, names]) => names.includes(name))?.[0];
}

/** One line an address: co-located nodes share it, and so do the balancer and the names it answers to. */
function lines(topology: Topology): string[] {
  return [...namesByAddress(topology)].map(([address, names]) => `${address} ${names.join(' ')}`);
}

function namesByAddress(topology: Topology): Map<string, string[]> {
  const { nodes, balancers, settings } = topology;
  const names = new Map<string, string[]>();
  const add = (address: string, name: string) => {
    const known = names.get(address) ?? [];
    if (!known.includes(name)) names.set(address, [...known, name]);
  };
  for (const { address, hostname } of [...nodes, ...balancers]) add(address, hostname);
  const front = settings.loadBalancer?.address ?? balancers[0]?.address;
  if (front !== undefined) for (const url of balancedUrls(topology)) add(front, urlHost(url));
  return names;
}
