import { z } from 'zod';
import { type Node, nodeOf, type Topology } from '../apim/cluster/topology.ts';
import type { Action, Change } from '../engine/plan.ts';
import type { Asks, Spot, Step } from '../engine/step.ts';
import type { Company } from '../engine/waves.ts';
import type { VaultSecrets } from '../input/vault-secrets.ts';
import type { StepPlace } from './places.ts';

/** What every step knows besides its host, whether there is a deployment or not. */
export interface Surroundings {
  /** When the run began: certificates are judged by it. */
  readonly now: Date;
  /** The folder of the inventory: relative paths in playbooks start here. */
  readonly baseDirectory: string;
  /** Private keys beside the inventory are encrypted with what is in it, if it is there. */
  readonly vault?: VaultSecrets;
  /** The names of the hosts in this run: all, or those that `--limit` leaves. */
  readonly hosts: ReadonlySet<string>;
  /** Who runs this, from which machine, with which command: what others are told who come meanwhile. */
  readonly operator?: string;
}

/** All that steps of the product know: what is to be, too. */
export interface World extends Surroundings {
  readonly topology: Topology;
}

/** For steps without settings. */
export const nothing = z.strictObject({});

/** A step of ours: the same value, with its types worked out. */
export function step<Params, Facts>(
  definition: Step<World, Params, Facts> & { readonly at: Exclude<StepPlace, 'any'> },
): Step<World, Params, Facts> {
  return definition;
}

/** Where a step of a node is: the node itself is at hand. */
interface NodeSpot<Params> extends Spot<World, Params> {
  readonly node: Node;
}

/** What a step of a node says of itself; it is at nodes without saying so. */
type NodeDefinition<Params, Facts> = Pick<
  Step<World, Params, Facts>,
  'name' | 'summary' | 'params' | 'leaves'
> & {
  inspect(spot: NodeSpot<Params>, asks: Asks): Promise<Facts>;
  plan(spot: NodeSpot<Params>, facts: Facts): readonly Change[];
  company?(spot: NodeSpot<Params>, facts: Facts): Company;
  verify?(spot: NodeSpot<Params>, facts: Facts): readonly Action[];
};

/** A step that belongs at components: its node is handed over, so that it need not search for it. */
export function nodeStep<Params, Facts>(
  definition: NodeDefinition<Params, Facts>,
): Step<World, Params, Facts> {
  const { company, verify } = definition;
  const withNode = (spot: Spot<World, Params>) => ({ ...spot, node: nodeOf(spot.world.topology, spot.host) });
  return {
    ...definition,
    at: 'node',
    inspect: (spot, asks) => definition.inspect(withNode(spot), asks),
    plan: (spot, facts) => definition.plan(withNode(spot), facts),
    ...(company === undefined ? {} : { company: (spot, facts) => company(withNode(spot), facts) }),
    ...(verify === undefined ? {} : { verify: (spot, facts) => verify(withNode(spot), facts) }),
  };
}

/** A step that has nothing to do with the product: any inventory will do. */
export function generalStep<Params, Facts>(
  definition: Step<Surroundings, Params, Facts> & { readonly at: 'any' },
): Step<Surroundings, Params, Facts> {
  return definition;
}
