import { isIPv6 } from 'node:net';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { usualPorts } from '../settings/database.ts';

type Database = ClusterSettings['database'];

/** Which of the two databases. */
export type Which = 'apim' | 'shared';

/** What differs between kinds of servers, for the product and its drivers. */
interface Kind {
  /** The product’s word for it: `postgre`, not `postgresql`. */
  readonly type: string;
  readonly driver: string;
  readonly validationQuery: string | undefined;
  /** Parameters for TLS. */
  readonly tls: Readonly<Record<'required' | 'verified', Readonly<Record<string, string>>>>;
  /** A value of a parameter as it stands in the URL. Without it, percent-encoded as in the query of a URL. */
  readonly written?: (value: string) => string;
  url(address: Address, parameters: readonly string[], tls: boolean): string;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

const query = (parameters: readonly string[]) => (parameters.length === 0 ? '' : `?${parameters.join('&')}`);
const clauses = (parameters: readonly string[]) => parameters.map((each) => `;${each}`).join('');

/**
 * Of URLs, drivers and validation queries: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/setup/setting-up-databases/overview/
 * Certificates are verified by the truststore of the product, which is that of its whole Java.
 */
const kinds: Readonly<Record<Database['type'], Kind>> = {
  mysql: {
    type: 'mysql',
    // The product would take the class of Connector/J 5.
    driver: 'com.mysql.cj.jdbc.Driver',
    validationQuery: undefined,
    tls: { required: { sslMode: 'REQUIRED' }, verified: { sslMode: 'VERIFY_IDENTITY' } },
    url: ({ host, port, name }, parameters) => `jdbc:mysql://${host}:${port}/${name}${query(parameters)}`,
  },
  // Connector/J of MariaDB answers to its own scheme; for the product it is a kind of MySQL.
  mariadb: {
    type: 'mysql',
    driver: 'org.mariadb.jdbc.Driver',
    validationQuery: undefined,
    tls: { required: { useSSL: 'true', trustServerCertificate: 'true' }, verified: { useSSL: 'true' } },
    url: ({ host, port, name }, parameters) => `jdbc:mariadb://${host}:${port}/${name}${query(parameters)}`,
  },
  postgresql: {
    type: 'postgre',
    driver: 'org.postgresql.Driver',
    validationQuery: 'SELECT 1; COMMIT',
    tls: {
      required: { sslmode: 'require' },
      // Of its own accord the driver verifies by files in the home of the user.
      verified: { sslmode: 'verify-full', sslfactory: 'org.postgresql.ssl.DefaultJavaSSLFactory' },
    },
    url: ({ host, port, name }, parameters) =>
      `jdbc:postgresql://${host}:${port}/${name}${query(parameters)}`,
  },
  mssql: {
    type: 'mssql',
    driver: 'com.microsoft.sqlserver.jdbc.SQLServerDriver',
    validationQuery: 'SELECT 1',
    tls: {
      required: { encrypt: 'true', trustServerCertificate: 'true' },
      verified: { encrypt: 'true', trustServerCertificate: 'false' },
    },
    // Properties, not a query: https://learn.microsoft.com/sql/connect/jdbc/building-the-connection-url
    written: (value) => (/[;{}]|^\s|\s$/.test(value) ? `{${value.replaceAll('}', '}}')}}` : value),
    url: ({ host, port, name }, parameters) =>
      `jdbc:sqlserver://${host}:${port};databaseName=${name};SendStringParametersAsUnicode=false${clauses(parameters)}`,
  },
  oracle: {
    type: 'oracle',
    driver: 'oracle.jdbc.OracleDriver',
    validationQuery: 'SELECT 1 FROM DUAL',
    tls: { required: {}, verified: {} },
    url: ({ host, port, name }, parameters, tls) =>
      `jdbc:oracle:thin:@${tls ? 'tcps://' : ''}${host}:${port}/${name}${query(parameters)}`,
  },
  db2: {
    type: 'db2',
    driver: 'com.ibm.db2.jcc.DB2Driver',
    validationQuery: 'SELECT 1 FROM SYSIBM.SYSDUMMY1',
    tls: { required: { sslConnection: 'true' }, verified: { sslConnection: 'true' } },
    // Properties, not a query; a rule refuses the semicolon that ends each.
    written: (value) => value,
    url: ({ host, port, name }, parameters) =>
      `jdbc:db2://${host}:${port}/${name}${parameters.length === 0 ? '' : `:${parameters.map((each) => `${each};`).join('')}`}`,
  },
};

/** Where one of the databases is. An IPv6 address is not in brackets. */
export function databaseAddress(database: Database, which: Which): Address {
  const { name, host, port } = database[which];
  return {
    host: host ?? database.host,
    port: port ?? (host === undefined ? database.port : usualPorts[database.type]),
    name,
  };
}

/** The keys by which the product is told of one of the databases: the parts that it makes a URL of, or the whole URL. */
export function connectionKeys(database: Database, which: Which) {
  const kind = kinds[database.type];
  const address = databaseAddress(database, which);
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  const tls = database.tls === 'off' ? {} : kind.tls[database.tls];
  const { written = encodeURIComponent } = kind;
  const parameters = Object.entries({ ...tls, ...database.parameters }).map(
    ([name, value]) => `${name}=${written(String(value))}`,
  );
  const whole = database[which].url ?? kind.url({ ...address, host }, parameters, database.tls !== 'off');
  // What the product can make by itself is left to it; only MySQL and PostgreSQL are told of in parts.
  const inParts =
    database[which].url === undefined &&
    parameters.length === 0 &&
    (database.type === 'mysql' || database.type === 'postgresql');
  return {
    type: kind.type,
    ...(inParts ? { hostname: host, port: address.port, name: address.name } : { url: inXml(whole) }),
    driver: database.driver.class ?? kind.driver,
    validationQuery: kind.validationQuery,
  };
}

/** The product puts the URL into XML as it stands. One that was given may be written for that already. */
function inXml(url: string): string {
  return url
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Whether this tool can talk to a server of this type, to create and to look. */
export function isSpoken(type: Database['type']): boolean {
  return type === 'mysql' || type === 'mariadb' || type === 'postgresql';
}
