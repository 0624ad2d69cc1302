import type { Issue } from '../../errors.ts';
import type { Host, Inventory } from '../../input/inventory.ts';
import { isAddress, type Node, portNumbers, serverOf, type Topology } from '../cluster/topology.ts';
import { brokenAppends } from '../config/appends.ts';
import { deploymentTables } from '../config/deployment-toml.ts';
import { brokenOverrides, mergeTables } from '../config/overrides.ts';
import { roles } from '../release/roles.ts';
import { unitName } from '../server/commands.ts';
import { brokenAccounts, defaultPasswords } from './accounts.ts';
import { nodeIssue } from './node-issue.ts';
import { brokenDownloads, exposedSecrets } from './rules-downloads.ts';
import { brokenNetwork } from './rules-network.ts';
import { brokenSharing } from './rules-shared.ts';
import { brokenValues } from './rules-values.ts';

/** What a sound topology obeys; an issue for everything that does not. */
export function brokenRules(topology: Topology): Issue[] {
  return [
    ...coded('path', plainPaths(topology)),
    ...coded('home-clash', ownHomes(topology)),
    ...coded('port-clash', ownPorts(topology)),
    ...coded('name-clash', ownNames(topology)),
    ...coded('bad-name', plainNames(topology)),
    ...coded('no-address', mappable(topology)),
    ...coded('runs-as-root', plainRunUsers(topology)),
    ...coded('account', brokenAccounts(topology)),
    ...coded('value', brokenValues(topology)),
    ...coded('default-password', defaultPasswords(topology)),
    ...coded('network', brokenNetwork(topology)),
    ...coded('override', brokenContent(topology)),
    ...coded('shared-directory', brokenSharing(topology)),
    ...coded('exposed-secret', exposedSecrets(topology)),
    ...coded('download', brokenDownloads(topology)),
  ];
}

function coded(code: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ code, ...issue }));
}

/** That every component has a host. Known from the groups alone, so it can be told whatever else is wrong. */
export function brokenGroups(inventory: Inventory): Issue[] {
  return roles.flatMap(({ role, group, title }): Issue[] => {
    if (inventory.hosts.some((host) => host.groups.includes(group))) return [];
    if (role === 'key-manager' && inventory.hosts.some(hasKeyManagerElsewhere)) return [];
    const alike = [...inventory.groups.keys()].find((each) => each !== group && plain(each) === plain(group));
    return [
      {
        file: inventory.file,
        line: 1,
        column: 1,
        path: group,
        code: 'role-missing',
        message: `the ${title} is missing: ${alike === undefined ? `put a host into the group ${group}` : `the group ${alike} must be called ${group}`}`,
      },
    ];
  });
}

function hasKeyManagerElsewhere({ vars }: Host): boolean {
  const { apim } = vars;
  return typeof apim === 'object' && apim !== null && 'key_manager' in apim;
}

function plain(group: string): string {
  return group
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/s$/, '');
}

function pairs(nodes: readonly Node[]): [Node, Node][] {
  return nodes.flatMap((a, index) => nodes.slice(index + 1).map((b): [Node, Node] => [a, b]));
}

function sameServer(a: Node, b: Node): boolean {
  return serverOf(a) === serverOf(b);
}

/** The start script tells its own place by `pwd`, and splits words at blanks. */
function plainPaths({ nodes }: Topology): Issue[] {
  return nodes.flatMap((node) =>
    (
      [
        ['home', node.home],
        ['directory', node.directory],
        ['java.home', node.java.home ?? '/'],
      ] as const
    )
      .filter(([, path]) => !/^[\w/.+@-]*$/.test(path) || /\/\.{0,2}\//.test(path) || /\/\.{1,2}$/.test(path))
      .map(([key, path]) =>
        nodeIssue(node, key, `"${path}" must have only letters, digits and _ . + @ - in it, and no // or ..`),
      ),
  );
}

function ownHomes({ nodes }: Topology): Issue[] {
  return pairs(nodes)
    .filter(([a, b]) => sameServer(a, b) && unitName(a) === unitName(b))
    .map(([a, b]) =>
      nodeIssue(
        b,
        'home',
        a.home === b.home
          ? `${b.host.name} and ${a.host.name} share the folder ${a.home} on one server`
          : `${b.host.name} and ${a.host.name} are on one server, and their folders have one name: both would be the service ${unitName(b)}`,
      ),
    );
}

function ownPorts({ nodes }: Topology): Issue[] {
  return pairs(nodes).flatMap(([a, b]) => {
    if (!sameServer(a, b)) return [];
    const clash = portNumbers(a).filter((port) => portNumbers(b).includes(port));
    if (clash.length === 0) return [];
    return [
      nodeIssue(
        b,
        'offset',
        `${b.host.name} and ${a.host.name} are on one server and both want port ${clash.join(', ')}: give one of them another offset`,
      ),
    ];
  });
}

function ownNames({ nodes }: Topology): Issue[] {
  return pairs(nodes)
    .filter(([a, b]) => a.hostname === b.hostname && !sameServer(a, b))
    .map(([a, b]) =>
      nodeIssue(
        b,
        'hostname',
        `${b.host.name} and ${a.host.name} are two servers with one hostname, ${a.hostname}`,
      ),
    );
}

/** Java reads no host out of a URL with an underscore in it, and an IPv6 address would need brackets. */
function plainNames({ nodes }: Topology): Issue[] {
  return nodes
    .filter(
      ({ hostname }) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(hostname),
    )
    .map((node) =>
      nodeIssue(
        node,
        'hostname',
        `"${node.hostname}" cannot stand in a URL: give ${node.host.name} an apim.hostname of letters, digits, - and .`,
      ),
    );
}

function mappable({ settings, nodes }: Topology): Issue[] {
  if (!settings.mapHosts) return [];
  return nodes
    .filter((node) => !isAddress(node.address))
    .map((node) =>
      nodeIssue(
        node,
        'address',
        `map_hosts needs an IP address, and "${node.address}" is none: give ${node.host.name} an apim.address`,
      ),
    );
}

function plainRunUsers({ nodes }: Topology): Issue[] {
  return nodes
    .filter((node) => node.user === 'root')
    .map((node) => nodeIssue(node, 'user', 'the servers must not run as root'));
}

/** Somebody's own content of deployment.toml that cannot be merged into ours, or added to it. */
function brokenContent(topology: Topology): Issue[] {
  return topology.nodes.flatMap((node) => {
    const { deploymentToml: own, deploymentTomlAppend: more } = node;
    if (Object.keys(own).length + Object.keys(more).length === 0) return [];
    const issues = (setting: string, broken: ReturnType<typeof brokenOverrides>) =>
      broken.map(({ path, message }) => ({
        ...node.host.position(['apim', setting, ...path]),
        path: `apim.${setting}.${path.join('.')}`,
        message,
      }));
    const ours = deploymentTables(topology, { ...node, deploymentToml: {}, deploymentTomlAppend: {} });
    const merging = issues('deployment_toml', brokenOverrides(own, ours));
    if (merging.length > 0) return merging;
    return issues('deployment_toml_append', brokenAppends(more, mergeTables(ours, own)));
  });
}
