import { servicesUrl } from '../../cluster/entries.ts';
import { type Node, nodesOf, portOf, type Topology } from '../../cluster/topology.ts';
import { element, type TomlTable, table } from '../toml.ts';
import { accountInXml } from '../xml.ts';

function credentials() {
  return { username: '$ref{super_admin.username}', password: '$ref{super_admin.password}' };
}

/** The Key Manager: one of the nodes, or one that runs elsewhere. */
export function keyManager(topology: Topology): TomlTable[] {
  const elsewhere = topology.settings.keyManager;
  const service_url = `${servicesUrl(topology, 'key-manager')}/services/`;
  if (elsewhere === undefined) return [table('apim.key_manager', { service_url, ...credentials() })];
  return [
    table('apim.key_manager', {
      service_url,
      type: elsewhere.type,
      ...(elsewhere.account === undefined
        ? credentials()
        : accountInXml(elsewhere.account, topology.settings)),
    }),
    // Identity Server keeps its own configuration in the shared registry, so the nodes need a place of their own in it.
    ...(elsewhere.type === 'WSO2-IS' ? [table('config_data', { path: '/_system/apim/config' })] : []),
  ];
}

/** Decisions come from every Traffic Manager; events go to every one of them. */
export function throttling(topology: Topology): TomlTable[] {
  return [
    table('apim.throttling', { throttle_decision_endpoints: decisions(topology) }),
    ...urlGroups(topology),
  ];
}

/** With the address that policies are published to and blocking conditions are fetched from. */
export function throttlingWithPolicies(topology: Topology): TomlTable[] {
  return [
    table('apim.throttling', {
      service_url: `${trafficManagerUrl(topology)}/services/`,
      throttle_decision_endpoints: decisions(topology),
      ...credentials(),
    }),
    ...urlGroups(topology),
  ];
}

/**
 * A Traffic Manager passes on the events it gets, so that its twin counts alike. The product makes one list of
 * alternatives of all addresses: with two Traffic Managers that is the other one, with more it is any one of the others.
 */
export function duplication(topology: Topology, node: Node): TomlTable[] {
  const others = nodesOf(topology, 'traffic-manager').filter((each) => each !== node);
  if (others.length === 0) return [];
  return [
    table('apim.throttling', {
      event_duplicate_url: others.map((each) => `tcp://${each.hostname}:${portOf(each, 'amqp')}`),
    }),
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
export function eventHub(topology: Topology): TomlTable[] {
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
  return servicesUrl(topology, 'traffic-manager');
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
export function tokenRevocation(topology: Topology): TomlTable[] {
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

/** Where the Publisher sends people who want to see an API. */
export function devportal(topology: Topology): TomlTable[] {
  return [table('apim.devportal', { url: `${servicesUrl(topology, 'devportal')}/devportal` })];
}

/** What API keys say that they are signed by; unless told it is what gateways call the pair that all nodes share. */
export function apiKeys(_topology: Topology, _node: Node, signer?: string): TomlTable[] {
  return signer === undefined ? [] : [table('apim.devportal', { api_key_alias: signer })];
}
