import { softwareOf } from '../apim/cluster/topology.ts';
import { planBalancer } from './balancer.ts';
import { inspectBalancer } from './balancer-state.ts';
import { nothing, step } from './define.ts';

/** Has the balancer run as the topology says. A configuration that the program refuses never replaces one that works. */
export const installBalancer = step({
  name: 'install-balancer',
  summary: 'Configure and start the load balancer; a configuration is tested before it is switched on.',
  at: 'balancer',
  params: nothing,

  async inspect({ world }, asks) {
    const software = softwareOf(world.topology);
    return software === undefined ? undefined : await inspectBalancer(world, software, asks);
  },

  plan({ host, world }, facts) {
    return facts === undefined ? [] : planBalancer(world, host, facts, facts);
  },
});
