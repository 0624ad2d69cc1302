import type { Issue } from '../../errors.ts';
import { suggestion } from '../../input/decode.ts';
import { balancedUrls, frontNames, frontOf, type ServiceRole, urlHost, urlPort } from '../cluster/entries.ts';
import { isAddress, nodesOf, type Topology } from '../cluster/topology.ts';
import { factsOf } from '../release/roles.ts';
import { nodeIssue } from './node-issue.ts';

/** What is wrong with how nodes are reached: several of a role, balancers, environments, a Key Manager elsewhere. */
export function brokenNetwork(topology: Topology): Issue[] {
  const coded = (code: string, issues: readonly Issue[]) => issues.map((issue) => ({ ...issue, code }));
  return [
    ...coded('ha-no-balancer', unbalancedRoles(topology)),
    ...coded('ha-no-balancer', unbalancedEnvironments(topology)),
    ...coded('environment-unknown', unknownEnvironments(topology)),
    ...coded('balancer-hosts', balancerHosts(topology)),
    ...coded('key-manager-twice', keyManagerTwice(topology)),
    ...coded('address-clash', sitesApart(topology)),
    ...coded('address-clash', oneLanguageAPort(topology)),
    ...coded('name-clash', frontedNames(topology)),
    ...coded('no-address', mappableBalancer(topology)),
  ];
}

const services: readonly ServiceRole[] = ['key-manager', 'traffic-manager', 'publisher', 'devportal'];

function unbalancedRoles(topology: Topology): Issue[] {
  return services.flatMap((role) => {
    const [, second] = nodesOf(topology, role);
    if (second === undefined || frontOf(topology, role) !== undefined) return [];
    const { title, group } = factsOf(role);
    return [
      nodeIssue(
        second,
        `load_balancer.${group}`,
        `there are several ${title}s, so the others need one address for all of them: give apim.load_balancer.${group}, such as https://name.example.com`,
      ),
    ];
  });
}

function unbalancedEnvironments(topology: Topology): Issue[] {
  const { settings } = topology;
  return [...new Set(nodesOf(topology, 'gateway').map((node) => node.environment))].flatMap((name) => {
    const [, second] = nodesOf(topology, 'gateway').filter((node) => node.environment === name);
    const balanced = settings.environments[name]?.gateway ?? settings.loadBalancer?.gateway;
    if (second === undefined || balanced !== undefined) return [];
    return [
      nodeIssue(
        second,
        'load_balancer.gateway',
        `there are several gateways in the environment "${name}", so clients need one address for all of them: give apim.load_balancer.gateway, or environments of their own by apim.environment`,
      ),
    ];
  });
}

function unknownEnvironments(topology: Topology): Issue[] {
  const [node] = topology.nodes;
  const known = [...new Set(nodesOf(topology, 'gateway').map(({ environment }) => environment))];
  if (node === undefined) return [];
  return Object.keys(topology.settings.environments)
    .filter((name) => !known.includes(name))
    .map((name) =>
      nodeIssue(
        node,
        `environments.${name}`,
        `no gateway has apim.environment "${name}"${suggestion(name, known)}`,
      ),
    );
}

function balancerHosts({ settings, nodes, balancers }: Topology): Issue[] {
  const [node] = nodes;
  if (node === undefined) return [];
  const wanted = settings.loadBalancer;
  const [balancer] = balancers;
  if (wanted === undefined)
    return balancer === undefined
      ? []
      : [
          {
            ...balancer.host.position([]),
            path: `load_balancer.${balancer.host.name}`,
            message:
              'is a load balancer, but apim.load_balancer says for which addresses: give it, such as publisher: https://publisher.example.com',
          },
        ];
  if (wanted.software === 'external' && balancer !== undefined)
    return [
      nodeIssue(
        node,
        'load_balancer.software',
        `is external, but ${balancer.host.name} is in the group load_balancer: say nginx or haproxy, or take the host out`,
      ),
    ];
  if (wanted.software !== 'external' && wanted.hooks !== undefined)
    return [
      nodeIssue(
        node,
        'load_balancer.hooks',
        `are for an external balancer, but software is ${wanted.software}, which this tool drains by itself: leave them out`,
      ),
    ];
  if (wanted.software !== 'external' && balancer === undefined)
    return [
      nodeIssue(
        node,
        'load_balancer',
        `there is no host in the group load_balancer: put one there, or say software: external if somebody else’s balancer answers to these addresses`,
      ),
    ];
  return [];
}

function keyManagerTwice(topology: Topology): Issue[] {
  const [node] = nodesOf(topology, 'key-manager');
  if (topology.settings.keyManager === undefined || node === undefined) return [];
  return [
    nodeIssue(
      node,
      'key_manager',
      `the Key Manager is at ${topology.settings.keyManager.url}, so there must be no host in the group key_manager, but there is ${node.host.name}`,
    ),
  ];
}

/** One address is one site: the balancer tells sites apart by name and port only. */
function sitesApart(topology: Topology): Issue[] {
  const [node] = topology.nodes;
  if (node === undefined || topology.nodes.every((each) => each.role !== 'gateway')) return [];
  const seen = new Set<string>();
  return balancedUrls(topology).flatMap((url) => {
    const place = `${urlHost(url)}:${urlPort(url)}`;
    if (!seen.has(place)) {
      seen.add(place);
      return [];
    }
    return [
      nodeIssue(
        node,
        'load_balancer',
        `${place} is the address of two things: give each a name or a port of its own`,
      ),
    ];
  });
}

/** A port of the balancer speaks TLS, or it does not. */
function oneLanguageAPort(topology: Topology): Issue[] {
  const [node] = topology.nodes;
  if (node === undefined || topology.nodes.every((each) => each.role !== 'gateway')) return [];
  const urls = balancedUrls(topology);
  const isTls = (url: string) => /^(https|wss):/.test(url);
  return urls.flatMap((url, index) => {
    const other = urls
      .slice(0, index)
      .find((each) => urlPort(each) === urlPort(url) && isTls(each) !== isTls(url));
    if (other === undefined) return [];
    return [
      nodeIssue(
        node,
        'load_balancer',
        `${url} and ${other} share a port, but only one of them is with TLS: give one another port`,
      ),
    ];
  });
}

/** Events go to each Traffic Manager by its own name, and the balancer reaches every node by its own. */
function frontedNames(topology: Topology): Issue[] {
  return topology.nodes.flatMap((node) =>
    frontNames(topology, node).includes(node.hostname) && topology.settings.loadBalancer !== undefined
      ? [
          nodeIssue(
            node,
            'hostname',
            `${node.hostname} is the name of the load balancer: give ${node.host.name} a name of its own`,
          ),
        ]
      : [],
  );
}

function mappableBalancer(topology: Topology): Issue[] {
  const { settings, nodes, balancers } = topology;
  const [node] = nodes;
  const wanted = settings.loadBalancer;
  if (!settings.mapHosts || wanted === undefined || node === undefined) return [];
  const address = wanted.address ?? (balancers.length === 1 ? balancers[0]?.address : undefined);
  if (address !== undefined && isAddress(address)) return [];
  return [
    nodeIssue(
      node,
      'load_balancer.address',
      'map_hosts needs the IP address that the names of the load balancer lead to: give apim.load_balancer.address',
    ),
  ];
}
