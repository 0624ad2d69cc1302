import { type BalancerModel, type BalancerSoftware, isAway } from '../apim/balancer/model.ts';
import type { Probe } from '../connection/probe.ts';

/** Asks every port, and for our certificate under each of its names; from the balancer itself. */
export function balancerProbes({ listeners }: BalancerModel, ca: string): Probe[] {
  return listeners.flatMap(({ port, tls, sites }): Probe[] =>
    tls
      ? sites.map(({ hostname }) => ({ host: '127.0.0.1', port, tls: { name: hostname, ca } }))
      : [{ host: '127.0.0.1', port }],
  );
}

/** What a balancer asks of a node before it sends to it: every port of it, and its certificate under the name of the site. */
export function targetProbes({ upstreams }: BalancerModel, node: string, ca: string): Probe[] {
  return upstreams.flatMap(({ nodes, serverName }) =>
    nodes
      .filter(({ name }) => name === node)
      .map(({ hostname: host, port }) => ({
        host,
        port,
        ...(serverName === undefined ? {} : { tls: { name: serverName, ca } }),
      })),
  );
}

/** What a balancer says of itself while it has nobody to send to. */
const nobody = { not: [502, 503, 504] };

/**
 * Asks a balancer, as a client would, for each site that it sends to a node for. Of web sockets HAProxy alone is asked: it
 * says 503 while it finds no node well. nginx never takes a node for dead for them, and what the product answers to whoever
 * is not let in is no word of the balancer.
 */
export function siteProbes(
  software: BalancerSoftware,
  { listeners, upstreams }: BalancerModel,
  node: string,
  ca: string,
): { readonly what: string; readonly probe: Probe }[] {
  return listeners.flatMap(({ port, tls, sites }) =>
    sites.flatMap(({ hostname, upstream: name }) => {
      const upstream = upstreams.find((each) => each.name === name);
      const sends = upstream?.nodes.some((each) => each.name === node && !isAway(each)) === true;
      if (upstream === undefined || !sends) return [];
      const { healthPath, blame } = upstream;
      if (blame === 'nothing' && software === 'nginx') return [];
      const path = healthPath ?? '/';
      const status = healthPath === undefined ? (blame === 'nothing' ? { not: [503] } : nobody) : [200];
      const url = `${tls ? 'https' : 'http'}://${hostname}:${port}${path}`;
      const how = tls ? { tls: { name: hostname, ca } } : {};
      return [
        { what: url, probe: { host: '127.0.0.1', port, ...how, http: { path, status, name: hostname } } },
      ];
    }),
  );
}
