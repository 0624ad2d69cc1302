import { marks } from '../apim/cluster/paths.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { factsOf } from '../apim/release/roles.ts';
import { type Change, put } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { planAway } from './balancer.ts';
import { nodeStep } from './define.ts';
import { hookAction, hooksOf } from './hooks.ts';
import { dueAt, inspectRest, restartParams } from './rest.ts';

/**
 * Has every balancer send nothing new to a node that is to be restarted and that others can stand in for. It never takes
 * the last one away that serves; where that is restarted by force, it is not drained. A node that somebody drained by hand is drained already, and stays so.
 */
export const drainNode = nodeStep({
  name: 'drain-node',
  summary:
    'Have the load balancer send nothing new to a node whose server is to be restarted, if a twin serves.',
  params: restartParams,
  inspect: inspectRest,

  plan({ node, world, params }, { state, balancers, missing }): Change[] {
    const { topology } = world;
    const { name } = node.host;
    if (dueAt({ world, params }, state) !== 'restart' || twinsOf(topology, node).length === 0) return [];
    if (missing.length > 0 && params.forced) return [];
    if (missing.length > 0)
      throw new StepFailed({
        cause: `it is the last ${factsOf(node.role).title} that serves: ${missing.join('; ')}`,
        hint: 'see to the others first: apim-orchestrate status INVENTORY tells how each is doing',
      });
    const hooks = hooksOf(topology);
    // Their command returns when all that is in flight was answered: who hangs would keep it for ever.
    if (hooks !== undefined && params.forced) return [];
    if (hooks !== undefined && !state.resting)
      return [
        {
          summary: `drain ${name} at the external load balancer`,
          actions: [
            hookAction(world, hooks, 'drain', node),
            put(marks(node).resting, 'drained by a rolling run\n', 0o644, node.user),
          ],
        },
      ];
    return balancers.flatMap((facts, index) => {
      const balancer = topology.balancers[index];
      if (balancer === undefined || facts.drained.includes(name)) return [];
      const resting = [...new Set([...facts.resting, name])].sort();
      const away = { drained: facts.drained, resting };
      return planAway(world, balancer, facts, away, `drain ${name} at ${balancer.host.name}`);
    });
  },
});
