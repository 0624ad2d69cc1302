import { balancedUrls, urlHost, urlPort } from '../cluster/entries.ts';
import { mappedAddress } from '../cluster/hosts-file.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { databaseAddress } from '../database/urls.ts';
import { balancerModel } from './balancer-model.ts';
import { deploymentContent } from './deployment-toml.ts';

/** A port that a server must be able to connect to. */
export interface Reach {
  /** Whose it is, as people know it. */
  readonly name: string;
  /** Where it is reached: the name itself, or its address where names are written into /etc/hosts. */
  readonly host: string;
  readonly port: number;
  /** Whether something listens there before anything is deployed: it is nobody's of ours. */
  readonly standing: boolean;
}

/** Addresses that are shown to people, and that no server connects to. */
const onlyShown = /^(?:https?|wss?)_endpoint = .*$|^\[apim\.devportal\]\nurl = .*$/gm;

const usual: Readonly<Record<string, number>> = { https: 443, wss: 443, http: 80, ws: 80 };

/** What a node connects to, each once: other nodes and sites that its deployment.toml names, the databases, a Key Manager elsewhere. */
export function nodeReaches(topology: Topology, node: Node): Reach[] {
  const { settings } = topology;
  const ours = new Set([
    ...topology.nodes.map(({ hostname }) => hostname),
    ...balancedUrls(topology).map(urlHost),
  ]);
  ours.delete(node.hostname);
  const content = deploymentContent(topology, node);
  const written = content
    .replace(onlyShown, '')
    .matchAll(/\b(https?|wss?|ssl|tcp):\/\/([^/:"'\s]+)(?::(\d+))?/g);
  const peers = [...written].flatMap(([, scheme = '', name = '', port]): Reach[] => {
    const number = port === undefined ? usual[scheme] : Number(port);
    return number === undefined || !ours.has(name) ? [] : [ourReach(topology, name, number)];
  });
  const databases = (['apim', 'shared'] as const).flatMap((which): Reach[] => {
    if (!content.includes(`[database.${which}_db]`)) return [];
    const { host, port } = databaseAddress(settings.database, which);
    return [{ name: host, host, port, standing: true }];
  });
  const elsewhere = settings.keyManager === undefined ? [] : [foreignReach(settings.keyManager.url)];
  return unique([...databases, ...elsewhere, ...peers]);
}

/** What a load balancer connects to: every port of the nodes behind it. */
export function balancerReaches(topology: Topology): Reach[] {
  return unique(
    balancerModel(topology).upstreams.flatMap(({ nodes }) =>
      nodes.map(({ hostname, port }) => ourReach(topology, hostname, port)),
    ),
  );
}

function ourReach(topology: Topology, name: string, port: number): Reach {
  const mapped = topology.settings.mapHosts ? mappedAddress(topology, name) : undefined;
  return { name, host: mapped ?? name, port, standing: false };
}

function foreignReach(url: string): Reach {
  const name = urlHost(url);
  return { name, host: name, port: urlPort(url), standing: true };
}

function unique(reaches: readonly Reach[]): Reach[] {
  return [...new Map(reaches.map((reach) => [`${reach.name}:${reach.port}`, reach])).values()];
}
