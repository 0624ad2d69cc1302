import { Secret } from '../../secret.ts';
import type { Dialect } from './sql-script.ts';
import { mysqlName, mysqlText, postgresqlName, postgresqlText } from './words.ts';

/** The table of ours in a database of MySQL that was made by this tool: it names the user that was made with it, and for which nodes. */
export const ownNote = 'apim_orchestrate';

/** A database and its user, as the inventory has them. */
export interface Own {
  readonly name: string;
  readonly username: string;
  readonly password: Secret;
  /** Names of the nodes that it is for: another cluster may have the same names at the same server. */
  readonly nodes: readonly string[];
}

/** What an administrator sees of a database that its user cannot get into. */
export interface FoundAccount {
  /** Whether the database is there. */
  readonly database: boolean;
  /** Whether the user is there. */
  readonly user: boolean;
  /** Whether the user was let in by its password, and only the database is missing or closed to it. */
  readonly entered: boolean;
  /** Tables in the database, without notes of ours. */
  readonly tables: readonly string[];
  readonly databaseIsOurs: boolean;
  readonly userIsOurs: boolean;
  /** Databases that the user has rights on. */
  readonly rights: readonly string[];
}

/** What an administrator says about a database and its user. */
export interface AccountWords {
  /** One row: `database`, `account`, `rights` (names with commas), and where it is known there `database_note`, `user_note`. */
  survey(own: Own): string;
  /** In the database, if the table of ours is there: `username` and `nodes`. */
  readonly note: string | undefined;
  createUser(own: Own): Secret[];
  setPassword(own: Own): Secret;
  createDatabase(own: Own): Secret;
  /** All rights on a database that is there. */
  give(own: Own): Secret[];
  remember(own: Own): Secret[];
  /** Whether that can be said before the user is there. */
  readonly remembersFirst: boolean;
}

/** What is planned: statements for the administrator; or why nothing is. */
export type AccountPlan =
  | { readonly summary: string; readonly statements: readonly Secret[] }
  | { readonly cause: string; readonly hint: string };

/**
 * Tells apart what is made and what is changed. What is there and not ours is not touched unless the inventory says so:
 * somebody else may live by it.
 */
export function planAccount(
  words: AccountWords,
  own: Own,
  found: FoundAccount,
  place: string,
  adopt: boolean,
): AccountPlan {
  const { name, username } = own;
  if (!adopt && found.user && !found.entered && !found.userIsOurs)
    return {
      cause: `the user ${username} is at ${place} already, with another password than the inventory says, and nothing tells that this tool made it${found.rights.length === 0 ? '' : `; it has rights on ${found.rights.join(', ')}`}`,
      hint: `give the right password in the inventory, or another username; if nobody else lives by this user, database.adopt: true has its password changed`,
    };
  if (!adopt && found.database && found.tables.length > 0 && !found.databaseIsOurs)
    return {
      cause: `the database ${name} is at ${place} already, holds ${counted(found.tables)}, and nothing tells that this tool made it; ${username} cannot use it`,
      hint: `name another database in the inventory, or give ${username} its rights by hand; if this database is meant, database.adopt: true gives them`,
    };
  const user = found.user ? (found.entered ? [] : [words.setPassword(own)]) : words.createUser(own);
  const database = found.database ? [] : [words.createDatabase(own)];
  const remember = words.remember(own);
  // As early as can be: a run may die in between, and the next has to know what is ours.
  const statements = words.remembersFirst
    ? [...database, ...remember, ...user, ...words.give(own)]
    : [...user, ...database, ...words.give(own), ...remember];
  return { summary: summaryOf(own, found), statements };
}

function summaryOf({ name, username }: Own, { database, user, entered, tables }: FoundAccount): string {
  const there =
    tables.length === 0 ? 'which exists and is empty' : `which exists and holds ${counted(tables)}`;
  if (!database && !user) return `create the database ${name} and its user ${username}`;
  if (!database)
    return entered
      ? `create the database ${name} for the user ${username}, which exists`
      : `create the database ${name}, and change the password of the user ${username}, which exists`;
  if (!user) return `create the user ${username}, and give it the database ${name}, ${there}`;
  if (entered) return `give the user ${username}, which exists, the database ${name}, ${there}`;
  return `change the password of the user ${username}, which exists, and give it the database ${name}, ${there}`;
}

function counted(tables: readonly string[]): string {
  return tables.length === 1 ? `1 table (${tables[0]})` : `${tables.length} tables (${tables[0]}, …)`;
}

