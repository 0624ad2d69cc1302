import { isIP } from 'node:net';
import { UsageError } from '../../errors.ts';

export const topologies = ['one', 'five', 'pairs'] as const;
export const balancers = ['nginx', 'haproxy', 'external'] as const;
export const databases = ['mysql', 'mariadb', 'postgresql', 'mssql', 'oracle', 'db2'] as const;

/** What has to be known to write an inventory. */
export interface Answers {
  readonly topology: (typeof topologies)[number];
  /** Of pairs: who sends requests to which of two. */
  readonly balancer: (typeof balancers)[number];
  /** Addresses or names, in the order of `serversOf`. */
  readonly hosts: readonly string[];
  /** Of pairs: the file system that they share, as `server:/folder`; empty where that is not known yet. */
  readonly shared: string;
  readonly domain: string;
  readonly user: string;
  readonly pack: string;
  readonly database: (typeof databases)[number];
  readonly databaseHost: string;
  readonly driver: string;
  /** Who creates databases and users; empty where they are there. */
  readonly administrator: string;
}

/** A component, as inventories and people call it. */
export interface Component {
  readonly group: string;
  readonly short: string;
  readonly title: string;
  /** Of all ports, where all stand on one server. */
  readonly offset: number;
}

/** In the order in which they start. */
export const components: readonly Component[] = [
  { group: 'key_manager', short: 'km', title: 'Key Manager', offset: 0 },
  { group: 'traffic_manager', short: 'tm', title: 'Traffic Manager', offset: 3 },
  { group: 'publisher', short: 'pub', title: 'Publisher', offset: 1 },
  { group: 'devportal', short: 'dev', title: 'Developer Portal', offset: 2 },
  { group: 'gateway', short: 'gw', title: 'Gateway', offset: 4 },
];

/** The servers that are asked for, each by the name that it has in the inventory and what it is. */
export function serversOf({
  topology,
}: Pick<Answers, 'topology'>): { readonly name: string; readonly what: string }[] {
  if (topology === 'one') return [{ name: 'apim', what: 'the server' }];
  if (topology === 'five') return components.map(({ short, title }) => ({ name: short, what: title }));
  return [
    ...components.flatMap(({ short, title }) =>
      [1, 2].map((twin) => ({ name: `${short}${twin}`, what: `${title} ${twin}` })),
    ),
    { name: 'lb', what: 'load balancer' },
  ];
}

/** The domain of the first name among hosts. */
export function domainOf(hosts: readonly string[]): string {
  const named = hosts.find((host) => isIP(host) === 0 && host.includes('.'));
  return named === undefined ? 'example.com' : named.slice(named.indexOf('.') + 1);
}

/** An address or a name of a server; not where a user or a port stands beside it. Throws `UsageError`. */
export function hostIn(text: string): string {
  if (isIP(text) > 0 || /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,62})(\.[a-z\d]([a-z\d-]{0,62}))*$/i.test(text))
    return text;
  throw new UsageError(`${JSON.stringify(text)} is no name and no address of a server`);
}
