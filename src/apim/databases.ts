import { Secret } from '../secret.ts';
import { databasePlace, isSpoken } from './database-urls.ts';
import type { Node, Topology } from './topology.ts';

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
  readonly name: string;
  readonly asUser: Access & { readonly name: string };
  readonly asAdministrator: Access | undefined;
  /** Creates the database and its user; each is a statement of its own. */
  readonly creation: readonly Secret[];
  /** Error codes of `creation` that mean that it is there already. */
  readonly alreadyThere: readonly string[];
  /** One row a table; its only column is the name. */
  readonly tablesQuery: string;
  readonly loadingMarker: string;
  readonly beginLoading: string;
  readonly endLoading: string;
  /** Drops every table but the marker. What the step found is not needed for it: the server is asked again. */
  dropAll(tables: readonly string[]): string;
  scriptPath(node: Node): string;
  /** The marker tables that are not among `tables` (lower case). */
  missing(tables: readonly string[]): string[];
}

/** Tables by which a schema is known: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/setup/setting-up-databases/overview/ */
const markers = {
  apim: ['IDN_BASE_TABLE', 'IDN_OAUTH2_ACCESS_TOKEN', 'AM_API', 'AM_SUBSCRIBER'],
  shared: ['REG_CLUSTER_LOCK', 'REG_RESOURCE', 'UM_TENANT', 'UM_USER'],
} as const;

const loadingMarker = 'apim_orchestrate_loading';

/** The two databases of the product; none where they are on a server that this tool cannot talk to. */
export function databaseNeeds(topology: Topology): DatabaseNeed[] {
  if (!isSpoken(topology.settings.database.type)) return [];
  return (['shared', 'apim'] as const).map((which) => need(topology, which));
}

function need({ settings }: Topology, which: 'apim' | 'shared'): DatabaseNeed {
  const { type, tls, ca, [which]: own } = settings.database;
  const administrator = own.administrator ?? settings.database.administrator;
  const { host, port } = databasePlace(settings.database, which);
  const dialect = type === 'postgresql' ? 'postgresql' : 'mysql';
  const secured = { verified: tls === 'verified', ...(ca === undefined ? {} : { caFile: ca }) };
  const server = { type: dialect, host, port, ...(tls === 'off' ? {} : { tls: secured }) } as const;
  const q = dialect === 'mysql' ? mysqlWords : postgresqlWords;
  return {
    name: own.name,
    asUser: { ...server, name: own.name, username: own.username, password: own.password },
    asAdministrator: administrator === undefined ? undefined : { ...server, ...administrator },
    creation: q.create(own),
    alreadyThere: ['42P04', '42710'],
    tablesQuery: q.tables,
    loadingMarker,
    beginLoading: `CREATE TABLE IF NOT EXISTS ${loadingMarker} (started INT)`,
    endLoading: `DROP TABLE ${loadingMarker}`,
    dropAll: q.dropAll,
    scriptPath: ({ home }) => `${home}/dbscripts/${which === 'apim' ? 'apimgt/' : ''}${dialect}.sql`,
    missing: (tables) => markers[which].filter((name) => !tables.includes(name.toLowerCase())),
  };
}

/** Whether a database has no tables, all that it is known by, or some. Names in lower case. */
export function judgeTables(wanted: DatabaseNeed, tables: readonly string[]): 'empty' | 'complete' | 'half' {
  if (wanted.missing(tables).length === 0) return 'complete';
  return tables.length === 0 ? 'empty' : 'half';
}

interface Own {
  readonly name: string;
  readonly username: string;
  readonly password: Secret;
}

function statement(text: (password: string) => string, { password }: Own): Secret {
  return Secret.document(text(password.reveal()), text('(secret)'));
}

const mysqlWords = {
  tables: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  /** A binary collation: the product needs names that differ in case to differ. latin1 keeps its keys short enough. */
  create(own: Own): Secret[] {
    const user = `'${own.username}'@'%'`;
    const plain = (text: string) => Secret.document(text, text);
    // In a grant, _ stands for any character unless it is escaped.
    const pattern = own.name.replaceAll('_', '\\_');
    return [
      plain(`CREATE DATABASE IF NOT EXISTS \`${own.name}\` CHARACTER SET latin1 COLLATE latin1_bin`),
      statement((password) => `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY ${mysqlText(password)}`, own),
      statement((password) => `ALTER USER ${user} IDENTIFIED BY ${mysqlText(password)}`, own),
      plain(`GRANT ALL PRIVILEGES ON \`${pattern}\`.* TO ${user}`),
    ];
  },
  /** The names are looked up there: here they are in lower case, and MySQL tells `AM_API` from `am_api`. */
  dropAll: () =>
    [
      'SET FOREIGN_KEY_CHECKS = 0',
      'SET SESSION group_concat_max_len = 1048576',
      `SELECT GROUP_CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`') INTO @doomed FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name <> '${loadingMarker}'`,
      "SET @drop_all = IF(@doomed IS NULL, 'DO 0', CONCAT('DROP TABLE ', @doomed))",
      'PREPARE drop_all FROM @drop_all',
      'EXECUTE drop_all',
      'DEALLOCATE PREPARE drop_all',
      'SET FOREIGN_KEY_CHECKS = 1',
    ].join(';\n'),
};

const postgresqlWords = {
  tables: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
  create(own: Own): Secret[] {
    const role = `"${own.username}"`;
    return [
      statement((password) => `CREATE ROLE ${role} LOGIN PASSWORD ${postgresqlText(password)}`, own),
      statement((password) => `ALTER ROLE ${role} LOGIN PASSWORD ${postgresqlText(password)}`, own),
      // PostgreSQL lets only members of a role make it an owner.
      Secret.document(`GRANT ${role} TO CURRENT_USER`, `GRANT ${role} TO CURRENT_USER`),
      Secret.document(
        `CREATE DATABASE "${own.name}" OWNER ${role}`,
        `CREATE DATABASE "${own.name}" OWNER ${role}`,
      ),
    ];
  },
  dropAll: () =>
    [
      'DO $$ DECLARE doomed record; BEGIN',
      `FOR doomed IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename <> '${loadingMarker}'`,
      "LOOP EXECUTE 'DROP TABLE IF EXISTS ' || quote_ident(doomed.name) || ' CASCADE'; END LOOP;",
      'FOR doomed IN SELECT sequence_name AS name FROM information_schema.sequences WHERE sequence_schema = current_schema()',
      "LOOP EXECUTE 'DROP SEQUENCE IF EXISTS ' || quote_ident(doomed.name) || ' CASCADE'; END LOOP;",
      'END $$',
    ].join('\n'),
};

function mysqlText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function postgresqlText(value: string): string {
  return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
