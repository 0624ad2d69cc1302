import { z } from 'zod';
import { type Target, targetsOf } from '../apim/balancer/traffic.ts';
import { type Node, softwareOf, type Topology } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { balancerModel } from '../apim/config/balancer-model.ts';
import { readMaterial } from '../certificates/read.ts';
import type { Asks, Question, Spot } from '../engine/step.ts';
import { KnownError } from '../errors.ts';
import { type BalancerFacts, lookAtBalancer } from './balancer-state.ts';
import type { World } from './define.ts';
import { inspectServer, isServing, type ServerState, startDue } from './server-state.ts';

/** For steps that restart servers, or do their part around it. */
export const restartParams = z.strictObject({
  requested: z
    .boolean()
    .default(false)
    .describe('restart every server, not only those that run with something older than what is installed'),
  forced: z
    .boolean()
    .default(false)
    .describe(
      'the same, also where no twin serves or an earlier run restarted it; a server that does not stop is killed',
    ),
});

export type RestartParams = z.infer<typeof restartParams>;

/** Whether a server has to be started, or started again, by what was asked for. By force it is, once a run. */
export function dueAt(
  { world, params }: Pick<Spot<World, RestartParams>, 'world' | 'params'>,
  state: ServerState,
): 'start' | 'restart' | undefined {
  if (!params.forced) return startDue(state, params.requested);
  const isOurs = state.restarted === world.now.toISOString();
  return startDue({ ...state, restarted: isOurs ? state.restarted : '' }, true);
}

/** What has to be known to take a node out of service and back. */
export interface RestFacts {
  readonly state: ServerState;
  /** Of each balancer of ours, in the order of the topology; none where none of them sends to the node. */
  readonly balancers: readonly BalancerFacts[];
  /** Why each twin cannot serve in its place; empty as soon as one can, or where there is no twin or no need. */
  readonly missing: readonly string[];
}

/** Where our balancers send requests for a node; nowhere if there is none of ours, or it does not know the node. */
export function targetsAt(topology: Topology, node: Node): Target[] {
  if (softwareOf(topology) === undefined) return [];
  return targetsOf(balancerModel(topology), node.host.name);
}

/** Whether a balancer of ours sends requests to a node. */
export function isBalanced(topology: Topology, node: Node): boolean {
  return targetsAt(topology, node).length > 0;
}

/** How all balancers of ours were found: for all nodes at once. */
const lookAtBalancers: Question<World, Omit<BalancerFacts, 'material'>[]> = async ({ at }, { topology }) => {
  const software = softwareOf(topology);
  if (software === undefined) return [];
  return Promise.all(topology.balancers.map(({ host }) => lookAtBalancer(software, at(host))));
};

/** Looks at a node, at the balancers in front of it and, if its server is to be restarted, at its twins. */
export async function inspectRest(
  { host, node, world, params }: Spot<World, RestartParams> & { readonly node: Node },
  asks: Asks,
): Promise<RestFacts> {
  const balanced = isBalanced(world.topology, node);
  const [state, found, material] = await Promise.all([
    inspectServer({ host, world }, asks),
    balanced ? asks.once(lookAtBalancers, world) : [],
    asks.once(readMaterial, world),
  ]);
  const balancers = found.map((each) => ({ ...each, material }));
  const goes = dueAt({ world, params }, state) === 'restart' && isServing(node, state);
  return { state, balancers, missing: goes ? await missingTwins(node, world, balancers, asks) : [] };
}

/** One twin that serves is enough, so no more are looked at. */
async function missingTwins(
  node: Node,
  world: World,
  balancers: readonly BalancerFacts[],
  asks: Asks,
): Promise<string[]> {
  const missing: string[] = [];
  for (const twin of twinsOf(world.topology, node)) {
    const why = await whyMissing(twin, world, balancers, asks);
    if (why === undefined) return [];
    missing.push(`${twin.host.name} ${why}`);
  }
  return missing;
}

async function whyMissing(
  twin: Node,
  world: World,
  balancers: readonly BalancerFacts[],
  asks: Asks,
): Promise<string | undefined> {
  const { name } = twin.host;
  if (balancers.some(({ drained, resting }) => drained.includes(name) || resting.includes(name)))
    return 'is drained';
  try {
    const state = await inspectServer({ host: twin.host, world }, { ...asks, ...asks.at(twin.host) });
    if (state.process === undefined) return 'does not run';
    if (state.resting) return 'is drained';
    return isServing(twin, state) ? undefined : 'was not found ready';
  } catch (error) {
    if (error instanceof KnownError) return `cannot be asked: ${error.message}`;
    throw error;
  }
}
