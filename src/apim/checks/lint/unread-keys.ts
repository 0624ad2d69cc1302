import { nearest } from '../../../input/decode.ts';
import type { Node, Topology } from '../../cluster/topology.ts';
import { isTree } from '../../config/overrides.ts';
import { readTables } from '../../release/keys-3.2.0.ts';
import type { Finding } from './finding.ts';

/** Keys that somebody might well expect to be read, and what to do instead. */
const known: readonly (readonly [name: string, better: string])[] = [
  ['apim.throttling.skip_redeploying_policies', 'it is a key of later versions: leave it out'],
  [
    'apim.oauth_config.remove_outbound_auth_header',
    'say enable_outbound_auth_header, which means the opposite',
  ],
  ['apim.workflow.username', 'say wf_engine_user'],
  ['apim.workflow.password', 'say wf_engine_pass'],
  ['apim.key_manager.pool', 'leave it out: this version has no pool of connections there'],
  [
    'transport.receiver.ssl_enabled_protocols',
    'leave it out: its template writes another name; set hardening, which has Java do it',
  ],
  ['transport.receiver.ciphers', 'leave it out: its template writes another name'],
];

/** Tables of which nothing is known: their templates are not the product’s own. One is read by updated packs only. */
const unknown = [
  'captcha',
  'recaptcha',
  'consent',
  'consent_mgt',
  'metrics',
  'tenant_mgt',
  'apim.cache_invalidation',
];

/** Where templates are: who brings one of his own may have it read what he likes. */
const templates = 'repository/resources/conf/';

/** The keys of somebody’s own content that the product does not read, once for each place where one is written. */
export function unreadKeys({ nodes }: Topology): Finding[] {
  const found = nodes
    .filter(({ files }) => !files.some(({ to }) => to.startsWith(templates)))
    .flatMap((node) => [
      ...unreadIn(node, 'deployment_toml', node.deploymentToml),
      ...unreadIn(node, 'deployment_toml_append', node.deploymentTomlAppend),
    ]);
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}

function unreadIn(node: Node, setting: string, tree: unknown): Finding[] {
  return leaves(tree, [], []).flatMap(({ path, name }): Finding[] => {
    if (isRead(name)) return [];
    return [
      {
        ...node.host.position(['apim', setting, ...path]),
        path: `apim.${setting}.${path.join('.')}`,
        message: 'is not read by API Manager 3.2.0',
        code: 'override-unread',
        severity: 'warning',
        why: 'no template of the product has this key, so it does nothing; an updated pack may know more',
        fix: betterThan(name),
      },
    ];
  });
}

interface Leaf {
  /** The way to it in the inventory. */
  readonly path: readonly string[];
  /** Its name as the product would look for it, each part a key; an array of tables ends in `[]`. */
  readonly name: readonly string[];
}

function leaves(value: unknown, path: readonly string[], name: readonly string[]): Leaf[] {
  if (Array.isArray(value) && value.some(isTree))
    return value.flatMap((each, index) =>
      leaves(each, [...path, String(index)], [...name.slice(0, -1), `${name.at(-1)}[]`]),
    );
  if (!isTree(value)) return [{ path, name }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key], [...name, key]));
}

interface Reading {
  /** Names that are read. */
  readonly names: ReadonlySet<string>;
  /** Names below which everything is read. */
  readonly open: ReadonlySet<string>;
}

/** What is read as a whole, and has no keys of its own in the list, may hold anything. */
const reading: Reading = (() => {
  const rows = readTables
    .trim()
    .split('\n')
    .map((line) => line.split(': ') as [string, string])
    .map(([table, keys]) => ({ table: table === '-' ? '' : `${table}.`, keys: keys.split(' ') }));
  const withTables = new Set(rows.flatMap(({ table }) => above(table)));
  const names = rows.flatMap(({ table, keys }) =>
    keys.filter((key) => key !== '*').map((key) => table + key),
  );
  const open = rows.filter(({ keys }) => keys.includes('*')).map(({ table }) => table.slice(0, -1));
  return {
    names: new Set(names),
    open: new Set([...open, ...unknown, ...names.filter((name) => !withTables.has(name))]),
  };
})();

/** All that a table is in: `a`, `a.b` and `a.b[]` for `a.b[].c.`. */
function above(table: string): string[] {
  return [...table.matchAll(/\.|\[\]/g)].map(({ index }) => table.slice(0, index));
}

/** A list of plain values is as good as the array of the same name, of which the product takes the elements. */
function isRead(name: readonly string[]): boolean {
  const whole = nameOf(name);
  if (known.some(([dead]) => whole === dead || whole.startsWith(`${dead}.`))) return false;
  if (reading.names.has(whole) || reading.open.has(whole) || reading.open.has(`${whole}[]`)) return true;
  return name.some((_part, index) => reading.open.has(nameOf(name.slice(0, index))));
}

/** A key with a dot in it is one key, not a way through tables. */
function nameOf(parts: readonly string[]): string {
  return parts.map((part) => (part.includes('.') ? `'${part}'` : part)).join('.');
}

function betterThan(name: readonly string[]): string {
  const whole = nameOf(name);
  const told = known.find(([dead]) => whole === dead || whole.startsWith(`${dead}.`));
  if (told !== undefined) return told[1];
  const plain = (text: string) => text.replaceAll('[]', '').replaceAll("'", '');
  const open = [...reading.open].filter((each) => !reading.names.has(each));
  const around = nearest(plain(nameOf(name.slice(0, -1))), open.map(plain));
  const candidates = [
    ...reading.names,
    ...open.filter((each) => plain(each) === around).map((each) => `${each}.${name.at(-1)}`),
  ];
  const best = nearest(plain(whole), candidates.map(plain));
  if (best === undefined) return 'leave it out';
  const form = candidates.find((each) => plain(each) === best) ?? best;
  if (best !== plain(whole)) return `say ${best}, the nearest that is read, or leave it out`;
  return form.includes('[]')
    ? `say it as a list of tables: the product reads ${form}`
    : `say it as nested keys, not as a list and not as one key: the product reads ${form}`;
}
