import { type Node, softwareOf } from '../apim/cluster/topology.ts';
import { dueCertificates } from '../certificates/judge.ts';
import { readMaterial } from '../certificates/read.ts';
import type { Asks } from '../engine/step.ts';
import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { planBalancer } from './balancer.ts';
import { inspectBalancer } from './balancer-state.ts';
import type { World } from './define.ts';
import { inspectServer, isReady, isServing, startDue } from './server-state.ts';

/** A host that does not run with what it should, and why. */
export interface Behind {
  readonly host: string;
  readonly why: string;
}

/** The nodes and balancers that do not run, or not with all that they should, certificates among it. Asks all of them. */
export async function whoIsBehind(world: World, asks: Asks): Promise<Behind[]> {
  const { nodes, balancers } = world.topology;
  const ours = softwareOf(world.topology) === undefined ? [] : balancers;
  const told = await Promise.all([
    ...nodes.map((node) => tell(node.host, () => whyNode(world, node, asks))),
    ...ours.map(({ host }) => tell(host, () => whyBalancer(world, host, asks))),
  ]);
  return told.flatMap((each) => each ?? []);
}

/** All of them in words for people. */
export function wordsOf(behind: readonly Behind[]): string[] {
  return behind.map(({ host, why }) => `${host} ${why}`);
}

async function tell(host: Host, look: () => Promise<string | undefined>): Promise<Behind | undefined> {
  try {
    const why = await look();
    return why === undefined ? undefined : { host: host.name, why };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { host: host.name, why: `cannot be asked: ${error.message.split('\n')[0]}` };
  }
}

/** Whoever is due for another certificate has one by now, as long as it serves: that is not behind, it is what comes next. */
async function whyNode(world: World, node: Node, asks: Asks): Promise<string | undefined> {
  const { host } = node;
  const [state, material] = await Promise.all([
    inspectServer({ host, world }, { ...asks, ...asks.at(host) }),
    asks.once(readMaterial, world),
  ]);
  if (state.process === undefined) return 'does not run';
  if (state.wanted === undefined) {
    if (!material.nodes.has(host.name)) return 'is still to get a certificate';
    return isServing(node, state) ? undefined : 'was not found ready';
  }
  if (startDue(state) !== undefined)
    return `runs with something older (${state.differs.length === 0 ? 'what, was not noted' : state.differs.join(', ')})`;
  return isReady(node, state) ? undefined : 'was not found ready';
}

async function whyBalancer(world: World, host: Host, asks: Asks): Promise<string | undefined> {
  const software = softwareOf(world.topology);
  if (software === undefined) return undefined;
  const facts = await inspectBalancer(world, software, { ...asks, ...asks.at(host) });
  const isDue = dueCertificates(world, facts.material).nodes.has(host.name);
  if (isDue && facts.running && facts.material.nodes.has(host.name)) return undefined;
  const changes = planBalancer(world, host, facts, facts);
  return changes.length === 0 ? undefined : `is still to ${changes.map(({ summary }) => summary).join(', ')}`;
}
