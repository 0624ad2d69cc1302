import type { Secret } from '../../secret.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { type AccountWords, accountWordsOf, type Own } from './accounts.ts';
import { type Made, madeBy } from './sql-script.ts';
import { databaseAddress, isSpoken, type Which } from './urls.ts';
import { type Words, wordsOf } from './words.ts';

/** A way into a database server. */
interface Access {
  readonly type: 'mysql' | 'postgresql';
  readonly host: string;
  readonly port: number;
  readonly name?: string;
  readonly username: string;
  readonly password: Secret;
  readonly tls?: { readonly verified: boolean; readonly caFile?: string };
}

/** One database that the product needs, and all that is asked and done about it. */
export interface DatabaseNeed {
  readonly which: Which;
  readonly name: string;
  readonly asUser: Access & { readonly name: string };
  readonly asAdministrator: Access | undefined;
  /** The database and its user as they are to be, and what an administrator says about them. */
  readonly own: Own;
  readonly account: AccountWords;
  /** Error codes that mean that a database or a user is there already, or that somebody says the same at this moment. */
  readonly alreadyThere: readonly string[];
  /** Whether what is there and not ours may be changed. */
  readonly adopt: boolean;
  /** Whether its server may be older than the product is made for. */
  readonly anyVersion: boolean;
  /** Of its server. */
  readonly words: Words;
  scriptPath(node: Node): string;
  /** What the archive's script makes there. */
  madeBy(script: string): Made;
  /** The tables that the schema is known by and that are not among `tables`. */
  missing(tables: readonly string[]): string[];
}

/** Tables by which a schema is known: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/setup/setting-up-databases/overview/ */
const markers = {
  apim: ['IDN_BASE_TABLE', 'IDN_OAUTH2_ACCESS_TOKEN', 'AM_API', 'AM_SUBSCRIBER'],
  shared: ['REG_CLUSTER_LOCK', 'REG_RESOURCE', 'UM_TENANT', 'UM_USER'],
} as const;

/**
 * Of PostgreSQL: duplicate_database, duplicate_object, unique_violation, and "tuple concurrently updated", which is how two
 * runs notice one another. What counts is what is found afterwards.
 */
const alreadyThere = ['42P04', '42710', '23505', 'XX000'];

/** A database and where it is, for people: `apim_db at db.example.com:3306`. */
export function databasePlace({ name, asUser }: DatabaseNeed): string {
  return `${name} at ${asUser.host}:${asUser.port}`;
}

/** The two databases of the product; none where they are on a server that this tool cannot talk to. */
export function databaseNeeds(topology: Topology): DatabaseNeed[] {
  if (!isSpoken(topology.settings.database.type)) return [];
  return (['shared', 'apim'] as const).map((which) => need(topology, which));
}

function need({ settings, nodes }: Topology, which: Which): DatabaseNeed {
  const { type, tls, ca, [which]: own } = settings.database;
  const administrator = own.administrator ?? settings.database.administrator;
  const { host, port } = databaseAddress(settings.database, which);
  const dialect = type === 'postgresql' ? 'postgresql' : 'mysql';
  const secured = { verified: tls === 'verified', ...(ca === undefined ? {} : { caFile: ca }) };
  const server = { type: dialect, host, port, ...(tls === 'off' ? {} : { tls: secured }) } as const;
  const words = wordsOf[dialect];
  return {
    which,
    name: own.name,
    asUser: { ...server, name: own.name, username: own.username, password: own.password },
    asAdministrator: administrator === undefined ? undefined : { ...server, ...administrator },
    own: { ...own, nodes: nodes.map(({ hostname }) => hostname) },
    account: accountWordsOf[dialect],
    adopt: settings.database.adopt,
    anyVersion: settings.database.any_version,
    alreadyThere,
    words,
    scriptPath: ({ home }) => `${home}/dbscripts/${which === 'apim' ? 'apimgt/' : ''}${dialect}.sql`,
    madeBy: (script) => madeBy(script, dialect),
    missing(tables) {
      const there = new Set(tables.map((name) => name.toLowerCase()));
      return markers[which].filter((name) => !there.has(name.toLowerCase()));
    },
  };
}
