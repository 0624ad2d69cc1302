import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { Node, Topology } from '../../../src/apim/cluster/topology.ts';
import { deploymentToml } from '../../../src/apim/config/deployment-toml.ts';
import type { Role } from '../../../src/apim/release/roles.ts';
import { nodeFor, tenHosts, topologyOf } from '../../support/topologies.ts';
import { samples, type Value } from './samples.ts';

/** Every value of a document by its path; what prints alike in the product (a port as a number or a text) is alike. */
function flatten(value: unknown, path = '', found: Record<string, Value> = {}): Record<string, Value> {
  if (Array.isArray(value) && value.some((each) => typeof each === 'object'))
    value.forEach((each, index) => {
      flatten(each, `${path}[${index}]`, found);
    });
  else if (typeof value === 'object' && value !== null && !Array.isArray(value))
    for (const [key, each] of Object.entries(value))
      flatten(each, path === '' ? key : `${path}/${key}`, found);
  else found[path] = value as Value;
  return found;
}

const rendered = (topology: Topology, node: Node) => flatten(parse(deploymentToml(topology, node).reveal()));

/** The deployment of the guide’s samples: one server, the offsets 0, 3, 1, 2 and 4. */
const offsets = { km: 0, tm: 3, pub: 1, store: 2, gw: 4 };
const groups = {
  km: 'key_manager',
  tm: 'traffic_manager',
  pub: 'publisher',
  store: 'devportal',
  gw: 'gateway',
};
const guide = await topologyOf({
  apim: {
    default_passwords: true,
    cache_invalidation: true,
    cors: {},
    admin: { username: 'admin', password: 'admin' },
    keystore: { password: 'wso2carbon' },
    truststore: { password: 'wso2carbon' },
    database: {
      type: 'mysql',
      host: 'db.wso2.com',
      driver: { path: './mysql-connector-java-8.0.21.jar' },
      apim: { username: 'root', password: 'root' },
      shared: { username: 'root', password: 'root' },
    },
  },
  groups: Object.fromEntries(
    (Object.keys(groups) as (keyof typeof groups)[]).map((name) => [
      groups[name],
      {
        [name]: { ansible_host: '127.0.0.1', apim: { hostname: `${name}.wso2.com`, offset: offsets[name] } },
      },
    ]),
  ),
});

interface Difference {
  readonly ours: Value;
  readonly reason: string;
}

const ownKeystore =
  'the shipped keystore has a private key that the whole world has; ours is made for the node (facts, section 5)';
const userStore = 'the other type cannot add users to the schema of 3.2.0 (facts, section 6.3)';

/** Values that we write otherwise than the guide. */
const differences: Readonly<Record<Role | 'all', Readonly<Record<string, Difference>>>> = {
  all: {
    'keystore/tls/file_name': { ours: 'tls.jks', reason: ownKeystore },
    'keystore/tls/alias': { ours: 'tls', reason: ownKeystore },
  },
  'key-manager': {},
  'traffic-manager': { 'user_store/type': { ours: 'database_unique_id', reason: userStore } },
  publisher: { 'user_store/type': { ours: 'database_unique_id', reason: userStore } },
  devportal: {
    'user_store/type': { ours: 'database_unique_id', reason: userStore },
    'server/server_role': {
      ours: 'api-devportal',
      reason:
        'no rule of the product knows api-store, so the role’s settings would not be applied (facts, section 6.3)',
    },
    'apim/oauth_config/revoke_endpoint': {
      ours: 'https://km.wso2.com:9443/oauth2/revoke',
      reason:
        'the Key Manager serves /oauth2/revoke, as the guide’s own text says; /revoke is an API of the gateway',
    },
    'apim/gateway/environment[0]/ws_endpoint': {
      ours: 'ws://gw.wso2.com:9103',
      reason: 'the offset of the gateway moves this port as well: 9099 + 4',
    },
  },
  gateway: {},
};

