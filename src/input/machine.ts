import type { Login, SshLogin } from './inventory.ts';

/**
 * Which machine a login leads to, as a text: two entries with the same one are one machine. Behind different jump hosts the
 * same address is another machine.
 */
export function machineOf(login: Login): string {
  if (login.kind === 'local') return 'local';
  return [`${login.address}:${login.port}`, ...wayTo(login)].join(' through ');
}

/** How people know a login: `wso2@10.0.0.11`. */
export function nameOfLogin({ user, address, port }: SshLogin): string {
  return `${user}@${address}${port === 22 ? '' : `:${port}`}`;
}

function wayTo({ way }: SshLogin): string[] {
  if (way === undefined) return [];
  return 'command' in way ? [way.command] : [machineOf(way.jump)];
}
