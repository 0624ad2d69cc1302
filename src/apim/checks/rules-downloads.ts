import type { Issue } from '../../errors.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { type DownloadSettings, downloadOf } from '../settings/download.ts';
import { nodeIssue } from './node-issue.ts';

/** Something to download, and where in the inventory it stands. */
export interface NamedDownload {
  readonly node: Node;
  /** Below `apim`: `pack`, `database.driver`, `files.0`. */
  readonly key: string;
  readonly settings: DownloadSettings;
  /** Whether the file has its name from the address. */
  readonly named: boolean;
}

/** Everything that servers may have to download. */
export function allDownloads({ settings, nodes }: Topology): NamedDownload[] {
  const [first] = nodes;
  if (first === undefined) return [];
  return [
    { node: first, key: 'pack', settings: settings.pack, named: false },
    { node: first, key: 'database.driver', settings: settings.database.driver, named: true },
    ...nodes.flatMap((node) =>
      node.files.map((file, index) => ({
        node,
        key: `files.${index}`,
        settings: file,
        named: !file.to.includes('/'),
      })),
    ),
  ].filter((each) => downloadOf(each.settings) !== undefined);
}

/** Secrets where everybody would see them. */
export function exposedSecrets(topology: Topology): Issue[] {
  return allDownloads(topology).flatMap(({ node, key, settings: { url, proxy } }) => [
    ...(hasUser(url)
      ? [
          nodeIssue(
            node,
            `${key}.url`,
            `holds a user, a password or a token: take it out, and give ${key}.username and ${key}.password, or ${key}.headers`,
          ),
        ]
      : []),
    ...(hasUser(proxy)
      ? [
          nodeIssue(
            node,
            `${key}.proxy`,
            `holds a user: take it out, and give ${key}.proxy_username and ${key}.proxy_password`,
          ),
        ]
      : []),
  ]);
}

function hasUser(address: string | undefined): boolean {
  if (address === undefined) return false;
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(address)?.[1] ?? '';
  return authority.includes('@');
}

/** Our own part of a request: what is asked for, and how much of it. */
const taken = ['range', 'if-range', 'host', 'content-length', 'transfer-encoding', 'proxy-authorization'];

/** What cannot be said in a request. */
export function brokenDownloads(topology: Topology): Issue[] {
  return allDownloads(topology).flatMap(({ node, key, settings, named }) => {
    const { url = '', username, password, headers = {}, proxy, proxy_username, proxy_password } = settings;
    const issue = (name: string, message: string) => nodeIssue(node, `${key}.${name}`, message);
    const texts = [
      ['username', username],
      ['password', password?.reveal()],
      ['proxy_username', proxy_username],
      ['proxy_password', proxy_password?.reveal()],
      ...Object.entries(headers).map(([name, value]) => [`headers.${name}`, value.reveal()]),
    ] as [string, string | undefined][];
    return [
      ...(named && !/\/[\w.@#+-]*[\w@#+-]$/.test(new URL(url).pathname)
        ? [issue('url', 'must end with the name of the file, in letters, digits and . _ @ + -')]
        : []),
      ...texts
        .filter(([, text]) => text !== undefined && [...text].some(isControl))
        .map(([name]) => issue(name, 'must be one line, without control characters')),
      // What stands in a line of a configuration file loses them.
      ...texts
        .filter(([name, text]) => /^(proxy_|headers\.)/.test(name) && text !== text?.trim())
        .map(([name]) => issue(name, 'must not begin or end with a blank')),
      ...texts
        .filter(([name, text]) => name.endsWith('username') && text?.includes(':') === true)
        .map(([name]) => issue(name, 'must have no colon in it: it would end there')),
      ...Object.keys(headers)
        .filter((name) => taken.includes(name.toLowerCase()))
        .map((name) => issue(`headers.${name}`, 'is not yours to set: it is part of every download')),
      ...(username === undefined && password === undefined
        ? []
        : Object.keys(headers)
            .filter((name) => name.toLowerCase() === 'authorization')
            .map((name) => issue(`headers.${name}`, 'says who asks, and so do username and password'))),
      ...(proxy === undefined && (proxy_username !== undefined || proxy_password !== undefined)
        ? [issue('proxy_username', 'and proxy_password need a proxy')]
        : []),
    ];
  });
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 32 || code === 127;
}
