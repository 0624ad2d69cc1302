import { environmentOf, frontNames, isFronted, servletUrl, urlPort } from '../../cluster/entries.ts';
import { aliases, internalStore, storeNames } from '../../cluster/keystores.ts';
import type { Node, Topology } from '../../cluster/topology.ts';
import { profileOf } from '../../release/roles.ts';
import { type TomlTable, table } from '../toml.ts';

/** `hostname` is the name by which clients know the node: behind a balancer all twins say the balancer’s. */
export function server(topology: Topology, node: Node): TomlTable[] {
  const [front] = frontNames(topology, node);
  return [
    table('server', {
      hostname: front ?? node.hostname,
      node_ip: node.address,
      server_role: profileOf(node.role),
      offset: node.offset,
    }),
  ];
}

/** The same everywhere: the other type cannot add users to the schema of 3.2.0. */
export function userStore(): TomlTable[] {
  return [table('user_store', { type: 'database_unique_id' })];
}

/** Created at the first start, on an empty shared database. */
export function superAdmin({ settings }: Topology): TomlTable[] {
  const { username, password } = settings.admin;
  return [table('super_admin', { username, password, create_admin_account: true })];
}

/**
 * The same on all nodes but for TLS. The internal one encrypts what the databases hold: `KeyStoreBasedInternalCryptoProvider`
 * reads it by `<InternalKeyStore>` of carbon.xml alone. So that stays with the shared pair where another one (`signer`, by its
 * alias) signs tokens; the passwords of secondary user stores have to be told, for they might be read with the primary one.
 */
export function keystores({ settings }: Topology, _node: Node, signer?: string): TomlTable[] {
  const { password } = settings.keystore;
  const store = (file_name: string, alias: string) => ({
    file_name,
    type: 'JKS',
    password,
    alias,
    key_password: password,
  });
  return [
    ...(signer === undefined
      ? []
      : [table('keystore', { userstore_password_encryption: 'InternalKeystore' })]),
    table('keystore.primary', store(storeNames.primary, signer ?? aliases.primary)),
    table('keystore.internal', store(internalStore(signer), aliases.primary)),
    table('keystore.tls', store(storeNames.tls, aliases.tls)),
    table('truststore', { file_name: storeNames.trust, type: 'JKS', password: settings.truststore.password }),
  ];
}

/** Open by default, without a password: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/security-guidelines-for-production-deployment/ */
export function management(): TomlTable[] {
  return [table('monitoring.jmx', { rmi_server_start: false })];
}

/**
 * The ports that a node tells clients behind a balancer, and what it calls itself to them. The guide, step 6.5, writes
 * `[transport.http] properties.proxyPort`: the same key; both forms in one file would be an error.
 */
export function servletTransports(topology: Topology, node: Node): TomlTable[] {
  const fronted = isFronted(topology, node);
  const site = fronted && node.role === 'gateway' ? environmentOf(topology, node).sites.http : undefined;
  const self = topology.settings.hardening?.server_header;
  const http = { proxyPort: site === undefined ? undefined : urlPort(site), server: self };
  const https = { proxyPort: fronted ? urlPort(servletUrl(topology, node)) : undefined, server: self };
  const tables = [table('transport.http.properties', http), table('transport.https.properties', https)];
  return tables.filter(({ keys }) => keys.length > 0);
}
