import { describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { environmentsOf, servicesUrl } from '../../src/apim/cluster/entries.ts';
import { nodeOf, nodesOf, portNumbers, portOf } from '../../src/apim/cluster/topology.ts';
import { InputError } from '../../src/errors.ts';
import {
  type Deployment,
  fiveEntries,
  fiveHosts,
  inventoryFrom,
  inventoryText,
  nodeFor,
  oneHost,
  topologyOf,
  type Values,
} from '../support/topologies.ts';

/** Every issue of a deployment, as `path: message`. */
async function issuesOf(deployment: Deployment): Promise<string[]> {
  try {
    await topologyOf(deployment);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

const database = (own: Values): Values => ({
  database: {
    type: 'mysql',
    host: 'db.example.com',
    driver: { path: './driver.jar' },
    apim: { username: 'apim', password: 'fake-apim-password' },
    shared: { username: 'shared', password: 'fake-shared-password' },
    ...own,
  },
});

const own = (name: string, values: Values) => (each: string) => (each === name ? values : {});

describe('a topology', () => {
  it('has the nodes in the order in which they start', async () => {
    const { nodes } = await topologyOf({
      groups: Object.fromEntries(Object.entries(fiveEntries()).reverse()),
    });
    expect(nodes.map(({ host }) => host.name)).toEqual(['km', 'tm', 'pub', 'dev', 'gw']);
  });

  it('gives every node what it was not told', async () => {
    const topology = await topologyOf({
      groups: { ...fiveEntries(), gateway: { GW: { ansible_host: '10.0.0.15' } } },
    });
    expect(nodeFor(topology, 'gateway')).toMatchObject({
      offset: 0,
      home: '/opt/wso2/gateway',
      directory: '/opt/wso2',
      hostname: 'gw',
      address: '10.0.0.15',
      user: 'wso2',
      service: 'auto',
      java: { home: undefined, accept: [] },
      memory: { initial: '256m', maximum: '1024m' },
      jvmOptions: [],
      readyTimeoutMs: 300_000,
      stopTimeoutMs: 120_000,
    });
    expect(topology.settings).toMatchObject({
      version: '3.2.0',
      pack: { path: '/srv/apim/wso2am-3.2.0.zip' },
      mapHosts: false,
      database: { port: 3306 },
      certificates: {
        directory: '/srv/apim/pki',
        authorityDays: 3650,
        nodeDays: 825,
        renewBeforeMs: 30 * 86_400_000,
      },
    });
  });

  it('takes the password of the keystores for the truststores, if these have none', async () => {
    const { settings } = await topologyOf({ apim: { truststore: undefined } });
    expect(settings.truststore.password.reveal()).toBe('fake-keystore-password');
  });

  it('does not run servers as root, even if we log in as root', async () => {
    const groups = Object.fromEntries(
      Object.entries(fiveEntries()).map(([group, hosts]) => [
        group,
        Object.fromEntries(
          Object.entries(hosts).map(([name, vars]) => [name, { ...vars, ansible_user: 'root' }]),
        ),
      ]),
    );
    expect((await topologyOf({ groups })).nodes.map(({ user }) => user)).toEqual(Array(5).fill('wso2carbon'));
    expect(await issuesOf({ groups, apim: { user: 'root' } })).toContain(
      'apim.user: the servers must not run as root',
    );
  });

  it('knows how each role is reached', async () => {
    const topology = await oneHost();
    expect(servicesUrl(topology, 'traffic-manager')).toBe('https://tm.example.com:9446');
    expect(environmentsOf(topology).map(({ sites }) => sites.wss)).toEqual(['wss://gw.example.com:8103']);
    expect(nodesOf(topology, 'gateway')).toHaveLength(1);
  });

  it('knows the ports of a node, and that another role has others', async () => {
    const node = nodeFor(await oneHost(), 'traffic-manager');
    expect(portNumbers(node).sort()).toEqual([5675, 8675, 9446, 9614, 9714, 9766]);
    expect(() => portOf(node, 'apiHttps')).toThrow('a traffic-manager has no port apiHttps');
  });

  it('finds the node of a host, and takes a host of no component for none', async () => {
    const groups = { ...fiveEntries(), database: { db: { ansible_host: '10.0.0.16' } } };
    const inventory = await inventoryFrom(inventoryText({ groups }));
    const topology = buildTopology(inventory, '/srv/apim');
    const hosts = new Map(inventory.hosts.map((host) => [host.name, host]));
    expect(nodeOf(topology, hosts.get('gw') as never).role).toBe('gateway');
    expect(() => nodeOf(topology, hosts.get('db') as never)).toThrow('db is not a node');
  });
});

describe('an inventory', () => {
  it('may put all nodes on one server, if their offsets keep their ports apart', async () => {
    await expect(oneHost()).resolves.toBeDefined();
    const issues = await issuesOf({ groups: fiveEntries(own('pub', { offset: 1 }), '10.0.0.20') });
    expect(issues).toContain(
      'apim.offset: tm and km are on one server and both want port 9443, 9763: give one of them another offset',
    );
    expect(issues.filter((issue) => issue.includes('pub'))).toEqual([]);
  });

  it('tells servers with one address apart by their SSH ports', async () => {
    const entries = fiveEntries(undefined, '127.0.0.1');
    const groups = Object.fromEntries(
      Object.entries(entries).map(([group, hosts], index) => [
        group,
        Object.fromEntries(
          Object.entries(hosts).map(([name, vars]) => [name, { ...vars, ansible_port: 2201 + index }]),
        ),
      ]),
    );
    expect(await issuesOf({ groups })).toEqual([]);
  });

  it.each<[string, Deployment, string]>([
    [
      'a component without a host',
      { groups: { ...fiveEntries(), gateway: {} } },
      'gateway: the Gateway is missing: put a host into the group gateway',
    ],
    [
      'a group that is called a little otherwise',
      {
        groups: Object.fromEntries(
          Object.entries(fiveEntries()).map(([name, hosts]) => [
            name === 'key_manager' ? 'key-managers' : name,
            hosts,
          ]),
        ),
      },
      'key_manager: the Key Manager is missing: the group key-managers must be called key_manager',
    ],
    [
      'two hosts for a component without an address for both',
      {
        groups: {
          ...fiveEntries(),
          publisher: {
            pub: { ansible_host: '10.0.0.13' },
            pub2: { ansible_host: '10.0.0.33' },
          },
        },
      },
      'apim.load_balancer.publisher: there are several Publishers, so the others need one address for all of them: give apim.load_balancer.publisher, such as https://name.example.com',
    ],
    [
      'a host in two components',
      { groups: { ...fiveEntries(), devportal: { pub: {} } } },
      'pub: is in publisher and devportal; give each component an entry of its own, with the same ansible_host and its own apim.offset',
    ],
    [
      'two nodes in one folder',
      {
        groups: fiveEntries(
          (name) =>
            ({ tm: { offset: 10, home: '/opt/x' }, km: { home: '/opt/x' } })[name] ?? {
              offset: name.charCodeAt(0),
            },
          '10.0.0.20',
        ),
      },
      'apim.home: tm and km share the folder /opt/x on one server',
    ],
    [
      'two nodes that would be one service',
      {
        groups: fiveEntries(
          (name) =>
            ({ tm: { offset: 10, home: '/opt/b/x' }, km: { home: '/opt/a/x' } })[name] ?? {
              offset: name.charCodeAt(0),
            },
          '10.0.0.20',
        ),
      },
      'apim.home: tm and km are on one server, and their folders have one name: both would be the service apim-x.service',
    ],
    [
      'one hostname for two servers',
      { groups: fiveEntries(own('tm', { hostname: 'km.example.com' })) },
      'apim.hostname: tm and km are two servers with one hostname, km.example.com',
    ],
    [
      'a hostname that Java reads out of no URL',
      { groups: fiveEntries(own('tm', { hostname: 'tm_1.example.com' })) },
      'apim.hostname: "tm_1.example.com" cannot stand in a URL: give tm an apim.hostname of letters, digits, - and .',
    ],
    [
      'names to map without an address',
      { apim: { map_hosts: true }, groups: fiveEntries(own('tm', { address: 'tm.internal' })) },
      'apim.address: map_hosts needs an IP address, and "tm.internal" is none: give tm an apim.address',
    ],
    [
      'a folder that the start script would not understand',
      { apim: { directory: '/opt/my wso2' } },
      'apim.directory: "/opt/my wso2" must have only letters, digits and _ . + @ - in it, and no // or ..',
    ],
    [
      'a folder written in a roundabout way',
      { apim: { directory: '/opt/x/../wso2' } },
      'apim.directory: "/opt/x/../wso2" must have only letters, digits and _ . + @ - in it, and no // or ..',
    ],
    [
      'a setting of all that differs',
      { groups: fiveEntries(own('gw', { admin: { password: 'another-fake-password' } })) },
      'apim.admin: must be the same for all nodes, but differs between km and gw',
    ],
    [
      'an archive by path and by URL',
      { apim: { pack: { path: 'x.zip', url: 'https://example.com/x.zip', sha256: '0'.repeat(64) } } },
      'apim.pack: needs either path or url',
    ],
    [
      'a driver to download without a checksum',
      { apim: database({ driver: { url: 'https://example.com/x.jar' } }) },
      'apim.database.driver: needs sha256 with url',
    ],
    [
      'an admin password that breaks a URL',
      { apim: { admin: { username: 'admin', password: 'fake@password' } } },
      `apim.admin.password: must be of ASCII letters, digits and signs, but none of @ : / ' " % & < > \\ # ? { } [ ] ^ | \` and no $$ or blanks: the product puts it unescaped into a URL and into XML`,
    ],
    [
      'a short password of a keystore',
      { apim: { keystore: { password: 'short' } } },
      'apim.keystore.password: must be at least 6 characters long, or Java refuses the store',
    ],
    [
      'a password of a truststore that breaks XML',
      { apim: { truststore: { password: 'fake<password' } } },
      `apim.truststore.password: must not hold any of ' " & < > \\ or blanks: the product puts it unescaped into XML`,
    ],
    [
      'a password with a placeholder in it',
      { apim: database({ shared: { username: 'shared', password: 'fake$ref{x}' } }) },
      'apim.database.shared.password: must not hold ${ or $word{: the product would take it for a placeholder',
    ],
    [
      'one database for both',
      { apim: database({ shared: { name: 'apim_db', username: 'shared', password: 'fake-password' } }) },
      'apim.database.shared.name: must be another database than that of apim, apim_db',
    ],
    [
      'one database user with two passwords',
      { apim: database({ shared: { username: 'apim', password: 'fake-password' } }) },
      'apim.database.shared.password: apim is the user of both databases, but has two passwords here',
    ],
    [
      'the administrator of the database as the user of the product',
      { apim: database({ administrator: { username: 'apim', password: 'fake-password' } }) },
      'apim.database.apim.username: must be somebody else than apim, the administrator: give the product a user of its own',
    ],
    [
      'a name of a database that is more than a name',
      { apim: database({ apim: { name: 'x`; DROP', username: 'apim', password: 'fake-password' } }) },
      'apim.database.apim.name: must be letters, digits, _ and -, beginning with a letter, not "x`; DROP"',
    ],
    [
      'an option for Java with a blank in it',
      { apim: { jvm_options: ['-Da=b c'] } },
      'apim.jvm_options.0: must be one option without blanks and quotes, not "-Da=b c"',
    ],
    [
      'a key that there is not',
      { apim: { map_host: true } },
      'apim.map_host: unknown key; did you mean "map_hosts"?',
    ],
  ])('is refused for %s', async (_what, deployment, issue) => {
    expect(await issuesOf(deployment)).toContain(issue);
  });

  it('has one issue for a truststore that shares the bad password of the keystores', async () => {
    const issues = await issuesOf({ apim: { keystore: { password: 'short' }, truststore: undefined } });
    expect(issues).toHaveLength(1);
  });

  it('has every mistake told at once, each once, at its line and column', async () => {
    const inventory = await inventoryFrom(`all:
  vars:
    ansible_user: wso2
    apim:
      pack: { path: x.zip, sha256: abc }
      admin: { username: admin, password: fake-password }
      keystore: { password: fake-password }
  children:
    key_manager: { hosts: { km: { apim: { offset: -1, ready_timeout: 30d } } } }
    traffic_manager: { hosts: { tm: {} } }
    publisher: { hosts: { pub: {} } }
    devportal: { hosts: { dev: {} } }
`);
    const issues = (() => {
      try {
        buildTopology(inventory, '/srv/apim');
        return [];
      } catch (error) {
        return error instanceof InputError ? error.issues : [];
      }
    })();
    expect(issues.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`)).toEqual(
      [
        '1:1: gateway: the Gateway is missing: put a host into the group gateway',
        '5:36: apim.pack.sha256: must be a SHA-256: 64 hexadecimal digits',
        '9:51: apim.offset: must be at least 0',
        '9:70: apim.ready_timeout: must be at most 24d, not "30d"',
        '9:35: apim.database: is missing',
      ],
    );
  });

  it('has one issue a component if it says nothing at all of the product, and one a setting', async () => {
    const inventory = await inventoryFrom('all: { children: { gateway: { hosts: { a: {}, b: {} } } } }');
    const told = (() => {
      try {
        buildTopology(inventory, '/srv/apim');
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    for (const title of ['Key Manager', 'Traffic Manager', 'Publisher', 'Developer Portal'])
      expect(told).toContain(`the ${title} is missing`);
    expect(told.match(/apim\.pack: is missing/g)).toHaveLength(1);
  });

  it('keeps what is told of passwords free of them', async () => {
    const issues = await issuesOf({
      apim: { admin: { username: 'admin', password: 'fake pass@word' }, keystore: { password: 'f&k' } },
    });
    expect(issues.length).toBeGreaterThan(2);
    expect(issues.join('\n')).not.toMatch(/fake pass@word|f&k/);
  });

  it('is five nodes on five servers, as they are written', async () => {
    expect((await fiveHosts()).nodes.map(({ address }) => address)).toEqual([
      '10.0.0.11',
      '10.0.0.12',
      '10.0.0.13',
      '10.0.0.14',
      '10.0.0.15',
    ]);
  });
});
