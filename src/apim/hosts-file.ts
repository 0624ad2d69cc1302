import type { Topology } from './topology.ts';

/** Where a server keeps names that DNS lacks. */
export const hostsFile = '/etc/hosts';

const begin = '# BEGIN apim-orchestrate';
const end = '# END apim-orchestrate';

/** The file with our marked block in it, brought up to date; everything else stays as it is, byte for byte. */
export function mergeHosts(existing: string, topology: Topology): string {
  const block = [begin, ...lines(topology), end, ''].join('\n');
  const from = existing.indexOf(begin);
  const to = existing.indexOf(end, from);
  if (from >= 0 && to >= 0) {
    const rest = existing.slice(to + end.length).replace(/^\n/, '');
    return existing.slice(0, from) + block + rest;
  }
  // A block whose end somebody cut off: its own lines end at the first that is not an address and names.
  if (from >= 0) {
    const rest = existing.slice(from).split('\n').slice(1);
    const stale = rest.findIndex((line) => !lines(topology).includes(line));
    return existing.slice(0, from) + block + rest.slice(Math.max(stale, 0)).join('\n');
  }
  return `${existing}${existing === '' || existing.endsWith('\n') ? '' : '\n'}${block}`;
}

/** One line an address: co-located nodes share it. */
function lines({ nodes }: Topology): string[] {
  const names = new Map<string, string[]>();
  for (const node of nodes) {
    const known = names.get(node.address) ?? [];
    if (!known.includes(node.hostname)) names.set(node.address, [...known, node.hostname]);
  }
  return [...names].map(([address, all]) => `${address} ${all.join(' ')}`);
}
