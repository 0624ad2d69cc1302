import type { DatabaseNeed } from './databases.ts';

/**
 * The oldest servers that the vendor names: "MySQL 5.7, 8" and "PostgreSQL 10", the same before and after 3.2.0
 * (https://github.com/wso2/docs-apim, product-compatibility.md of 3.0.0 and of 4.0.0). With MariaDB it has people do as with MySQL
 * and names no version: 10.2 is the first that is made to stand in for MySQL 5.7.
 */
const oldest = { MySQL: [5, 7], MariaDB: [10, 2], PostgreSQL: [10, 0] } as const;

/** What a database server says of itself; undefined if that tells no version. */
function readVersion(text: string, dialect: 'mysql' | 'postgresql') {
  // MariaDB and proxies before it say 5.5.5- to programs that know no number of two digits.
  const own = text.replace(/^5\.5\.5-(?=\d+\..*mariadb)/i, '');
  const [, major, minor = '0'] = own.match(/^(\d+)(?:\.(\d+))?/) ?? [];
  if (major === undefined) return undefined;
  const make = dialect === 'postgresql' ? 'PostgreSQL' : /mariadb/i.test(text) ? 'MariaDB' : 'MySQL';
  return { make, numbers: [Number(major), Number(minor)] } as const;
}

/** Why no tables are made at a server that is too old for them. Nothing of newer ones, and of those that do not tell. */
export function oldServer(
  { asUser, anyVersion }: Pick<DatabaseNeed, 'asUser' | 'anyVersion'>,
  text: string | undefined,
): { readonly cause: string; readonly hint: string } | undefined {
  const found = text === undefined ? undefined : readVersion(text, asUser.type);
  if (anyVersion || text === undefined || found === undefined) return undefined;
  const { make, numbers } = found;
  const [major, minor] = oldest[make];
  if (numbers[0] > major || (numbers[0] === major && numbers[1] >= minor)) return undefined;
  const wanted = make === 'PostgreSQL' ? `${make} ${major}` : `${make} ${major}.${minor}`;
  return {
    cause: `the database server ${asUser.host}:${asUser.port} is ${make} ${text}, and the product is made for ${wanted} and later`,
    hint: 'have its server updated, or name another one in the inventory; database.any_version: true has the tables made there all the same',
  };
}
