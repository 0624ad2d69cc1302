import { type Node, softwareOf } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { factsOf } from '../apim/release/roles.ts';
import type { Preview } from '../engine/preview.ts';
import type { World } from '../steps/define.ts';
import { hooksOf } from '../steps/hooks.ts';

/** What users of the cluster will notice of what a run would do, in sentences. What does not run yet nobody misses. */
export function interruptionsBy(world: World, preview: Preview): string[] {
  return [
    ...interruptions(world, hostsThat('restart', preview)),
    ...absences(world, hostsThat('stop', preview)),
  ];
}

/** What users of the cluster will notice if these hosts are restarted, in sentences. */
export function interruptions({ topology }: World, hosts: ReadonlySet<string>): string[] {
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

/** Who serves no more once these hosts are stopped; nobody misses one whose twin goes on. */
function absences({ topology }: World, hosts: ReadonlySet<string>): string[] {
  const stays = (node: Node) => !hosts.has(node.host.name);
  const missed = topology.nodes.filter((node) => !stays(node) && !twinsOf(topology, node).some(stays));
  if (missed.length === 0) return [];
  if (topology.nodes.every((node) => !stays(node)))
    return ['all servers are stopped: nobody is served until start'];
  return missed.map((node) => `${nameOf(node)} is stopped, and nobody serves in its place`);
}

function hostsThat(what: 'restart' | 'stop', { changes }: Preview): ReadonlySet<string> {
  return new Set(changes.flatMap(({ host, server }) => (server === what ? [host] : [])));
}

/** What else they may notice where the hosts of this run are restarted by force. */
export function lossesByForce({ topology }: World, preview: Preview): string[] {
  const hosts = hostsThat('restart', preview);
  const going = topology.nodes.filter(({ host }) => hosts.has(host.name));
  return going.map(
    (node) =>
      `${nameOf(node)} is restarted by force: nobody waits for what it is at, it is killed if it does not stop soon, and it goes even if nobody serves in its place`,
  );
}

function nameOf({ host, role }: Node): string {
  return `${host.name} (${factsOf(role).title})`;
}
