import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { buildTopology } from '../../../../src/apim/build.ts';
import { lintOverrides } from '../../../../src/apim/checks/lint/override-lint.ts';
import { unreadKeys } from '../../../../src/apim/checks/lint/unread-keys.ts';
import type { Topology } from '../../../../src/apim/cluster/topology.ts';
import { deploymentToml } from '../../../../src/apim/config/deployment-toml.ts';
import {
  fiveEntries,
  fiveHosts,
  inventoryFrom,
  oneHost,
  onPostgresql,
  tenHosts,
  topologyOf,
  type Values,
  withFeatures,
  withKeyManagerElsewhere,
} from '../../../support/topologies.ts';
import { samples } from '../../guide/samples.ts';

const at = (wanted: string, more: Values) => (name: string) => (name === wanted ? more : {});
const findings = async (own: (name: string) => Values) =>
  lintOverrides(await topologyOf({ groups: fiveEntries(own) }));
const unread = async (deployment_toml: Values, more: Values = {}) =>
  (await findings(at('gw', { deployment_toml, ...more }))).map(
    ({ code, path, fix }) => `${code} ${path}: ${fix}`,
  );

/** Paths of nested keys, as a tree. */
function tree(paths: Readonly<Record<string, unknown>>): Values {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(paths)) {
    const parts = path.split('/').flatMap((part) => part.split(/(?=\[\d+\])/));
    let here = root;
    for (const [index, part] of parts.entries()) {
      const key = part.startsWith('[') ? part.slice(1, -1) : part;
      if (index === parts.length - 1) here[key] = value;
      else {
        here[key] ??= parts[index + 1]?.startsWith('[') ? [] : {};
        here = here[key] as Record<string, unknown>;
      }
    }
  }
  return root;
}

describe('a key that nobody reads', () => {
  it.each<[Values, string, string]>([
    [
      { transport: { blocking: { sender: { enable_client_caching: true } } } },
      'transport.blocking.sender.enable_client_caching',
      'say transport.blocking_sender.enable_client_caching, the nearest that is read, or leave it out',
    ],
    [
      { apim: { jwt: { enabled: true } } },
      'apim.jwt.enabled',
      'say apim.jwt.enable, the nearest that is read, or leave it out',
    ],
    [
      { transport: { passthru_https: { listener: { parameter: { HttpsProtocols: 'TLSv1.2' } } } } },
      'transport.passthru_https.listener.parameter.HttpsProtocols',
      'say transport.passthru_https.listener.parameters.HttpsProtocols, the nearest that is read, or leave it out',
    ],
    [
      { event_recorder: { name: 'x' } },
      'event_recorder.name',
      'say it as a list of tables: the product reads event_recorder[].name',
    ],
    [
      { session: { 'timeout.idle_session_timeout': '20m' } },
      'session.timeout.idle_session_timeout',
      'say it as nested keys, not as a list and not as one key: the product reads session.timeout.idle_session_timeout',
    ],
    [
      { apim: { key_manager: { pool: { max_idle: 1 } } } },
      'apim.key_manager.pool.max_idle',
      'leave it out: this version has no pool of connections there',
    ],
    [
      { transport: { receiver: { ssl_enabled_protocols: 'TLSv1.2' } } },
      'transport.receiver.ssl_enabled_protocols',
      'leave it out: its template writes another name; set hardening, which has Java do it',
    ],
    [{ zzz: { nothing_like_it_anywhere: 1 } }, 'zzz.nothing_like_it_anywhere', 'leave it out'],
  ])('is told, with the nearest that is: %j', async (own, path, fix) => {
    expect(await unread(own)).toEqual([`override-unread apim.deployment_toml.${path}: ${fix}`]);
  });

  it('is told once where it is written once, at its own line', async () => {
    const groups = ['key_manager', 'traffic_manager', 'publisher', 'devportal', 'gateway'];
    const text = `all:
  vars:
    apim:
      pack: { path: a.zip, sha256: '${'0'.repeat(64)}' }
      admin: { username: admin, password: fake-admin-password }
      keystore: { password: fake-keystore-password }
      database:
        type: mysql
        host: db
        driver: { path: a.jar }
        apim: { username: a, password: fake-one }
        shared: { username: b, password: fake-two }
      deployment_toml:
        apim:
          throttling:
            enable_query_based: true
  children:
${groups.map((name, index) => `    ${name}: { hosts: { n${index}: { ansible_host: 10.0.0.${index} } } }`).join('\n')}
`;
    const found = unreadKeys(buildTopology(await inventoryFrom(text), '/srv'));
    expect(found.map(({ line, column }) => [line, column])).toEqual([[16, 33]]);
  });

  it('may be read by a template of one’s own', async () => {
    const files = [{ from: './x.j2', to: 'repository/resources/conf/templates/repository/conf/x.xml.j2' }];
    expect(await unread({ mine: { key: 1 } }, { files })).toEqual([]);
  });
});

