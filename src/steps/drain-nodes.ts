import { z } from 'zod';
import { softwareOf } from '../apim/cluster/topology.ts';
import { StepFailed } from '../errors.ts';
import { planBalancer } from './balancer.ts';
import { inspectBalancer } from './balancer-state.ts';
import { step } from './define.ts';

/** Has the balancer send nothing new to some nodes, or send to them again. It stays so until it is told otherwise. */
export const drainNodes = step({
  name: 'drain-nodes',
  summary: 'Have the load balancer send nothing new to some nodes, or send to them again.',
  at: 'balancer',
  params: z.strictObject({
    nodes: z.array(z.string().min(1)).min(1).describe('names of nodes'),
    back: z.boolean().default(false).describe('take them back, instead of draining them'),
  }),

  async inspect({ world }, asks) {
    const software = softwareOf(world.topology);
    if (software === undefined)
      throw new StepFailed({
        cause: 'there is no load balancer that this tool runs',
        hint: 'drain the node at the external balancer, or give apim.load_balancer in the inventory',
      });
    return await inspectBalancer(world, software, asks);
  },

  plan({ host, world, params }, facts) {
    const unknown = params.nodes.find(
      (name) => !world.topology.nodes.some((node) => node.host.name === name),
    );
    if (unknown !== undefined)
      throw new StepFailed({
        cause: `there is no node ${unknown}`,
        hint: `the nodes are: ${world.topology.nodes.map((node) => node.host.name).join(', ')}`,
      });
    const others = facts.drained.filter((name) => !params.nodes.includes(name));
    // Who takes a node back by name wants it back, whatever it was drained for.
    return planBalancer(world, host, facts, {
      drained: params.back ? others : [...others, ...params.nodes].sort(),
      resting: params.back ? facts.resting.filter((name) => !params.nodes.includes(name)) : facts.resting,
    });
  },
});
