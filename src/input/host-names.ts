import { isIP } from 'node:net';
import { addressIn } from './patterns/address.ts';
import { expandRange } from './range.ts';

/** The hosts that one entry names, and the port for all of them, if it names one; or why it cannot stand. */
export interface HostNames {
  readonly names: readonly string[];
  readonly port?: number;
  readonly wrong?: string;
}

/** Reads a name as Ansible does: `gw`, `gw[1:3].example.com`, `gw:2222`, `[2001:db8::1]:22`. */
export function namesIn(pattern: string): HostNames {
  const refuse = (wrong: string): HostNames => ({ names: [], wrong });
  if (pattern.trim() === '') return refuse('a host needs a name');
  if (/\p{Cc}/u.test(pattern)) return refuse('a name of a host has no control characters');
  const found = addressIn(pattern);
  const { address, port } = found ?? { address: pattern, port: undefined };
  if (port !== undefined && (port < 1 || port > 65_535))
    return refuse(`the port in "${pattern}" is none: 1 to 65535`);
  const bare = /^\[([^[\]]*)\]$/.exec(address)?.[1];
  if (bare !== undefined && isIP(bare) !== 0)
    return refuse(`write ${bare}, without brackets; with a port, [${bare}]:22`);
  if (found === undefined && /(?:^[^[]*|\][^[\]]*):\d*$/.test(pattern) && isIP(pattern) === 0)
    return refuse(`what stands before the port in "${pattern}" is no name of a host and no address`);
  const { names, wrong } = expandRange(address);
  if (wrong !== undefined) return refuse(`the range in "${pattern}" makes no sense: ${wrong}`);
  return { names, ...(port === undefined ? {} : { port }) };
}
