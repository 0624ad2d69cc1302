import type { Topology } from '../apim/cluster/topology.ts';
import { controllerName } from '../engine/controller.ts';
import type { Host } from '../input/inventory.ts';

/**
 * Where a step can belong: at a component, at a load balancer, at any host while there is a deployment, on the machine
 * we run on, or anywhere, whether there is a deployment or not.
 */
export type StepPlace = 'node' | 'balancer' | 'host' | 'controller' | 'any';

/** Why a step cannot be at some hosts, if it cannot. `topology` is what there is of a deployment. */
export function misplaced(
  { at }: { readonly at: string },
  hosts: readonly Host[],
  topology: Topology | undefined,
): string | undefined {
  if (at === 'any') return undefined;
  if (topology === undefined)
    return 'needs a deployment, and this inventory describes none: it has no apim section, and no group of a component';
  const among = (members: readonly { readonly host: Host }[], host: Host) =>
    members.some((each) => each.host.name === host.name);
  const fits: Record<string, (host: Host) => boolean> = {
    node: (host) => among(topology.nodes, host),
    balancer: (host) => among(topology.balancers, host),
    host: (host) => host.name !== controllerName,
    controller: (host) => host.name === controllerName,
  };
  const wrong = hosts.filter((host) => fits[at]?.(host) !== true).map((host) => host.name);
  return wrong.length === 0 ? undefined : `belongs at ${words[at] ?? at}, not at ${wrong.join(', ')}`;
}

const words: Record<string, string> = {
  node: 'components of API Manager',
  balancer: 'hosts of the group load_balancer',
  host: 'hosts of the inventory',
  controller: 'the machine that this runs on (hosts: controller)',
};
