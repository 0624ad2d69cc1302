import { hasLeft } from '../apim/balancer/traffic.ts';
import { softwareOf } from '../apim/cluster/topology.ts';
import { at, wait } from '../engine/plan.ts';
import { nodeStep } from './define.ts';
import { dueAt, inspectRest, restartParams, targetsAt } from './rest.ts';

/** Waits until what the balancers had sent to a drained node is finished, but not for ever. */
export const waitDrained = nodeStep({
  name: 'wait-drained',
  summary:
    'Wait until a drained node has finished what is in flight, web sockets too, for as long as `drain_timeout` says.',
  params: restartParams,
  inspect: inspectRest,

  plan: () => [],

  verify({ node, world, params }, { state, balancers }) {
    const { topology } = world;
    const { name } = node.host;
    const software = softwareOf(topology);
    if (software === undefined || dueAt({ world, params }, state) !== 'restart') return [];
    return balancers.flatMap(({ drained, resting }, index) => {
      const balancer = topology.balancers[index];
      if (balancer === undefined || !(drained.includes(name) || resting.includes(name))) return [];
      const waiting = wait({
        what: `${name} to finish what is in flight`,
        until: [
          {
            what: `what ${balancer.host.name} had sent to it`,
            command: hasLeft(software, name, targetsAt(topology, node)),
          },
        ],
        timeoutMs: topology.settings.loadBalancer?.drain_timeout ?? 0,
        patient: true,
      });
      return at(balancer.host, [waiting]);
    });
  },
});
