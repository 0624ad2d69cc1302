import { UsageError } from '../errors.ts';
import type { Host, Inventory } from './inventory.ts';

/**
 * The hosts that an Ansible host pattern names: `all`, names, groups, globs, `~regex`, joined by `:` or `,`, with `!`
 * for "but not" and `&` for "and also". Throws `UsageError` if nothing fits.
 */
export function selectHosts(inventory: Inventory, pattern: string): readonly Host[] {
  const parts = pattern
    .split(/[,:]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const wanted = parts.filter((part) => !/^[!&]/.test(part));
  const chosen = new Set((wanted.length === 0 ? ['all'] : wanted).flatMap((part) => match(inventory, part)));
  for (const part of parts) {
    if (part.startsWith('&')) {
      const also = new Set(match(inventory, part.slice(1)));
      for (const name of chosen) if (!also.has(name)) chosen.delete(name);
    }
    if (part.startsWith('!')) for (const name of match(inventory, part.slice(1))) chosen.delete(name);
  }
  const hosts = inventory.hosts.filter((host) => chosen.has(host.name));
  if (hosts.length > 0) return hosts;
  const known = [...inventory.groups.keys(), ...inventory.hosts.map((host) => host.name)];
  throw new UsageError(`the pattern "${pattern}" fits no host; there are: ${known.join(', ')}`);
}

function match(inventory: Inventory, part: string): string[] {
  const all = inventory.hosts.map((host) => host.name);
  if (part === 'all' || part === '*') return all;
  const fits = part.startsWith('~')
    ? new RegExp(`^(?:${part.slice(1)})`)
    : new RegExp(
        `^${part
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
  const groups = [...inventory.groups].filter(([name]) => fits.test(name)).flatMap(([, members]) => members);
  return [...groups, ...all.filter((name) => fits.test(name))];
}
