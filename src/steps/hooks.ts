import type { Node, Topology } from '../apim/cluster/topology.ts';
import { controller } from '../engine/controller.ts';
import { type Action, run } from '../engine/plan.ts';
import { sh } from '../shell/command.ts';
import type { World } from './define.ts';

type Hooks = NonNullable<NonNullable<Topology['settings']['loadBalancer']>['hooks']>;

/** The commands by which an external balancer takes part; undefined where there are none. */
export function hooksOf({ settings }: Topology): Hooks | undefined {
  return settings.loadBalancer?.software === 'external' ? settings.loadBalancer.hooks : undefined;
}

/** Runs one of them for a node, on the machine we run on. */
export function hookAction(world: World, hooks: Hooks, kind: 'drain' | 'undrain', node: Node): Action {
  const words = [...hooks[kind], node.host.name, node.address];
  return {
    ...run(sh`cd ${world.baseDirectory} && ${words}`, {
      shown: `the ${kind} hook of the load balancer, for ${node.host.name}`,
      timeoutMs: hooks.timeout,
      hint: `it is apim.load_balancer.hooks.${kind} of the inventory; try it by hand: ${words.join(' ')}`,
    }),
    at: controller,
  };
}
