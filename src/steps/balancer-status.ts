import { balancerOf, softwareOf } from '../apim/cluster/topology.ts';
import { balancerModel } from '../apim/config/balancer-model.ts';
import { nodeMaterial } from '../certificates/views.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import { balancerProbes } from './balancer-probes.ts';
import { inspectBalancer } from './balancer-state.ts';
import type { World } from './define.ts';
import type { NodeStatus } from './node-status.ts';

/** How a balancer is doing: whether it runs and answers under each of its names, and which nodes are drained. */
export async function balancerStatus(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  asks: Asks,
): Promise<NodeStatus> {
  const software = softwareOf(world.topology);
  const balancer = balancerOf(world.topology, host);
  if (software === undefined || balancer === undefined) throw new TypeError(`${host.name} is no balancer`);
  const facts = await inspectBalancer(world, software, asks);
  const own = nodeMaterial(world, facts.material, balancer);
  const drained = [
    ...(facts.drained.length === 0 ? [] : [`drained: ${facts.drained.join(', ')}`]),
    ...(facts.resting.length === 0 ? [] : [`drained by a rolling run: ${facts.resting.join(', ')}`]),
  ];
  const common = {
    host: host.name,
    role: 'load-balancer',
    pid: undefined,
    version: software,
    uptimeSeconds: undefined,
    certificateEnds: own === undefined ? undefined : describe(own.own.certificate).notAfter.toISOString(),
  };
  if (!facts.running) return { ...common, ready: false, notes: ['not running', ...drained] };
  const probes = balancerProbes(balancerModel(world.topology, facts), own?.roots ?? '');
  const answers = await Promise.all(
    probes.map(async (probe) => ({ probe, answer: await asks.probe(probe) })),
  );
  const failing = answers.flatMap(({ probe, answer }) =>
    answer.ok
      ? []
      : [`port ${probe.port}${probe.tls === undefined ? '' : ` as ${probe.tls.name}`}: ${answer.why}`],
  );
  return { ...common, ready: failing.length === 0, notes: [...failing, ...drained] };
}
