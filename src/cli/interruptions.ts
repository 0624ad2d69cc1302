import { type Node, softwareOf } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { factsOf } from '../apim/release/roles.ts';
import type { World } from '../steps/define.ts';
import { hooksOf } from '../steps/hooks.ts';

/** What users of the cluster will notice if the hosts of this run are restarted, in sentences. */
export function interruptions({ topology, hosts }: World): string[] {
  const going = topology.nodes.filter(({ host }) => hosts.has(host.name));
  const lone = going.filter((node) => twinsOf(topology, node).length === 0);
  const paired = going.filter((node) => !lone.includes(node));
  const unaware =
    softwareOf(topology) === undefined &&
    topology.settings.loadBalancer !== undefined &&
    hooksOf(topology) === undefined &&
    paired.length > 0;
  return [
    ...lone.map((node) => `${nameOf(node)} has no twin: nobody serves in its place while it is restarted`),
    ...(unaware
      ? [
          `the external load balancer is not told that ${paired.map(({ host }) => host.name).join(', ')} go and come back, so requests can fail: apim.load_balancer.hooks would tell it`,
        ]
      : []),
  ];
}

/** What else they may notice where the hosts of this run are restarted by force. */
export function lossesByForce({ topology, hosts }: World): string[] {
  const going = topology.nodes.filter(({ host }) => hosts.has(host.name));
  return going.map(
    (node) =>
      `${nameOf(node)} is restarted by force: nobody waits for what it is at, it is killed if it does not stop soon, and it goes even if nobody serves in its place`,
  );
}

function nameOf({ host, role }: Node): string {
  return `${host.name} (${factsOf(role).title})`;
}
