import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Document, isMap, type Node, type YAMLMap } from 'yaml';
import { analyticsCertificate } from '../standin/stores.ts';

/** Settings as they stand in YAML. */
export type Settings = Readonly<Record<string, unknown>>;

/** One host of the inventory, in one group. */
export interface Entry {
  readonly group: string;
  /** Its name in the inventory; entries that share an address are nodes side by side on one server. */
  readonly name: string;
  readonly address: string;
  /** The name that certificates and peers know it by; without one it gets no `apim` settings of its own. */
  readonly hostname?: string;
  readonly offset?: number;
  /** More `apim` settings of this host, merged over the ones above. */
  readonly apim?: Settings;
  /** More variables of this host, such as `ansible_user`. */
  readonly vars?: Settings;
}

/** What an inventory says; paths stand in it as they are given. */
export interface InventoryDescription {
  readonly entries: readonly Entry[];
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly user?: string;
  /** Without a pack there is no `apim` section at all: bare hosts. */
  readonly pack?: { readonly path: string; readonly sha256: string };
  /** Address of the MariaDB server, when the deployment has one. */
  readonly databaseAddress?: string;
  /** Settings merged over the `apim` section of all hosts; `undefined` takes a setting out. */
  readonly apim?: Settings;
  /** Variables merged over the ones of all hosts; `undefined` takes a variable out. */
  readonly vars?: Settings;
}

/** The files that the inventory refers to as `file:secrets/NAME`. */
export const secretNames = ['admin', 'keystore', 'db-admin', 'apim-db', 'shared-db'] as const;

/** The inventory of a lab as YAML text with comments. */
export function inventoryText(description: InventoryDescription): string {
  const login = {
    ansible_user: description.user ?? 'wso2',
    ansible_ssh_private_key_file: description.keyFile,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${description.knownHostsFile}`,
    ansible_become: true,
  };
  const apim = merge(defaultSettings(description), description.apim ?? {});
  const vars = merge(Object.keys(apim).length > 0 ? { ...login, apim } : login, description.vars ?? {});
  const document = new Document({ all: { vars, children: children(description.entries) } });
  addComments(document);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Merges maps key by key and all else as a whole; `undefined` takes a key out. */
export function merge(below: Settings, above: Settings): Settings {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = merged[key];
    if (value === undefined) delete merged[key];
    else merged[key] = isSettings(under) && isSettings(value) ? merge(under, value) : value;
  }
  return merged;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The product's is known to the tool; the stand-in has one of its own. */
function publicHere(): string {
  const { fingerprint256 } = new X509Certificate(readFileSync(analyticsCertificate));
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

function defaultSettings({ pack, databaseAddress }: InventoryDescription): Settings {
  if (pack === undefined) return {};
  const settings = {
    pack,
    java: { accept: [17] },
    map_hosts: true,
    memory: { initial: '64m', maximum: '256m' },
    admin: { username: 'admin', password: 'file:secrets/admin' },
    keystore: { password: 'file:secrets/keystore' },
    certificates: { distrust: [publicHere()] },
  };
  if (databaseAddress === undefined) return settings;
  const database = {
    type: 'mariadb',
    host: databaseAddress,
    driver: { path: '/usr/share/java/mariadb-java-client.jar' },
    administrator: { username: 'orchestrator', password: 'file:secrets/db-admin' },
    apim: { name: 'apim_db', username: 'apim', password: 'file:secrets/apim-db' },
    shared: { name: 'shared_db', username: 'shared', password: 'file:secrets/shared-db' },
  };
  return { ...settings, database };
}

function children(entries: readonly Entry[]): Settings {
  const groups: Record<string, { hosts: Record<string, Settings> }> = {};
  for (const entry of entries) {
    const group = groups[entry.group] ?? { hosts: {} };
    group.hosts[entry.name] = hostVars(entry);
    groups[entry.group] = group;
  }
  return groups;
}

function hostVars(entry: Entry): Settings {
  const node = {
    ...(entry.hostname === undefined ? {} : { hostname: entry.hostname }),
    ...(entry.offset === undefined ? {} : { offset: entry.offset }),
  };
  const apim = merge(node, entry.apim ?? {});
  const settings = Object.keys(apim).length > 0 ? { apim } : {};
  return merge({ ansible_host: entry.address, ...settings }, entry.vars ?? {});
}

const comments: readonly (readonly [path: readonly string[], comment: string])[] = [
  [
    ['all', 'vars', 'ansible_user'],
    'How every server is entered: by key, as a user who may become another by sudo.',
  ],
  [['all', 'vars', 'apim'], 'What is deployed. The keys are explained in inventory.example.yaml.'],
  [['all', 'vars', 'apim', 'pack'], 'The archive is uploaded once a server and unpacked once a node.'],
  [
    ['all', 'vars', 'apim', 'java'],
    'The product wants Java 8 or 11; the stand-in runs with this one as well.',
  ],
  [
    ['all', 'vars', 'apim', 'map_hosts'],
    'No name server knows these hosts: their names go to /etc/hosts of each server.',
  ],
  [
    ['all', 'vars', 'apim', 'admin'],
    'Passwords stand in files of their own, which only their owner may read.',
  ],
  [
    ['all', 'vars', 'apim', 'certificates'],
    'The stand-in trusts a certificate whose key is in another product, as the product does.',
  ],
  [['all', 'vars', 'apim', 'database', 'administrator'], 'Who may create the databases and their users.'],
  [['all', 'children'], 'A component is a group, and each of its hosts a node.'],
];

function addComments(document: Document<Node>): void {
  document.commentBefore = ' Written by `npm run lab -- up`: real SSH hosts on this machine.';
  for (const [path, comment] of comments) {
    const above = document.getIn(path.slice(0, -1));
    if (!isMap(above)) continue;
    const pair = above.items.find((item) => keyOf(item.key) === path.at(-1));
    if (pair !== undefined) {
      const key = document.createNode(keyOf(pair.key));
      key.commentBefore = ` ${comment}`;
      pair.key = key;
    }
  }
  const groups = document.getIn(['all', 'children']);
  for (const group of isMap(groups) ? groups.items : []) {
    const hosts = isMap(group.value) ? group.value.get('hosts') : undefined;
    for (const host of isMap(hosts) ? hosts.items : []) setFlow(host.value);
  }
  setFlow(document.getIn(['all', 'vars', 'apim', 'memory']));
  setFlow(document.getIn(['all', 'vars', 'apim', 'java']));
  for (const part of ['driver', 'administrator', 'apim', 'shared'])
    setFlow(document.getIn(['all', 'vars', 'apim', 'database', part]));
}

function keyOf(key: unknown): string {
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key);
}

function setFlow(value: unknown): void {
  if (isMap(value)) (value as YAMLMap).flow = true;
}
