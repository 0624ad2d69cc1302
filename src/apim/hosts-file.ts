import { balancedUrls, urlHost } from './entries.ts';
import type { Topology } from './topology.ts';

/** Where a server keeps names that DNS lacks. */
export const hostsFile = '/etc/hosts';

const begin = '# BEGIN apim-orchestrate';
const end = '# END apim-orchestrate';

/**
 * The file with our marked block in it, brought up to date; everything else stays as it is, byte for byte. A mark whose
 * other half is gone is just another line.
 */
export function mergeHosts(existing: string, topology: Topology): string {
  const block = [begin, ...lines(topology), end, ''].join('\n');
  const found = ours.exec(existing);
  if (found === null) return `${existing}${existing === '' || existing.endsWith('\n') ? '' : '\n'}${block}`;
  return existing.slice(0, found.index) + block + existing.slice(found.index + found[0].length);
}

const ours = new RegExp(`^${begin}\\n(?:(?!${begin}$).*\\n)*?${end}(?:\\n|$)`, 'm');

/** One line an address: co-located nodes share it, and so do the balancer and the names it answers to. */
function lines(topology: Topology): string[] {
  const { nodes, balancers, settings } = topology;
  const names = new Map<string, string[]>();
  const add = (address: string, name: string) => {
    const known = names.get(address) ?? [];
    if (!known.includes(name)) names.set(address, [...known, name]);
  };
  for (const { address, hostname } of [...nodes, ...balancers]) add(address, hostname);
  const front = settings.loadBalancer?.address ?? balancers[0]?.address;
  if (front !== undefined) for (const url of balancedUrls(topology)) add(front, urlHost(url));
  return [...names].map(([address, all]) => `${address} ${all.join(' ')}`);
}
