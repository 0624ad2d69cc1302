import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { Topology } from '../../../src/apim/cluster/topology.ts';
import { deploymentToml } from '../../../src/apim/config/deployment-toml.ts';
import { maskToml } from '../../../src/apim/config/toml.ts';
import type { Role } from '../../../src/apim/release/roles.ts';
import {
  balancer,
  fiveHosts,
  nodeFor,
  oneHost,
  onPostgresql,
  tenEntries,
  tenHosts,
  topologyOf,
  withFeatures,
  withKeyManagerElsewhere,
} from '../../support/topologies.ts';

interface Document {
  readonly [key: string]: unknown;
}

function at(document: Document, path: string): unknown {
  return path.split('/').reduce<unknown>((value, key) => (value as Document | undefined)?.[key], document);
}

const samples: [string, Topology][] = [
  ['five-hosts', await fiveHosts()],
  ['one-host', await oneHost()],
  ['postgresql', await onPostgresql()],
  ['ten-hosts', await tenHosts({ cache_invalidation: true })],
  ['features', await withFeatures()],
  ['elsewhere', await withKeyManagerElsewhere()],
];

const all = samples.flatMap(([name, topology]) =>
  topology.nodes.map((node) => [name, node.host.name, topology, node] as const),
);

const parsed = (topology: Topology, role: Role) =>
  parse(deploymentToml(topology, nodeFor(topology, role)).reveal()) as Document;

const [five, one, postgresql] = samples.map(([, topology]) => topology) as [Topology, Topology, Topology];

describe('deployment.toml', () => {
  it.each(all)('of %s, %s is as it was reviewed', async (name, host, topology, node) => {
    await expect(deploymentToml(topology, node).reveal()).toMatchFileSnapshot(
      `../golden/${name}/${host}.toml`,
    );
  });

  it.each(all)('of %s, %s is TOML in which parents come before children', (_name, _host, topology, node) => {
    const text = deploymentToml(topology, node).reveal();
    expect(() => parse(text)).not.toThrow();
    const headers = [...text.matchAll(/^\[+([^\]]+)\]+$/gm)].map(([, header = '']) => header);
    for (const [index, header] of headers.entries())
      for (const later of headers.slice(index + 1)) expect(header.startsWith(`${later}.`)).toBe(false);
  });

  it.each(all)('of %s, %s shows no password, and its face is what masking makes of it', (...sample) => {
    const document = deploymentToml(sample[2], sample[3]);
    expect(document.face).not.toMatch(/fake-/);
    expect(document.face).toContain('password = "(secret)"');
    expect(maskToml(document.reveal())).toBe(document.face);
    expect(`${document}`).toBe(document.face);
  });

  it.each(all)('of %s, %s has no placeholder for a port: it would be the reader’s own', (...sample) => {
    expect(deploymentToml(sample[2], sample[3]).reveal()).not.toMatch(/\$\{[^}]*port\}/);
  });

  it.each([
    ['key-manager', 'api-key-manager'],
    ['traffic-manager', 'traffic-manager'],
    ['publisher', 'api-publisher'],
    ['devportal', 'api-devportal'],
    ['gateway', 'gateway-worker'],
  ] as const)('gives a %s the role %s, and what every node must have', (role, word) => {
    const document = parsed(five, role);
    expect(at(document, 'server/server_role')).toBe(word);
    expect(at(document, 'server/node_ip')).toBe(nodeFor(five, role).address);
    expect(at(document, 'user_store/type')).toBe('database_unique_id');
    expect(at(document, 'super_admin/create_admin_account')).toBe(true);
    expect(at(document, 'database/shared_db/username')).toBe('shared');
    expect(at(document, 'monitoring/jmx/rmi_server_start')).toBe(false);
    expect(at(document, 'apim/cache_invalidation')).toBeUndefined();
  });

  it.each(['key-manager', 'traffic-manager', 'publisher', 'devportal', 'gateway'] as const)(
    'signs with our own key on a %s, not with the shipped one',
    (role) => {
      const document = parsed(five, role);
      expect(at(document, 'keystore/primary/file_name')).toBe('primary.jks');
      expect(at(document, 'keystore/internal')).toEqual(at(document, 'keystore/primary'));
      expect(at(document, 'keystore/tls/file_name')).toBe('tls.jks');
      for (const store of ['primary', 'internal', 'tls'])
        expect(at(document, `keystore/${store}/key_password`)).toBe(
          at(document, `keystore/${store}/password`),
        );
      expect(at(document, 'truststore/password')).toBe('fake-truststore-password');
    },
  );

  it('gives a gateway the shared database only', () => {
    expect(Object.keys(at(parsed(five, 'gateway'), 'database') as Document)).toEqual(['shared_db']);
    expect(Object.keys(at(parsed(five, 'key-manager'), 'database') as Document)).toEqual([
      'apim_db',
      'shared_db',
    ]);
  });

  it.each(['key-manager', 'publisher', 'devportal', 'gateway'] as const)(
    'points the event hub of a %s to the traffic manager, never to itself',
    (role) => {
      expect(at(parsed(one, role), 'apim/event_hub')).toMatchObject({
        service_url: 'https://tm.example.com:9446',
        event_listening_endpoints: ['tcp://tm.example.com:5675'],
        publish: {
          url_group: [{ urls: ['tcp://tm.example.com:9614'], auth_urls: ['ssl://tm.example.com:9714'] }],
        },
      });
    },
  );

  it('gives a traffic manager no event hub, but a key manager', () => {
    const document = parsed(one, 'traffic-manager');
    expect(at(document, 'apim/event_hub')).toBeUndefined();
    expect(at(document, 'apim/key_manager/service_url')).toBe('https://km.example.com:9443/services/');
  });

  it('adds the offset of the target to every port', () => {
    expect(at(parsed(one, 'devportal'), 'apim/oauth_config/revoke_endpoint')).toBe(
      'https://km.example.com:9443/oauth2/revoke',
    );
    expect(at(parsed(one, 'publisher'), 'apim/devportal/url')).toBe('https://dev.example.com:9445/devportal');
    expect(at(parsed(one, 'publisher'), 'apim/gateway/environment')).toMatchObject([
      {
        service_url: 'https://gw.example.com:9447/services/',
        ws_endpoint: 'ws://gw.example.com:9103',
        wss_endpoint: 'wss://gw.example.com:8103',
        http_endpoint: 'http://gw.example.com:8284',
        https_endpoint: 'https://gw.example.com:8247',
      },
    ]);
    expect(at(parsed(one, 'gateway'), 'apim/throttling')).toMatchObject({
      service_url: 'https://tm.example.com:9446/services/',
      throttle_decision_endpoints: ['tcp://tm.example.com:5675'],
      url_group: [
        {
          traffic_manager_urls: ['tcp://tm.example.com:9614'],
          traffic_manager_auth_urls: ['ssl://tm.example.com:9714'],
        },
      ],
    });
  });

  it('gives a devportal an environment that it cannot publish to', () => {
    const [environment] = at(parsed(five, 'devportal'), 'apim/gateway/environment') as Document[];
    expect(environment).not.toHaveProperty('service_url');
    expect(environment).not.toHaveProperty('password');
    expect(environment).toHaveProperty('wss_endpoint', 'wss://gw.example.com:8099');
  });

  it('names the header of revocations as one key, with credentials that arrays of tables resolve', () => {
    const document = parsed(five, 'key-manager');
    expect(at(document, 'event_listener')).toMatchObject([
      {
        id: 'token_revocation',
        properties: {
          notification_endpoint: 'https://tm.example.com:9443/internal/data/v1/notify',
          username: '${admin.username}',
          password: '${admin.password}',
          'header.X-WSO2-KEY-MANAGER': 'default',
        },
      },
    ]);
  });

  it.each([
    ['key-manager', true],
    ['traffic-manager', false],
    ['publisher', false],
    ['devportal', true],
    ['gateway', false],
  ] as const)('of a %s gives those who sign up their role: %s', (role, wanted) => {
    const handlers = at(parsed(five, role), 'event_handler');
    const handler = { name: 'userPostSelfRegistration', subscriptions: ['POST_ADD_USER'] };
    expect(handlers).toEqual(wanted ? [handler] : undefined);
  });

  it.each([
    [five, { type: 'mysql', hostname: 'db.example.com', port: 3306, driver: 'com.mysql.cj.jdbc.Driver' }],
    [
      one,
      { type: 'mysql', url: 'jdbc:mariadb://db.example.com:3306/apim_db', driver: 'org.mariadb.jdbc.Driver' },
    ],
    [
      postgresql,
      { type: 'postgre', port: 5432, driver: 'org.postgresql.Driver', validationQuery: 'SELECT 1; COMMIT' },
    ],
  ] as const)('reaches the database in the words of the product (%#)', (topology, wanted) => {
    expect(at(parsed(topology, 'publisher'), 'database/apim_db')).toMatchObject(wanted);
  });

  it('escapes the password of a database for the XML it ends up in', () => {
    expect(at(parsed(postgresql, 'publisher'), 'database/apim_db/password')).toBe(
      'fake-password-with-&lt;&amp;&gt;',
    );
  });
});

