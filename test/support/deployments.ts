import { buildTopology } from '../../src/apim/build.ts';
import type { Node, Topology } from '../../src/apim/cluster/topology.ts';
import type { Host, Inventory } from '../../src/input/inventory.ts';
import { fakeHost } from './fake-connection.ts';

/** Every password of these deployments. */
const passwords = {
  admin: 'fake-admin-pw',
  keystore: 'fake-keystore-pw',
  truststore: 'fake-truststore-pw',
  apim: 'fake-apim-db-pw',
  shared: 'fake-shared-db-pw',
  administrator: 'fake-root-db-pw',
} as const;

const groups = {
  km: 'key_manager',
  tm: 'traffic_manager',
  pub: 'publisher',
  dev: 'devportal',
  gw: 'gateway',
} as const;
type Name = keyof typeof groups;
const names = Object.keys(groups) as Name[];

/** What is the same everywhere: the least that is accepted, with MySQL. */
export function commonSettings() {
  return {
    pack: { path: 'wso2am-3.2.0.zip', sha256: '0'.repeat(64) },
    admin: { username: 'admin', password: passwords.admin },
    keystore: { password: passwords.keystore },
    truststore: { password: passwords.truststore },
    database: {
      type: 'mysql',
      host: 'db.example.com',
      driver: { path: 'driver.jar' },
      administrator: { username: 'root', password: passwords.administrator },
      apim: { username: 'apimadmin', password: passwords.apim },
      shared: { username: 'sharedadmin', password: passwords.shared },
    },
  };
}

/** Five servers, a component each, all at offset 0. `apim` is laid over the common settings. */
export function fiveNodes(apim: object = {}): Topology {
  return built((name, index) => ({
    address: `10.0.0.${11 + index}`,
    apim: { hostname: `${name}.example.com`, ...apim },
  }));
}

/** The node of a host such as `km`. */
export function nodeNamed({ nodes }: Topology, name: string): Node {
  const found = nodes.find((node) => node.host.name === name);
  if (found === undefined) throw new TypeError(`no node ${name}`);
  return found;
}

function built(own: (name: Name, index: number) => { address: string; apim: object }): Topology {
  const hosts = names.map((name, index): Host => {
    const { address, apim } = own(name, index);
    return {
      ...fakeHost(name, address, [groups[name]]),
      vars: { apim: { ...commonSettings(), ...apim } },
    };
  });
  const inventory: Inventory = {
    file: 'inventory.yaml',
    sources: [{ folder: '/nowhere', files: ['inventory.yaml'] }],
    hosts,
    groups: new Map(names.map((name) => [groups[name], [name]])),
  };
  return buildTopology(inventory, '/nowhere');
}
