import { z } from 'zod';
import type { Topology } from '../apim/cluster/topology.ts';
import type { Step } from '../engine/step.ts';
import type { Secret } from '../secret.ts';
import type { StepPlace } from './places.ts';

/** What every step knows besides its host, whether there is a deployment or not. */
export interface Surroundings {
  /** When the run began: certificates are judged by it. */
  readonly now: Date;
  /** The folder of the inventory: relative paths in playbooks start here. */
  readonly baseDirectory: string;
  /** Private keys beside the inventory are encrypted with it, if there is one. */
  readonly vaultPassword?: Secret;
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

/** A step that has nothing to do with the product: any inventory will do. */
export function generalStep<Params, Facts>(
  definition: Step<Surroundings, Params, Facts> & { readonly at: 'any' },
): Step<Surroundings, Params, Facts> {
  return definition;
}
