import type { BalancerModel } from '../apim/balancer/model.ts';
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
