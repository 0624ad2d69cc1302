import type { BalancerModel, Listener, Upstream } from '../balancer/model.ts';
import { environmentsOf, frontOf, type ServiceRole, urlHost, urlPort } from '../cluster/entries.ts';
import { type Node, nodesOf, portOf, type Topology } from '../cluster/topology.ts';
import { factsOf, type PortName } from '../release/roles.ts';

/** Who gets nothing new from a balancer, by name. */
export interface Away {
  /** By the word of people. */
  readonly drained: readonly string[];
  /** For the time of a rolling run. */
  readonly resting: readonly string[];
}

interface Front {
  readonly url: string;
  readonly upstream: Upstream;
  readonly portal: boolean;
}

const services: readonly ServiceRole[] = ['key-manager', 'traffic-manager', 'publisher', 'devportal'];

/**
 * What the balancers of a topology do. The guide asks for session affinity on every servlet port; APIs and web sockets
 * have none.
 */
export function balancerModel(topology: Topology, away: Away = { drained: [], resting: [] }): BalancerModel {
  const fronts = [...serviceFronts(topology, away), ...gatewayFronts(topology, away)];
  const upstreams = new Map(fronts.map(({ upstream }) => [upstream.name, upstream]));
  return {
    listeners: listenersFor(fronts, topology.settings.hardening !== undefined),
    upstreams: [...upstreams.values()],
  };
}

function serviceFronts(topology: Topology, away: Away): Front[] {
  return services.flatMap((role) => {
    const url = frontOf(topology, role);
    const nodes = nodesOf(topology, role);
    if (url === undefined || nodes.length === 0) return [];
    const portal = role === 'publisher' || role === 'devportal';
    const upstream: Upstream = {
      name: factsOf(role).group,
      nodes: upstreamNodes(nodes, 'servletHttps', away),
      serverName: urlHost(url),
      affinity: portal ? 'browser' : 'client',
      healthPath: '/services/Version',
      blame: 'answer',
    };
    return [{ url, upstream, portal }];
  });
}

const gatewayPorts = [
  ['https', 'apiHttps'],
  ['http', 'apiHttp'],
  ['wss', 'webSocketTls'],
  ['ws', 'webSocket'],
  ['management', 'servletHttps'],
] as const;

function gatewayFronts(topology: Topology, away: Away): Front[] {
  return environmentsOf(topology).flatMap(({ balanced, sites, gateways }, index) => {
    if (!balanced) return [];
    const suffix = index === 0 ? '' : `_${index + 1}`;
    return gatewayPorts.flatMap(([site, port]): Front[] => {
      const url = sites[site];
      if (url === undefined) return [];
      const management = site === 'management';
      return [
        {
          url,
          portal: false,
          upstream: {
            name: `gateway_${site}${suffix}`,
            nodes: upstreamNodes(gateways, port, away),
            serverName: site === 'http' || site === 'ws' ? undefined : urlHost(url),
            affinity: management ? 'client' : 'none',
            healthPath: management ? '/services/Version' : undefined,
            blame: management ? 'answer' : site === 'https' || site === 'http' ? 'silence' : 'nothing',
          },
        },
      ];
    });
  });
}

function upstreamNodes(nodes: readonly Node[], port: PortName, { drained, resting }: Away) {
  return nodes.map((node) => ({
    name: node.host.name,
    hostname: node.hostname,
    port: portOf(node, port),
    drained: drained.includes(node.host.name),
    resting: resting.includes(node.host.name),
  }));
}

function listenersFor(fronts: readonly Front[], hideConsole: boolean): Listener[] {
  const byPort = new Map<number, Listener>();
  for (const { url, upstream, portal } of fronts) {
    const port = urlPort(url);
    const tls = /^(https|wss):/.test(url);
    const known = byPort.get(port) ?? { port, tls, sites: [], redirects: [] };
    const site = { hostname: urlHost(url), upstream: upstream.name, hideConsole: hideConsole && portal };
    byPort.set(port, { ...known, sites: [...known.sites, site] });
  }
  const plain = byPort.get(80) ?? { port: 80, tls: false, sites: [], redirects: [] };
  const taken = plain.sites.map(({ hostname }) => hostname);
  const redirects = (byPort.get(443)?.sites ?? [])
    .map(({ hostname }) => hostname)
    .filter((name) => !taken.includes(name));
  if (redirects.length > 0 && !plain.tls) byPort.set(80, { ...plain, redirects });
  return [...byPort.values()].sort((a, b) => a.port - b.port);
}
