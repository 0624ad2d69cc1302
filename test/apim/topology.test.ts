import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  buildTopology,
  entryOf,
  nodeOf,
  portNumbers,
  portOf,
  type Topology,
} from '../../src/apim/topology.ts';
import { InputError } from '../../src/errors.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { allOnOne, commonSettings, fiveNodes, nodeNamed } from '../support/deployments.ts';
import { fakeHost } from '../support/fake-connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'topology-'));
afterAll(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: the tests break it in every way.
type Loose = any;

function sound() {
  const host = (n: number) => ({ ansible_host: `10.0.0.${n}`, ansible_user: 'wso2' });
  return {
    all: {
      vars: { apim: commonSettings() as Loose },
      children: {
        key_manager: { hosts: { km: host(11) } },
        traffic_manager: { hosts: { tm: host(12) } },
        publisher: { hosts: { pub: host(13) } },
        devportal: { hosts: { dev: host(14) } },
        gateway: { hosts: { gw: host(15) } },
      } as Loose,
    },
  };
}

async function build(text: string): Promise<Topology> {
  const file = join(folder, 'inventory.yaml');
  writeFileSync(file, text);
  return buildTopology(await loadInventory(file), folder);
}

async function complaints(text: string): Promise<string[]> {
  const error = await build(text).catch((each: unknown) => each);
  if (!(error instanceof InputError)) throw new TypeError('no InputError', { cause: error });
  return error.message.replaceAll(`${folder}/`, '').split('\n');
}

/** Without the place: what is said, and of what. */
async function said(change: (all: ReturnType<typeof sound>['all']) => void): Promise<string[]> {
  const inventory = sound();
  change(inventory.all);
  return (await complaints(stringify(inventory))).map((line) => line.replace(/^[^ ]+ /, ''));
}

const badCharacters = `must not hold any of @ : / ' " % & < > \\ or blanks`;
const badForXml = `must not hold any of ' " & < > \\ or blanks: the product puts it unescaped into XML`;

describe('a topology that breaks a rule', () => {
  it.each<[string, (all: Loose) => void, string[]]>([
    [
      'a role is missing',
      ({ children }) => delete children.devportal,
      ['devportal: the Developer Portal is missing: put a host into the group devportal'],
    ],
    [
      'no role is there at all',
      ({ children }) => {
        for (const name of Object.keys(children)) delete children[name];
        children.other = { hosts: { x: null } };
      },
      ['no host is in one of the groups key_manager, traffic_manager, publisher, devportal, gateway'],
    ],
    [
      'there are two gateways',
      ({ children }) => {
        children.gateway.hosts.gw2 = { ansible_host: '10.0.0.16' };
      },
      [
        'gateway.gw2: a second Gateway: more than one host a component (high availability) is not supported yet',
      ],
    ],
    [
      'a host is in two groups',
      ({ children }) => {
        children.gateway.hosts.pub = null;
      },
      [
        'pub: is in publisher and gateway; give each component an entry of its own, with the same ansible_host and its own apim.offset',
      ],
    ],
    [
      'two nodes of one server want the same ports',
      ({ children }) => {
        children.gateway.hosts.gw.ansible_host = '10.0.0.13';
      },
      [
        'apim.offset: gw and pub are on one server and both want port 9443, 9763: give one of them another offset',
      ],
    ],
    [
      'two nodes of one server have one home',
      ({ children }) => {
        children.publisher.hosts.pub.apim = { home: '/srv/am' };
        children.gateway.hosts.gw = { ansible_host: '10.0.0.13', apim: { home: '/srv/am', offset: 1 } };
      },
      ['apim.home: gw and pub share the folder /srv/am on one server'],
    ],
    [
      'two servers have one hostname',
      ({ children }) => {
        children.publisher.hosts.pub.apim = { hostname: 'am.example.com' };
        children.gateway.hosts.gw.apim = { hostname: 'AM.example.com' };
      },
      ['apim.hostname: gw and pub are two servers with one hostname, am.example.com'],
    ],
    [
      'names are mapped and an address is a name',
      ({ vars, children }) => {
        vars.apim.map_hosts = true;
        children.gateway.hosts.gw.ansible_host = 'gw.example.com';
      },
      ['apim.address: map_hosts needs an IP address, and "gw.example.com" is none: give gw an apim.address'],
    ],
    [
      'the keystore password is short',
      ({ vars }) => {
        vars.apim.keystore.password = 'short';
        vars.apim.truststore = { password: 'long-enough' };
      },
      ['apim.keystore.password: must be at least 6 characters long, or Java refuses the store'],
    ],
    [
      'the truststore password is short',
      ({ vars }) => {
        vars.apim.truststore = { password: 'short' };
      },
      ['apim.truststore.password: must be at least 6 characters long, or Java refuses the store'],
    ],
    [
      'the keystore password breaks the XML of the product',
      ({ vars }) => {
        vars.apim.keystore.password = 'fake&fake';
        vars.apim.truststore = { password: 'long-enough' };
      },
      [`apim.keystore.password: ${badForXml}`],
    ],
    [
      'the truststore password breaks the XML of the product',
      ({ vars }) => {
        vars.apim.truststore = { password: "fake'fake" };
      },
      [`apim.truststore.password: ${badForXml}`],
    ],
    [
      'the name of the administrator breaks a URL of the product',
      ({ vars }) => {
        vars.apim.admin.username = 'admin@example.com';
      },
      [`apim.admin.username: ${badCharacters}`],
    ],
    [
      'a server runs as root',
      ({ children }) => {
        children.gateway.hosts.gw.apim = { user: 'root' };
      },
      ['apim.user: the servers must not run as root'],
    ],
    [
      'a setting of the whole deployment differs',
      ({ children }) => {
        children.gateway.hosts.gw.apim = { environment: 'Other' };
      },
      ['apim.environment: must be the same for all nodes, but differs between km and gw'],
    ],
    [
      'a secret of the whole deployment differs',
      ({ children }) => {
        children.gateway.hosts.gw.apim = { keystore: { password: 'another-fake' } };
      },
      ['apim.keystore: must be the same for all nodes, but differs between km and gw'],
    ],
    [
      'the pack has neither path nor url',
      ({ vars }) => delete vars.apim.pack.path,
      ['apim.pack: needs either path or url'],
    ],
    [
      'the driver has a url and no checksum',
      ({ vars }) => {
        vars.apim.database.driver = { url: 'https://example.com/driver.jar' };
      },
      ['apim.database.driver: needs sha256 with url'],
    ],
  ])('when %s is refused', async (_what, change, expected) => {
    expect(await said(change)).toEqual(expected);
  });

  it.each(['@', ':', '/', "'", '"', '%', '&', '<', '>', '\\', ' '])(
    'with %s in the password of the administrator is refused, and the password is not shown',
    async (bad) => {
      const found = await said(({ vars }) => {
        vars.apim.admin.password = `fake${bad}fake`;
      });
      expect(found).toEqual([
        `apim.admin.password: ${badCharacters}: the product puts it unescaped into a URL and into XML`,
      ]);
    },
  );

  it('is told everything at once', async () => {
    const found = await said(({ vars, children }) => {
      vars.apim.keystore.password = 'short';
      vars.apim.truststore = { password: 'long-enough' };
      children.gateway.hosts.gw.apim = { user: 'root' };
      delete children.devportal;
    });
    expect(found).toHaveLength(3);
  });
});

describe('a mistake', () => {
  it('has its file, line and column, and a suggestion; written once for all nodes, it is told once', async () => {
    const text = stringify(sound()).replace(/^ {4}apim:\n/m, '    apim:\n      enviroment: X\n');
    const [found, ...more] = await complaints(text);
    expect(found).toMatch(
      /^inventory\.yaml:4:\d+: apim\.enviroment: unknown key; did you mean "environment"\?$/,
    );
    expect(more).toEqual([]);
  });
});

describe('a sound topology', () => {
  it('has its nodes in the order of starting, however they were written', async () => {
    const inventory = sound();
    inventory.all.children = Object.fromEntries(Object.entries(inventory.all.children).reverse());
    const topology = await build(stringify(inventory));
    expect(topology.nodes.map((node) => node.host.name)).toEqual(['km', 'tm', 'pub', 'dev', 'gw']);
  });

  it('has what was not said', async () => {
    const inventory = sound();
    delete inventory.all.vars.apim.truststore;
    const { settings, nodes } = await build(stringify(inventory));
    expect(nodes[0]).toMatchObject({
      home: '/opt/wso2/key-manager',
      hostname: 'km',
      address: '10.0.0.11',
      user: 'wso2',
      offset: 0,
      readyTimeoutMs: 300_000,
    });
    expect(settings.pack.path).toBe(join(folder, 'wso2am-3.2.0.zip'));
    expect(settings.database.port).toBe(3306);
    expect(settings.truststore.password.reveal()).toBe(settings.keystore.password.reveal());
  });

  it('runs as wso2carbon where the login is root', async () => {
    const inventory = sound();
    inventory.all.children.gateway.hosts.gw.ansible_user = 'root';
    expect(nodeNamed(await build(stringify(inventory)), 'gw').user).toBe('wso2carbon');
  });

  it('may have hosts that are no nodes', async () => {
    const inventory = sound();
    inventory.all.children.database = { hosts: { db: null } };
    expect((await build(stringify(inventory))).nodes).toHaveLength(5);
  });

  it('may have all nodes on one server, at different offsets', () => {
    expect(allOnOne().nodes.map((node) => node.offset)).toEqual([0, 3, 1, 2, 4]);
  });
});

describe('ports', () => {
  it('have the offset of their node', () => {
    const tm = nodeNamed(allOnOne(), 'tm');
    expect(portOf(tm, 'amqp')).toBe(5675);
    expect(portNumbers(tm)).toEqual([9446, 9766, 5675, 8675, 9614, 9714]);
    expect(entryOf(allOnOne(), 'gateway').port('apiHttps')).toBe(8247);
  });

  it('that a role does not have are a mistake of ours', () => {
    expect(() => portOf(nodeNamed(fiveNodes(), 'km'), 'amqp')).toThrow('a key-manager has no port amqp');
    expect(() => nodeOf(fiveNodes(), fakeHost('db'))).toThrow('db is not a node of API Manager');
  });
});
