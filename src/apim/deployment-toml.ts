import type { Secret } from '../secret.ts';
import { databases } from './database-tables.ts';
import { aliases, storeNames } from './keystores.ts';
import { profileOf, type Role } from './roles.ts';
import { element, type TomlTable, table, writeToml } from './toml.ts';
import { entryOf, type Node, nodesOf, portOf, type Topology } from './topology.ts';

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

function credentials() {
  return { username: '$ref{super_admin.username}', password: '$ref{super_admin.password}' };
}

function keyManager(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'key-manager');
  return [
    table('apim.key_manager', {
      service_url: `https://${target.hostname}:${target.port('servletHttps')}/services/`,
      ...credentials(),
    }),
  ];
}

/** Decisions come from every Traffic Manager; events go to every one of them. */
function throttling(topology: Topology): TomlTable[] {
  return [
    table('apim.throttling', { throttle_decision_endpoints: decisions(topology) }),
    ...urlGroups(topology),
  ];
}

/** With the address that policies are published to and blocking conditions are fetched from. */
function throttlingWithPolicies(topology: Topology): TomlTable[] {
  return [
    table('apim.throttling', {
      service_url: `${trafficManagerUrl(topology)}/services/`,
      throttle_decision_endpoints: decisions(topology),
      ...credentials(),
    }),
    ...urlGroups(topology),
  ];
}

function urlGroups(topology: Topology): TomlTable[] {
  return receivers(topology).map(({ plain, secure }) =>
    element('apim.throttling.url_group', {
      traffic_manager_urls: [plain],
      traffic_manager_auth_urls: [secure],
    }),
  );
}

/** Not in the guide; without it a Key Manager and a Developer Portal would turn to themselves. */
function eventHub(topology: Topology): TomlTable[] {
  return [
    table('apim.event_hub', {
      enable: true,
      service_url: trafficManagerUrl(topology),
      ...credentials(),
      event_listening_endpoints: decisions(topology),
    }),
    ...receivers(topology).map(({ plain, secure }) =>
      element('apim.event_hub.publish.url_group', { urls: [plain], auth_urls: [secure] }),
    ),
  ];
}

function trafficManagerUrl(topology: Topology): string {
  const target = entryOf(topology, 'traffic-manager');
  return `https://${target.hostname}:${target.port('servletHttps')}`;
}

function decisions(topology: Topology): string[] {
  return nodesOf(topology, 'traffic-manager').map((node) => `tcp://${node.hostname}:${portOf(node, 'amqp')}`);
}

function receivers(topology: Topology): { plain: string; secure: string }[] {
  return nodesOf(topology, 'traffic-manager').map((node) => ({
    plain: `tcp://${node.hostname}:${portOf(node, 'receiver')}`,
    secure: `ssl://${node.hostname}:${portOf(node, 'receiverTls')}`,
  }));
}

/** Tells the Traffic Manager of revoked tokens. In an array of tables `$ref{…}` is not resolved, `${…}` is. */
function tokenRevocation(topology: Topology): TomlTable[] {
  return [
    element('event_listener', {
      id: 'token_revocation',
      type: 'org.wso2.carbon.identity.core.handler.AbstractIdentityHandler',
      name: 'org.wso2.is.notification.ApimOauthEventInterceptor',
      order: 1,
    }),
    table('event_listener.properties', {
      notification_endpoint: `${trafficManagerUrl(topology)}/internal/data/v1/notify`,
      username: '${admin.username}',
      password: '${admin.password}',
      'header.X-WSO2-KEY-MANAGER': 'default',
    }),
  ];
}

/** `/oauth2/revoke` is the Key Manager’s; `/revoke`, in the guide’s sample, is an API of the Gateway. */
function revocation(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'key-manager');
  return [
    table('apim.oauth_config', {
      revoke_endpoint: `https://${target.hostname}:${target.port('servletHttps')}/oauth2/revoke`,
    }),
  ];
}

function devportal(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'devportal');
  return [
    table('apim.devportal', { url: `https://${target.hostname}:${target.port('servletHttps')}/devportal` }),
  ];
}

function environment(topology: Topology): TomlTable[] {
  const { hostname, port } = entryOf(topology, 'gateway');
  return [
    element('apim.gateway.environment', {
      ...environmentNames(topology),
      show_as_token_endpoint_url: true,
      ws_endpoint: `ws://${hostname}:${port('webSocket')}`,
      wss_endpoint: `wss://${hostname}:${port('webSocketTls')}`,
      http_endpoint: `http://${hostname}:${port('apiHttp')}`,
      https_endpoint: `https://${hostname}:${port('apiHttps')}`,
    }),
  ];
}

/** A Publisher also pushes artefacts to the gateway’s services. */
function environmentToPublish(topology: Topology): TomlTable[] {
  const { hostname, port } = entryOf(topology, 'gateway');
  return [
    element('apim.gateway.environment', {
      ...environmentNames(topology),
      service_url: `https://${hostname}:${port('servletHttps')}/services/`,
      username: '${admin.username}',
      password: '${admin.password}',
      show_as_token_endpoint_url: true,
      ws_endpoint: `ws://${hostname}:${port('webSocket')}`,
      wss_endpoint: `wss://${hostname}:${port('webSocketTls')}`,
      http_endpoint: `http://${hostname}:${port('apiHttp')}`,
      https_endpoint: `https://${hostname}:${port('apiHttps')}`,
    }),
  ];
}

function environmentNames({ settings }: Topology) {
  return {
    name: settings.environment,
    type: 'hybrid',
    display_in_api_console: true,
    description: 'This is a hybrid gateway that handles both production and sandbox token traffic.',
  };
}
