import { environmentsOf, isFronted } from '../../cluster/entries.ts';
import { sharedKinds, sharersOf } from '../../cluster/shared.ts';
import { isAddress, type Node, nodesOf, serverOf, type Topology } from '../../cluster/topology.ts';
import { factsOf, type Role, roles } from '../../release/roles.ts';
import { lintDownloads } from './download-lint.ts';
import { type Finding, finding } from './finding.ts';
import { lintOverrides } from './override-lint.ts';
import { valueAt } from './value-at.ts';
import { lintYamlWords } from './yaml-lint.ts';

/** What is allowed, but seldom meant. The topology obeys its rules already. */
export function lintTopology(topology: Topology): Finding[] {
  return [
    ...aloneAmongPairs(topology),
    ...shortNames(topology),
    ...unshared(topology),
    ...boundAcrossServers(topology),
    ...unequalCounters(topology),
    ...lintOverrides(topology),
    ...lintYamlWords(topology),
    ...removedWebapps(topology),
    ...unvouchedFor(topology),
    ...acceptedDefaults(topology),
    ...plainTraffic(topology),
    ...lintDownloads(topology),
  ];
}

function aloneAmongPairs(topology: Topology): Finding[] {
  const counts = roles.map(({ role }) => ({ role, nodes: nodesOf(topology, role) }));
  if (!counts.some(({ nodes }) => nodes.length > 1)) return [];
  return counts.flatMap(({ role, nodes }) => {
    const [node] = nodes;
    if (node === undefined || nodes.length > 1) return [];
    const { title, group } = factsOf(role);
    return [
      finding(node, 'hostname', `${node.host.name} is the only ${title}, while other roles have pairs`, {
        code: 'role-alone',
        why: 'high availability ends where one server can take a role away (the guide doubles every component)',
        fix: `add a second host to the group ${group}, and an address at the balancer`,
      }),
    ];
  });
}

/** A name without a dot is rarely one that another server, let alone a browser, can look up. */
function shortNames(topology: Topology): Finding[] {
  const { settings, nodes } = topology;
  const severalServers = new Set(nodes.map(serverOf)).size > 1;
  return nodes.flatMap((node) => {
    const local = /^(localhost|127\.|.*\.localhost$)/.test(node.hostname);
    if (local && severalServers)
      return [
        finding(node, 'hostname', `${node.hostname} means another server to everybody else`, {
          code: 'name-local',
          severity: 'error',
          why: 'peers would look for this node on themselves',
          fix: `give ${node.host.name} an apim.hostname that all servers can look up`,
        }),
      ];
    if (settings.mapHosts || isAddress(node.hostname) || node.hostname.includes('.') || !severalServers)
      return [];
    return [
      finding(node, 'hostname', `${node.hostname} is a short name, and map_hosts is off`, {
        code: 'name-short',
        why: 'every node calls the others by these names, and so do browsers for the portals',
        fix: `give ${node.host.name} an apim.hostname with its domain, or set apim.map_hosts: true`,
      }),
    ];
  });
}

function unshared(topology: Topology): Finding[] {
  const needed = [
    {
      kind: 'executionplans',
      what: 'throttling policies',
      why: 'a policy is deployed to the Traffic Manager that the balancer picks; its twin would never throttle by it',
    },
    {
      kind: 'synapse_configs',
      what: 'deployed APIs',
      why: 'an API is pushed to the gateway that the balancer picks; its twin would answer 404 (the guide, step 6.5, point 1.4)',
    },
    {
      kind: 'truststore',
      what: 'certificates of endpoints',
      why: 'a certificate uploaded in the Publisher reaches one gateway only (the guide, step 6.5, point 1.4)',
    },
  ] as const;
  return needed.flatMap(({ kind, what, why }) => {
    if (topology.settings.sharedDirectories[kind] !== undefined) return [];
    const [first] = pairOf(topology, sharersOf(kind));
    if (first === undefined || (kind === 'synapse_configs' && synchronises(first))) return [];
    return [
      finding(
        first,
        `shared_directories.${kind}`,
        `there are several ${factsOf(first.role).title}s, but they do not share their ${what}`,
        {
          code: 'ha-not-shared',
          why,
          fix: `give apim.shared_directories.${kind}, such as { type: nfs4, source: "nas:/apim" }`,
        },
      ),
    ];
  });
}

