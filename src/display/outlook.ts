import type { Event } from '../engine/event.ts';
import { count } from './words.ts';

type Planned = Extract<Event, { type: 'change-planned' }>;

const became = { start: 'started', restart: 'restarted', stop: 'stopped' } as const;

/** So many names are read; more are counted. */
const namesAtMost = 6;

/** What would become of servers, in a sentence each: `gw1, gw2 would be restarted`. */
export function serversTold(changes: readonly Pick<Planned, 'host' | 'server'>[]): string[] {
  return (['start', 'restart', 'stop'] as const).flatMap((what) => {
    const hosts = [...new Set(changes.flatMap(({ host, server }) => (server === what ? [host] : [])))];
    if (hosts.length === 0) return [];
    const who = hosts.length > namesAtMost ? count(hosts.length, 'server') : hosts.join(', ');
    return [`${who} would be ${became[what]}`];
  });
}

/** So many hosts are told of one by one. */
const rowsAtMost = 20;

/** What a run would do, with a line for each host. */
export function outlook(changes: readonly Planned[]): string[] {
  const hosts = [...new Set(changes.map(({ host }) => host))];
  const shown = hosts.length > rowsAtMost ? hosts.slice(0, rowsAtMost - 1) : hosts;
  const width = Math.max(...shown.map((host) => host.length), 0);
  const rows = shown.map((host) => {
    const own = changes.filter((change) => change.host === host);
    const servers = new Set(own.flatMap(({ server }) => (server === undefined ? [] : [became[server]])));
    return `  ${host.padEnd(width)}  ${[count(own.length, 'change'), ...servers].join(', ')}`;
  });
  const left = hosts.length - shown.length;
  return [
    [
      `${count(changes.length, 'change')} would be made on ${count(hosts.length, 'host')}`,
      ...serversTold(changes),
    ].join('; '),
    ...rows,
    ...(left === 0 ? [] : [`  and ${count(left, 'host')} more`]),
  ];
}
