import type { Secret } from '../secret.ts';
import {
  devportal,
  environment,
  environmentToPublish,
  eventHub,
  keyManager,
  revocation,
  throttling,
  throttlingWithPolicies,
  tokenRevocation,
} from './connections.ts';
import { escapeXml } from './databases.ts';
import { aliases, storeNames } from './keystores.ts';
import { profileOf, type Role } from './roles.ts';
import { type TomlTable, table, writeToml } from './toml.ts';
import type { Node, Topology } from './topology.ts';

type Maker = (topology: Topology, node: Node) => readonly TomlTable[];

/** Which role has which tables, in the order in which they are written: parents before children. */
const tables: Readonly<Record<Role, readonly Maker[]>> = {
  'key-manager': [throttling, eventHub, tokenRevocation],
  'traffic-manager': [keyManager],
  publisher: [keyManager, throttlingWithPolicies, eventHub, environmentToPublish, devportal],
  devportal: [keyManager, throttling, eventHub, revocation, environment],
  gateway: [keyManager, throttlingWithPolicies, eventHub],
};

/**
 * The deployment.toml of a node: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/distributed-deployment/deploying-wso2-api-m-in-a-distributed-setup/
 * Every URL has the port of its target as a number: the guide’s `${mgt.transport.https.port}` is the port of the node
 * that reads it.
 */
export function deploymentToml(topology: Topology, node: Node): Secret {
  const all = [server, userStore, superAdmin, databases, keystores, management, ...tables[node.role]];
  return writeToml(
    '# Written by apim-orchestrate; changes made here are lost at its next run.\n',
    all.flatMap((make) => make(topology, node)),
  );
}

function server(_topology: Topology, node: Node): TomlTable[] {
  return [
    table('server', {
      hostname: node.hostname,
      node_ip: node.address,
      server_role: profileOf(node.role),
      offset: node.offset,
    }),
  ];
}

/** The same everywhere: the other type cannot add users to the schema of 3.2.0. */
function userStore(): TomlTable[] {
  return [table('user_store', { type: 'database_unique_id' })];
}

function superAdmin({ settings }: Topology): TomlTable[] {
  const { username, password } = settings.admin;
  return [table('super_admin', { username, password, create_admin_account: true })];
}

/** A gateway uses the shared database only. */
function databases({ settings }: Topology, { role }: Node): TomlTable[] {
  const { database } = settings;
  const one = (name: 'apim' | 'shared') => {
    const { name: database_name, username, password } = database[name];
    const driver = database.driver.class;
    const place = { hostname: database.host, port: database.port, name: database_name };
    const kinds = {
      // Connector/J of MariaDB answers to its own scheme; for the product it is a kind of MySQL.
      mariadb: {
        type: 'mysql',
        url: `jdbc:mariadb://${database.host}:${database.port}/${database_name}`,
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
    return table(`database.${name}_db`, { ...kinds[database.type], username, password: escapeXml(password) });
  };
  return role === 'gateway' ? [one('shared')] : [one('apim'), one('shared')];
}

/** Primary and internal are one store, the same on all nodes: it encrypts what the shared database holds. */
function keystores({ settings }: Topology): TomlTable[] {
  const { password } = settings.keystore;
  const store = (file_name: string, alias: string) => ({
    file_name,
    type: 'JKS',
    password,
    alias,
    key_password: password,
  });
  return [
    table('keystore.primary', store(storeNames.primary, aliases.primary)),
    table('keystore.internal', store(storeNames.primary, aliases.primary)),
    table('keystore.tls', store(storeNames.tls, aliases.tls)),
    table('truststore', { file_name: storeNames.trust, type: 'JKS', password: settings.truststore.password }),
  ];
}

/** Open by default, without a password: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/security-guidelines-for-production-deployment/ */
function management(): TomlTable[] {
  return [table('monitoring.jmx', { rmi_server_start: false })];
}