describe('a balancer', () => {
  it('makes no difference to the nodes by who runs it', async () => {
    const { load_balancer: _lb, ...groups } = tenEntries();
    const nfs = { source: 'nas.example.com:/apim' };
    const external = await topologyOf({
      apim: {
        load_balancer: { ...balancer, software: 'external' },
        shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
      },
      groups,
    });
    const ours = await tenHosts();
    for (const [index, node] of ours.nodes.entries())
      expect(deploymentToml(external, external.nodes[index] as never).reveal()).toBe(
        deploymentToml(ours, node).reveal(),
      );
  });
});

describe('a sealed deployment.toml', () => {
  it('is the same with and without a key to seal with, but for the ciphertexts', async () => {
    const sealed = await topologyOf({ apim: { secure_vault: true } });
    for (const node of sealed.nodes) {
      const encrypt = (text: string) => Buffer.from(text).toString('base64');
      const sealer = { existing: new Map(), encrypt, holds: () => false };
      const [written, shown] = [deploymentToml(sealed, node, sealer), deploymentToml(sealed, node)];
      expect(shown.face).toBe(written.face);
      // At gateways three passwords stay as they are, for what asks no vault.
      const plain = shown.reveal().match(/fake-[\w-]+/g) ?? [];
      expect(plain).toEqual(
        node.role === 'gateway'
          ? ['fake-keystore-password', 'fake-keystore-password', 'fake-truststore-password']
          : [],
      );
      expect(shown.face).not.toMatch(/fake-/);
      expect(shown.reveal()).toContain('\nsuper_admin_password = "(ciphertext)"\n');
      expect(shown.reveal()).toContain('\npassword = "$secret{super_admin_password}"\n');
    }
  });
});
