import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { deploymentToml } from '../../src/apim/deployment-toml.ts';
import { maskToml } from '../../src/apim/toml.ts';
import type { Topology } from '../../src/apim/topology.ts';
import {
  allOnOne,
  commonSettings,
  fiveNodes,
  nodeNamed,
  passwords,
  postgresql,
} from '../support/deployments.ts';

const topologies = { 'five-nodes': fiveNodes(), 'all-on-one': allOnOne(), postgresql: postgresql() };
const all = Object.entries(topologies).flatMap(([name, topology]) =>
  topology.nodes.map((node) => ({ name, host: node.host.name, topology, node })),
);

function at(topology: Topology, host: string, path: string): unknown {
  let found: unknown = parse(deploymentToml(topology, nodeNamed(topology, host)).reveal());
  for (const part of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
  return found;
}

describe.each(all)('the deployment.toml of $host in $name', ({ name, host, topology, node }) => {
  const document = deploymentToml(topology, node);

  it('is as it was reviewed', async () => {
    await expect(document.reveal()).toMatchFileSnapshot(`golden/${name}/${host}.toml`);
  });

  it('is TOML', () => {
    expect(parse(document.reveal())).toHaveProperty('server.offset', node.offset);
    expect(parse(String(document))).toHaveProperty('server.offset', node.offset);
  });

  it('shows no password, and is masked the same when it comes back from a server', () => {
    for (const password of Object.values(passwords)) expect(String(document)).not.toContain(password);
    expect(document.reveal()).toContain(passwords.keystore);
    expect(maskToml(document.reveal())).toBe(String(document));
  });

  it('has a table before the arrays of tables inside it', () => {
    const text = document.reveal();
    for (const parent of ['apim.throttling', 'apim.event_hub']) {
      const inner = text.indexOf(`\n[[${parent}.`);
      if (inner < 0) continue;
      expect(text).toContain(`\n[${parent}]\n`);
      expect(text.indexOf(`\n[${parent}]\n`)).toBeLessThan(inner);
    }
  });

  it('leaves no port to a placeholder, which would be the port of the node that reads it', () => {
    expect(document.reveal()).not.toContain('${mgt.');
  });

  it('has the user store that can add users to the schema of 3.2.0', () => {
    expect(at(topology, host, 'user_store.type')).toBe('database_unique_id');
  });
});

describe('server_role', () => {
  it.each([
    ['km', 'api-key-manager'],
    ['tm', 'traffic-manager'],
    ['pub', 'api-publisher'],
    ['dev', 'api-devportal'],
    ['gw', 'gateway-worker'],
  ])('of %s is %s', (host, role) => {
    expect(at(fiveNodes(), host, 'server.server_role')).toBe(role);
  });
});

describe('addresses of other nodes', () => {
  const one = allOnOne();

  it('have the revocation of tokens at the Key Manager, under /oauth2', () => {
    expect(at(fiveNodes(), 'dev', 'apim.oauth_config.revoke_endpoint')).toBe(
      'https://km.example.com:9443/oauth2/revoke',
    );
    expect(at(one, 'dev', 'apim.oauth_config.revoke_endpoint')).toBe(
      'https://apim.example.com:9443/oauth2/revoke',
    );
  });

  it.each([
    ['gw', 'apim.key_manager.service_url', 'https://apim.example.com:9443/services/'],
    ['tm', 'apim.key_manager.service_url', 'https://apim.example.com:9443/services/'],
    ['gw', 'apim.throttling.service_url', 'https://apim.example.com:9446/services/'],
    ['pub', 'apim.throttling.throttle_decision_endpoints', ['tcp://apim.example.com:5675']],
    ['gw', 'apim.throttling.url_group.0.traffic_manager_urls', ['tcp://apim.example.com:9614']],
    ['gw', 'apim.throttling.url_group.0.traffic_manager_auth_urls', ['ssl://apim.example.com:9714']],
    ['km', 'apim.event_hub.service_url', 'https://apim.example.com:9446'],
    ['dev', 'apim.event_hub.event_listening_endpoints', ['tcp://apim.example.com:5675']],
    [
      'km',
      'event_listener.0.properties.notification_endpoint',
      'https://apim.example.com:9446/internal/data/v1/notify',
    ],
    ['pub', 'apim.gateway.environment.0.service_url', 'https://apim.example.com:9447/services/'],
    ['pub', 'apim.gateway.environment.0.https_endpoint', 'https://apim.example.com:8247'],
    ['dev', 'apim.gateway.environment.0.http_endpoint', 'http://apim.example.com:8284'],
    ['dev', 'apim.gateway.environment.0.ws_endpoint', 'ws://apim.example.com:9103'],
    ['dev', 'apim.gateway.environment.0.wss_endpoint', 'wss://apim.example.com:8103'],
    ['pub', 'apim.devportal.url', 'https://apim.example.com:9445/devportal'],
  ])('have at %s in %s the offset of their target', (host, path, expected) => {
    expect(at(one, host, path)).toEqual(expected);
  });

  it('name the event hub in every role that would turn to itself without it', () => {
    for (const host of ['km', 'pub', 'dev', 'gw'])
      expect(at(fiveNodes(), host, 'apim.event_hub.service_url')).toBe('https://tm.example.com:9443');
  });
});

describe('databases', () => {
  it('are both at every node but a gateway, which has the shared one only', () => {
    for (const host of ['km', 'tm', 'pub', 'dev'])
      expect(Object.keys(at(fiveNodes(), host, 'database') as object)).toEqual(['apim_db', 'shared_db']);
    expect(Object.keys(at(fiveNodes(), 'gw', 'database') as object)).toEqual(['shared_db']);
  });

  it('are called as the product calls their kind', () => {
    expect(at(fiveNodes(), 'km', 'database.apim_db')).toMatchObject({
      type: 'mysql',
      driver: 'com.mysql.cj.jdbc.Driver',
      port: 3306,
    });
    expect(at(postgresql(), 'km', 'database.apim_db')).toMatchObject({
      type: 'postgre',
      driver: 'org.postgresql.Driver',
      port: 5432,
    });
  });

  it('are reached over a URL of its own with MariaDB', () => {
    const mariadb = fiveNodes({ database: { ...commonSettings().database, type: 'mariadb' } });
    expect(at(mariadb, 'km', 'database.shared_db')).toMatchObject({
      type: 'mysql',
      url: 'jdbc:mariadb://db.example.com:3306/shared_db',
      driver: 'org.mariadb.jdbc.Driver',
    });
  });

  it('have the driver class that was asked for', () => {
    const { database } = commonSettings();
    const other = fiveNodes({ database: { ...database, driver: { path: 'x.jar', class: 'com.example.D' } } });
    expect(at(other, 'km', 'database.shared_db.driver')).toBe('com.example.D');
  });

  it('have their passwords escaped for the XML that the product makes', () => {
    const { database } = commonSettings();
    const apim = { username: 'apimadmin', password: 'fake<&>"pw' };
    const odd = fiveNodes({ database: { ...database, apim } });
    expect(at(odd, 'km', 'database.apim_db.password')).toBe('fake&lt;&amp;&gt;"pw');
    expect(String(deploymentToml(odd, nodeNamed(odd, 'km')))).not.toContain('fake');
  });
});

describe('a token that is revoked', () => {
  it('is told to the Traffic Manager by the Key Manager, with a header whose name has a dot in it', () => {
    expect(at(fiveNodes(), 'km', 'event_listener.0.properties')).toEqual({
      notification_endpoint: 'https://tm.example.com:9443/internal/data/v1/notify',
      username: '${admin.username}',
      password: '${admin.password}',
      'header.X-WSO2-KEY-MANAGER': 'default',
    });
  });
});
