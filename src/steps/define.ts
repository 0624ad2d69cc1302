import { z } from 'zod';
import type { Topology } from '../apim/topology.ts';
import type { Step } from '../engine/step.ts';
import type { Secret } from '../secret.ts';

/** All that steps know besides their host: what is to be, the time of the run, and how private keys are kept. */
export interface World {
  readonly topology: Topology;
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

/** For steps without settings. */
export const nothing = z.strictObject({});

/** A step of ours: the same value, with its types worked out. */
export function step<Params, Facts>(definition: Step<World, Params, Facts>): Step<World, Params, Facts> {
  return definition;
}
