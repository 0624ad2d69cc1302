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

/** One line an address: co-located nodes share it. */
function lines({ nodes }: Topology): string[] {
  const names = new Map<string, string[]>();
  for (const node of nodes) {
    const known = names.get(node.address) ?? [];
    if (!known.includes(node.hostname)) names.set(node.address, [...known, node.hostname]);
  }
  return [...names].map(([address, all]) => `${address} ${all.join(' ')}`);
}