/** Paths that we write and the guide does not, each with its reason. */
const additions: readonly (readonly [path: RegExp, reason: string])[] = [
  [
    /^keystore\/(primary|internal)\//,
    'without them everything is signed with the shipped key (facts, section 5)',
  ],
  [/^monitoring\/jmx\//, 'open by default, without a password (facts, section 9)'],
  [/^apim\/event_hub\//, 'Key Manager and Developer Portal would turn to themselves (facts, section 6.2)'],
  [/^database\/\w+\/driver$/, 'the product would take the class of Connector/J 5 (facts, section 6.3)'],
  [/^apim\/throttling\/(username|password)$/, 'the default, said aloud'],
  [/^apim\/key_manager\/(username|password)$/, 'the default, said aloud'],
  [
    /^apim\/gateway\/environment\[0\]\/(ws|wss|http|https)_endpoint$/,
    'web sockets, for Publisher and Developer Portal alike',
  ],
  [
    /^event_handler\[0\]\/(name|subscriptions)$/,
    'who signs up would get no role to log in with; every shipped file has it (facts, section 14)',
  ],
  [/^apim\/gateway\/environment\[0\]\/show_as_token_endpoint_url$/, 'the default, said aloud'],
];

describe('the guide’s own samples', () => {
  it.each(Object.keys(samples) as Role[])(
    'are what is rendered for the %s, but for what is listed',
    (role) => {
      const ours = rendered(guide, nodeFor(guide, role));
      const listed = { ...differences.all, ...differences[role] };
      for (const [path, value] of Object.entries(samples[role])) {
        const wanted = listed[path]?.ours ?? value;
        expect([path, String(ours[path])]).toEqual([path, String(wanted)]);
        // A difference that is none any more must not stay in the list.
        if (listed[path] !== undefined) expect(String(listed[path].ours)).not.toBe(String(value));
      }
      const more = Object.keys(ours).filter((path) => !(path in samples[role]));
      expect(more.filter((path) => !additions.some(([known]) => known.test(path)))).toEqual([]);
    },
  );

  it('have a reason for every difference', () => {
    const all = [
      ...Object.values(differences).flatMap((each) => Object.values(each).map(({ reason }) => reason)),
      ...additions.map(([, reason]) => reason),
    ];
    expect(all.every((reason) => reason.length > 15)).toBe(true);
  });
});

const urlGroups = (table: string, plain: string, secure: string) =>
  Object.fromEntries(
    [1, 2].flatMap((twin) => [
      [`${table}[${twin - 1}]/${plain}`, [`tcp://tm${twin}.example.com:9611`]],
      [`${table}[${twin - 1}]/${secure}`, [`ssl://tm${twin}.example.com:9711`]],
    ]),
  );

const throttling = {
  'apim/throttling/throttle_decision_endpoints': ['tcp://tm1.example.com:5672', 'tcp://tm2.example.com:5672'],
  ...urlGroups('apim/throttling/url_group', 'traffic_manager_urls', 'traffic_manager_auth_urls'),
};
const keyManager = {
  'apim/key_manager/service_url': 'https://km.example.com/services/',
  'apim/key_manager/username': '$ref{super_admin.username}',
  'apim/key_manager/password': '$ref{super_admin.password}',
};
const environment = {
  'apim/gateway/environment[0]/name': 'Production and Sandbox',
  'apim/gateway/environment[0]/type': 'hybrid',
  'apim/gateway/environment[0]/display_in_api_console': true,
  'apim/gateway/environment[0]/description':
    'This is a hybrid gateway that handles both production and sandbox token traffic.',
  'apim/gateway/environment[0]/http_endpoint': 'http://gw.example.com',
  'apim/gateway/environment[0]/https_endpoint': 'https://gw.example.com',
};

/** The guide’s snippets for high availability (steps 6.1 to 6.5), with the names of the sample in their brackets. */
const snippets: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  km1: {
    ...throttling,
    'event_listener[0]/id': 'token_revocation',
    'event_listener[0]/type': 'org.wso2.carbon.identity.core.handler.AbstractIdentityHandler',
    'event_listener[0]/name': 'org.wso2.is.notification.ApimOauthEventInterceptor',
    'event_listener[0]/order': 1,
    'event_listener[0]/properties/notification_endpoint': 'https://tm.example.com/internal/data/v1/notify',
    'event_listener[0]/properties/username': '${admin.username}',
    'event_listener[0]/properties/password': '${admin.password}',
    'event_listener[0]/properties/header.X-WSO2-KEY-MANAGER': 'default',
    'apim/cache_invalidation/enabled': true,
    'apim/cache_invalidation/domain': 'km-domain',
  },
  tm1: { ...keyManager, 'apim/throttling/event_duplicate_url': ['tcp://tm2.example.com:5672'] },
  tm2: { ...keyManager, 'apim/throttling/event_duplicate_url': ['tcp://tm1.example.com:5672'] },
  pub1: {
    ...throttling,
    ...keyManager,
    ...environment,
    'apim/throttling/service_url': 'https://tm.example.com/services/',
    'apim/gateway/environment[0]/service_url': 'https://gw-mgt.example.com/services/',
    'apim/gateway/environment[0]/username': '${admin.username}',
    'apim/gateway/environment[0]/password': '${admin.password}',
    'apim/devportal/url': 'https://devportal.example.com/devportal',
    'apim/cache_invalidation/enabled': true,
    'apim/cache_invalidation/domain': 'publisher-domain',
  },
  dev1: {
    ...throttling,
    ...keyManager,
    ...environment,
    'apim/oauth_config/revoke_endpoint': 'https://km.example.com/oauth2/revoke',
    'apim/gateway/environment[0]/show_as_token_endpoint_url': true,
    'apim/gateway/environment[0]/ws_endpoint': 'ws://gw.example.com:9099',
    'apim/gateway/environment[0]/wss_endpoint': 'wss://gw.example.com:8099',
    'apim/cache_invalidation/enabled': true,
    'apim/cache_invalidation/domain': 'devportal-domain',
  },
  gw1: {
    ...throttling,
    ...keyManager,
    'apim/throttling/service_url': 'https://tm.example.com/services/',
    'server/hostname': 'gw.example.com',
    'transport/http/properties/proxyPort': 80,
    'transport/https/properties/proxyPort': 443,
  },
};

const pairs = await tenHosts({ cache_invalidation: true });

describe('the guide’s snippets for high availability', () => {
  it.each(Object.entries(snippets))('are what is rendered for %s', (name, snippet) => {
    const node = pairs.nodes.find(({ host }) => host.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    expect(rendered(pairs, node)).toMatchObject(snippet);
  });

  it('leave the ports of the servlet transport to the offset, which is added to them', () => {
    for (const node of pairs.nodes)
      expect(rendered(pairs, node)).not.toHaveProperty('transport/https/properties/port');
  });

  it('are for twins alike but for their address, and whom a Traffic Manager passes events on to', () => {
    const without = (node: Node) => {
      const {
        'server/node_ip': _ip,
        'apim/throttling/event_duplicate_url': _twin,
        ...rest
      } = rendered(pairs, node);
      return rest;
    };
    for (const role of Object.keys(samples) as Role[]) {
      const [first, second] = pairs.nodes.filter((node) => node.role === role);
      if (first === undefined || second === undefined) throw new Error(`no pair of ${role}`);
      expect(without(first)).toEqual(without(second));
    }
  });
});
