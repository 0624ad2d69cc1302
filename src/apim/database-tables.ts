import { isIPv6 } from 'node:net';
import { escapeXml } from './databases.ts';
import { type TomlTable, table } from './toml.ts';
import type { Node, Topology } from './topology.ts';

/** The tables that tell a node of its databases. A gateway uses the shared one only. */
export function databases({ settings }: Topology, { role }: Node): TomlTable[] {
  const { database } = settings;
  const one = (name: 'apim' | 'shared') => {
    const { name: database_name, username, password } = database[name];
    const driver = database.driver.class;
    const host = isIPv6(database.host) ? `[${database.host}]` : database.host;
    const place = { hostname: host, port: database.port, name: database_name };
    const kinds = {
      // Connector/J of MariaDB answers to its own scheme; for the product it is a kind of MySQL.
      mariadb: {
        type: 'mysql',
        url: `jdbc:mariadb://${host}:${database.port}/${database_name}`,
        driver: driver ?? 'org.mariadb.jdbc.Driver',
      },
      // The product would take the class of Connector/J 5.
      mysql: { type: 'mysql', ...place, driver: driver ?? 'com.mysql.cj.jdbc.Driver' },
      postgresql: {
        type: 'postgre',
        ...place,
        driver: driver ?? 'org.postgresql.Driver',
        validationQuery: 'SELECT 1; COMMIT',
      },
    } as const;
    return table(`database.${name}_db`, {
      ...kinds[database.type],
      username,
      password: settings.secureVault ? password : escapeXml(password),
    });
  };
  return role === 'gateway' ? [one('shared')] : [one('apim'), one('shared')];
}