describe('a key that is read', () => {
  const rendered = ({ nodes, ...rest }: Topology): Topology => ({
    ...rest,
    nodes: nodes.map((node) => ({
      ...node,
      deploymentToml: parse(deploymentToml({ nodes, ...rest }, node).reveal()),
    })),
  });

  it.each([
    ['five hosts', fiveHosts],
    ['one host', oneHost],
    ['PostgreSQL', onPostgresql],
    ['ten hosts', () => tenHosts({ cache_invalidation: true })],
    ['all features', withFeatures],
    ['a Key Manager elsewhere', withKeyManagerElsewhere],
  ])('is every one that is written for %s', async (_name, topology) => {
    expect(unreadKeys(rendered(await topology()))).toEqual([]);
  });

  it('is every one of the guide’s own samples', async () => {
    const [first, ...rest] = (await fiveHosts()).nodes;
    const topology = await fiveHosts();
    for (const sample of Object.values(samples)) {
      const nodes = [{ ...first, deploymentToml: tree(sample) }, ...rest] as Topology['nodes'];
      expect(unreadKeys({ ...topology, nodes })).toEqual([]);
    }
  });

  it.each<[Values]>([
    [{ transport: { passthru_http: { sender: { parameters: { anything: 1 } } } } }],
    [{ transport: { https: { sslHostConfig: { properties: { honorCipherOrder: true } } } } }],
    [{ user_store: { properties: { MyOwn: 'x' }, connection_url: 'ldap://x' } }],
    [{ datasource: [{ id: 'Mine', url: 'jdbc:x', pool_options: { maxActive: 3 } }] }],
    [{ event_handler: [{ name: 'x', subscriptions: ['A'], properties: { 'any.thing': 1 } }] }],
    [{ event_listener: [{ id: 'token_revocation', properties: { 'header.X': 1 } }] }],
    [{ synapse_handlers: { mine: { enabled: true, class: 'a.B' } } }],
    [{ apim: { cors: { allow_headers: ['a', 'b'] }, cache_invalidation: { enabled: true } } }],
    [{ authentication: { authenticator: { mine: { enable: true, parameters: { x: 1 } } } } }],
    [{ database: { user: { type: 'mysql', hostname: 'x', port: 1, name: 'y' } } }],
    [{ system: { parameter: { 'a.b': 'c' } } }],
    [{ tenant_mgt: { enable_email_domain: true }, recaptcha: { enabled: true } }],
    [{ transport: { http: { properties: { maxThreads: 3 } } } }],
  ])('gives no alarm: %j', async (own) => {
    expect(await unread(own)).toEqual([]);
  });
});

describe('a list of somebody’s own in the place of ours', () => {
  const listener = { id: 'mine', type: 'a.B', name: 'a.C', order: 2 };

  it('drops what ours has by name, and is told of a way that does not', async () => {
    const found = await findings(() => ({ deployment_toml: { event_listener: [listener] } }));
    expect(found.map(({ code, severity, path }) => `${severity} ${code} ${path}`)).toEqual([
      'warning override-drops apim.deployment_toml.event_listener',
    ]);
    expect(found[0]?.message).toBe(
      'takes the place of all that km would have there, and lacks token_revocation',
    );
    expect(found[0]?.why).toContain('a token that is revoked');
    expect(found[0]?.fix).toContain('deployment_toml_append');
  });

  it('drops nothing if it names what ours has, or is added', async () => {
    const both = [{ ...listener, id: 'token_revocation' }, listener];
    expect(await findings(() => ({ deployment_toml: { event_listener: both } }))).toEqual([]);
    expect(await findings(() => ({ deployment_toml_append: { event_listener: [listener] } }))).toEqual([]);
  });
});
