import { element, type TomlTable, table } from './toml.ts';
import { entryOf, nodesOf, portOf, type Topology } from './topology.ts';

function credentials() {
  return { username: '$ref{super_admin.username}', password: '$ref{super_admin.password}' };
}

/** Where keys are validated and applications registered. */
export function keyManager(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'key-manager');
  return [
    table('apim.key_manager', {
      service_url: `https://${target.hostname}:${target.port('servletHttps')}/services/`,
      ...credentials(),
    }),
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

/** `/oauth2/revoke` is the Key Manager’s; `/revoke`, in the guide’s sample, is an API of the Gateway. */
export function revocation(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'key-manager');
  return [
    table('apim.oauth_config', {
      revoke_endpoint: `https://${target.hostname}:${target.port('servletHttps')}/oauth2/revoke`,
    }),
  ];
}

/** Where the Publisher sends people to. */
export function devportal(topology: Topology): TomlTable[] {
  const target = entryOf(topology, 'devportal');
  return [
    table('apim.devportal', { url: `https://${target.hostname}:${target.port('servletHttps')}/devportal` }),
  ];
}

/** What a Developer Portal shows of the gateway. */
export function environment(topology: Topology): TomlTable[] {
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
export function environmentToPublish(topology: Topology): TomlTable[] {
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