/** The nodes of the first role, or of the first environment, that has several. */
function pairOf(topology: Topology, sharers: readonly Role[]): readonly Node[] {
  const groups = sharers.flatMap((role) =>
    role === 'gateway' ? environmentsOf(topology).map(({ gateways }) => gateways) : [nodesOf(topology, role)],
  );
  return groups.find((nodes) => nodes.length > 1) ?? [];
}

/** The product’s own way to have gateways fetch their APIs, in the place of a shared directory. */
function synchronises(node: Node): boolean {
  return [node.deploymentToml, node.deploymentTomlAppend].some(
    (own) => valueAt(own, ['apim', 'sync_runtime_artifacts', 'gateway']) !== undefined,
  );
}

function boundAcrossServers(topology: Topology): Finding[] {
  return sharedKinds.flatMap((kind) => {
    if (topology.settings.sharedDirectories[kind]?.type !== 'bind') return [];
    const sharers = topology.nodes.filter(({ role }) => sharersOf(kind).includes(role));
    const [node] = sharers;
    if (node === undefined || new Set(sharers.map(serverOf)).size < 2) return [];
    return [
      finding(node, `shared_directories.${kind}.type`, 'is bind, but the nodes are on several servers', {
        code: 'bind-across-servers',
        why: 'a bind mount shares a folder of one server only, unless that folder is itself on a shared file system',
        fix: 'name the shared file system itself, or make sure that the folder is one',
      }),
    ];
  });
}

/** The product makes one list of alternatives of all that a Traffic Manager passes its events on to. */
function unequalCounters(topology: Topology): Finding[] {
  const managers = nodesOf(topology, 'traffic-manager');
  const third = managers[2];
  if (third === undefined) return [];
  return [
    finding(
      third,
      'hostname',
      `${third.host.name} is one of ${managers.length} Traffic Managers; a Traffic Manager passes its events on to one other only`,
      {
        code: 'event-duplicates',
        why: 'the product takes the addresses of the others for alternatives, so each request is counted at two Traffic Managers, and limits are too generous at those that did not hear of it',
        fix: 'run two Traffic Managers, and give them more memory and cores if they are too few',
      },
    ),
  ];
}

function removedWebapps({ settings, nodes }: Topology): Finding[] {
  if (settings.optimize !== 'starting') return [];
  return nodes.flatMap((node) =>
    node.files.some(({ to }) => to === 'webapps')
      ? [
          finding(node, 'files', 'puts a web application into a home whose optimizer runs at every start', {
            code: 'optimizer-removes',
            why: 'the optimizer deletes every web application that its profile does not name',
            fix: 'set apim.optimize: before',
          }),
        ]
      : [],
  );
}

function unvouchedFor(topology: Topology): Finding[] {
  const { loadBalancer, keyManager, trust } = topology.settings;
  const [node] = topology.nodes;
  if (node === undefined || trust.length > 0) return [];
  const lacking = [
    ...(loadBalancer?.software === 'external' &&
    loadBalancer.ca === undefined &&
    topology.nodes.some((each) => isFronted(topology, each))
      ? [['load_balancer.ca', 'the external load balancer'] as const]
      : []),
    ...(keyManager !== undefined && keyManager.ca === undefined
      ? [['key_manager.ca', 'the Key Manager elsewhere'] as const]
      : []),
  ];
  return lacking.map(([setting, who]) =>
    finding(node, setting, `nobody is named who vouches for ${who}`, {
      code: 'trust-missing',
      why: 'nodes verify certificates; one that no authority in their truststore has signed is refused',
      fix: `give apim.${setting}, or the certificate in apim.trust, unless a well-known authority signed it`,
    }),
  );
}

function acceptedDefaults({ settings, nodes }: Topology): Finding[] {
  const [node] = nodes;
  if (!settings.defaultPasswords || node === undefined) return [];
  return [
    finding(node, 'default_passwords', 'lets passwords through that the whole world knows', {
      code: 'default-password',
      why: 'whoever reaches a port is the administrator',
      fix: 'give passwords of your own and take this out, before anybody else can reach the servers',
    }),
  ];
}

function plainTraffic(topology: Topology): Finding[] {
  return environmentsOf(topology).flatMap(({ balanced, sites, gateways }) => {
    const [node] = gateways;
    if (
      !balanced ||
      sites.http === undefined ||
      node === undefined ||
      topology.settings.hardening === undefined
    )
      return [];
    return [
      finding(node, 'load_balancer.gateway.http', `offers APIs without TLS at ${sites.http}`, {
        code: 'plain-http',
        why: 'tokens would travel where everybody can read them',
        fix: 'leave http and ws out of load_balancer.gateway',
      }),
    ];
  });
}
