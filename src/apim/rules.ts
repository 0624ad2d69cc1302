import type { Issue } from '../errors.ts';
import type { Inventory } from '../input/inventory.ts';
import { roles } from './roles.ts';
import { isAddress, type Node, portNumbers, type Topology } from './topology.ts';

/** What a sound topology obeys; an issue for everything that does not. */
export function brokenRules(topology: Topology, inventory: Inventory): Issue[] {
  return [
    ...oneNodeARole(topology, inventory),
    ...ownHomes(topology),
    ...ownPorts(topology),
    ...ownNames(topology),
    ...mappable(topology),
    ...goodPasswords(topology),
    ...plainRunUsers(topology),
  ];
}

function at(node: Node, key: string, message: string): Issue {
  return { ...node.host.place(['apim', ...key.split('.')]), path: `apim.${key}`, message };
}

function oneNodeARole({ nodes }: Topology, inventory: Inventory): Issue[] {
  return roles.flatMap(({ role, group, title }): Issue[] => {
    const found = nodes.filter((node) => node.role === role);
    if (found.length === 0)
      return [
        {
          file: inventory.file,
          line: 1,
          column: 1,
          path: group,
          message: `the ${title} is missing: put a host into the group ${group}`,
        },
      ];
    return found.slice(1).map((node) => ({
      ...node.host.place([]),
      path: `${group}.${node.host.name}`,
      message: `a second ${title}: more than one host a component (high availability) is not supported yet`,
    }));
  });
}

function pairs(nodes: readonly Node[]): [Node, Node][] {
  return nodes.flatMap((a, index) => nodes.slice(index + 1).map((b): [Node, Node] => [a, b]));
}

function server(node: Node): string {
  return node.host.login.kind === 'ssh' ? node.host.login.address : 'local';
}

function ownHomes({ nodes }: Topology): Issue[] {
  return pairs(nodes)
    .filter(([a, b]) => server(a) === server(b) && a.home === b.home)
    .map(([a, b]) =>
      at(b, 'home', `${b.host.name} and ${a.host.name} share the folder ${a.home} on one server`),
    );
}

function ownPorts({ nodes }: Topology): Issue[] {
  return pairs(nodes).flatMap(([a, b]) => {
    if (server(a) !== server(b)) return [];
    const clash = portNumbers(a).filter((port) => portNumbers(b).includes(port));
    if (clash.length === 0) return [];
    return [
      at(
        b,
        'offset',
        `${b.host.name} and ${a.host.name} are on one server and both want port ${clash.join(', ')}: give one of them another offset`,
      ),
    ];
  });
}

function ownNames({ nodes }: Topology): Issue[] {
  return pairs(nodes)
    .filter(([a, b]) => a.hostname === b.hostname && server(a) !== server(b))
    .map(([a, b]) =>
      at(b, 'hostname', `${b.host.name} and ${a.host.name} are two servers with one hostname, ${a.hostname}`),
    );
}

function mappable({ settings, nodes }: Topology): Issue[] {
  if (!settings.mapHosts) return [];
  return nodes
    .filter((node) => !isAddress(node.address))
    .map((node) =>
      at(
        node,
        'address',
        `map_hosts needs an IP address, and "${node.address}" is none: give ${node.host.name} an apim.address`,
      ),
    );
}

function goodPasswords({ settings, nodes }: Topology): Issue[] {
  const [node] = nodes;
  if (node === undefined) return [];
  const issues: Issue[] = [];
  for (const [key, store] of [
    ['keystore.password', settings.keystore],
    ['truststore.password', settings.truststore],
  ] as const)
    if (store.password.reveal().length < 6)
      issues.push(at(node, key, 'must be at least 6 characters long, or Java refuses the store'));
  // They stand in a JMS URL and in XML, and the product escapes them in neither.
  const bad = /[@:/'"%&<>\\\s]/;
  if (bad.test(settings.admin.password.reveal()))
    issues.push(
      at(
        node,
        'admin.password',
        `must not hold any of @ : / ' " % & < > \\ or blanks: the product puts it unescaped into a URL and into XML`,
      ),
    );
  if (bad.test(settings.admin.username))
    issues.push(at(node, 'admin.username', `must not hold any of @ : / ' " % & < > \\ or blanks`));
  for (const [key, store] of [
    ['keystore.password', settings.keystore],
    ['truststore.password', settings.truststore],
  ] as const)
    if (/['"&<>\\\s]/.test(store.password.reveal()))
      issues.push(
        at(node, key, `must not hold any of ' " & < > \\ or blanks: the product puts it unescaped into XML`),
      );
  // For the product these begin a reference, wherever they stand.
  for (const [key, secret] of [
    ['admin.password', settings.admin.password],
    ['keystore.password', settings.keystore.password],
    ['truststore.password', settings.truststore.password],
    ['database.apim.password', settings.database.apim.password],
    ['database.shared.password', settings.database.shared.password],
  ] as const)
    if (/\$(ref|env|sys|secret)?\{/.test(secret.reveal()))
      issues.push(
        at(
          node,
          key,
          'must not hold ${, $ref{, $env{, $sys{ or $secret{: the product takes it for a reference',
        ),
      );
  return issues;
}

function plainRunUsers({ nodes }: Topology): Issue[] {
  return nodes
    .filter((node) => node.user === 'root')
    .map((node) => at(node, 'user', 'the servers must not run as root'));
}