const mysql: AccountWords = {
  survey({ name, username }) {
    const grantee = mysqlText(`'${username}'@'%'`);
    return [
      `SELECT (SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ${mysqlText(name)}) AS \`database\`,`,
      `(SELECT COUNT(*) FROM information_schema.user_privileges WHERE grantee = ${grantee}) AS account,`,
      `(SELECT GROUP_CONCAT(DISTINCT REPLACE(table_schema, '\\\\_', '_') SEPARATOR ', ') FROM information_schema.schema_privileges WHERE grantee = ${grantee}) AS rights`,
    ].join(' ');
  },
  note: `SELECT username, nodes FROM ${ownNote}`,
  createUser: (own) => [
    secretly(
      (password) => `CREATE USER IF NOT EXISTS ${mysqlUser(own)} IDENTIFIED BY ${mysqlText(password)}`,
      own,
    ),
  ],
  setPassword: (own) =>
    secretly((password) => `ALTER USER ${mysqlUser(own)} IDENTIFIED BY ${mysqlText(password)}`, own),
  // A binary collation: the product needs names that differ in case to differ. latin1 keeps its keys short enough.
  createDatabase: ({ name }) =>
    plainly(`CREATE DATABASE IF NOT EXISTS ${mysqlName(name)} CHARACTER SET latin1 COLLATE latin1_bin`),
  // In a grant, _ stands for any character unless it is escaped.
  give: (own) => [
    plainly(`GRANT ALL PRIVILEGES ON ${mysqlName(own.name.replaceAll('_', '\\_'))}.* TO ${mysqlUser(own)}`),
  ],
  remembersFirst: true,
  remember({ name, username, nodes }) {
    const table = `${mysqlName(name)}.${ownNote}`;
    return [
      plainly(
        `CREATE TABLE IF NOT EXISTS ${table} (id INT NOT NULL PRIMARY KEY, username VARCHAR(128), nodes VARCHAR(2000))`,
      ),
      plainly(
        `REPLACE INTO ${table} (id, username, nodes) VALUES (1, ${mysqlText(username)}, ${mysqlText(nodesText(nodes))})`,
      ),
    ];
  },
};

const madeHere = 'made by apim-orchestrate for ';

const postgresql: AccountWords = {
  survey({ name, username }) {
    const [base, role] = [postgresqlText(name), postgresqlText(username)];
    return [
      `SELECT (SELECT COUNT(*) FROM pg_database WHERE datname = ${base}) AS database,`,
      `(SELECT COUNT(*) FROM pg_roles WHERE rolname = ${role}) AS account,`,
      `(SELECT string_agg(datname, ', ') FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = ${role}) AS rights,`,
      `(SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ${base}) AS database_note,`,
      `(SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ${role}) AS user_note`,
    ].join(' ');
  },
  note: undefined,
  // PostgreSQL lets only members of a role make it an owner.
  createUser: (own) => [
    secretly((password) => `CREATE ROLE ${role(own)} LOGIN PASSWORD ${postgresqlText(password)}`, own),
  ],
  setPassword: (own) =>
    secretly((password) => `ALTER ROLE ${role(own)} LOGIN PASSWORD ${postgresqlText(password)}`, own),
  createDatabase: ({ name }) => plainly(`CREATE DATABASE ${postgresqlName(name)}`),
  give: (own) => [
    plainly(`GRANT ${role(own)} TO CURRENT_USER`),
    plainly(`ALTER DATABASE ${postgresqlName(own.name)} OWNER TO ${role(own)}`),
  ],
  remembersFirst: false,
  remember(own) {
    const note = postgresqlText(`${madeHere}${nodesText(own.nodes)}`);
    return [
      plainly(`COMMENT ON DATABASE ${postgresqlName(own.name)} IS ${note}`),
      plainly(`COMMENT ON ROLE ${role(own)} IS ${note}`),
    ];
  },
};

/** The words of each kind of server. */
export const accountWordsOf: Readonly<Record<Dialect, AccountWords>> = { mysql, postgresql };

/** What our table says. */
export interface OwnNote {
  readonly username: string;
  readonly nodes: string;
}

/** Reads what an administrator was answered. What was made for other nodes is somebody else's, as if it bore no note. */
export function readAccount(
  row: Readonly<Record<string, unknown>>,
  own: Own,
  inside: {
    readonly entered: boolean;
    readonly tables: readonly string[];
    readonly note: OwnNote | undefined;
  },
): FoundAccount {
  const isForUs = (nodes: string) => nodes.split(' ').some((node) => own.nodes.includes(node));
  const isNote = (value: unknown) =>
    typeof value === 'string' && value.startsWith(madeHere) && isForUs(value.slice(madeHere.length));
  const noted = inside.note !== undefined && isForUs(inside.note.nodes);
  return {
    database: Number(row.database) > 0,
    user: Number(row.account) > 0,
    entered: inside.entered,
    tables: inside.tables,
    databaseIsOurs: noted || isNote(row.database_note),
    userIsOurs: (noted && inside.note?.username === own.username) || isNote(row.user_note),
    rights: typeof row.rights === 'string' ? row.rights.split(', ') : [],
  };
}

/** As many as there is room for; one that is known is enough. */
function nodesText(nodes: readonly string[]): string {
  return nodes.join(' ').slice(0, 1900);
}

function plainly(text: string): Secret {
  return Secret.document(text, text);
}

function secretly(text: (password: string) => string, { password }: Own): Secret {
  return Secret.document(text(password.reveal()), text('(secret)'));
}

function mysqlUser({ username }: Own): string {
  return `'${username}'@'%'`;
}

function role({ username }: Own): string {
  return postgresqlName(username);
}
