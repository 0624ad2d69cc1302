import type { z } from 'zod';
import type { Output } from '../connection/connection.ts';
import type { Probe, ProbeResult } from '../connection/probe.ts';
import type { Database, SqlResult } from '../connection/sql.ts';
import type { Host } from '../input/inventory.ts';
import type { Command } from '../shell/command.ts';
import type { Action, Change, Place } from './plan.ts';
import type { Company } from './waves.ts';

/** What a step is handed: where it is, and with what. */
export interface Spot<World, Params> {
  readonly host: Host;
  readonly world: World;
  readonly params: Params;
}

/** A question whose answer is the same whoever asks it: it says itself where it looks. */
export type Question<About extends object, Answer> = (
  asks: Pick<Asks, 'here' | 'at'>,
  about: About,
) => Promise<Answer>;

/** The ways to look at one place. */
export interface AsksThere {
  /** At the place, or through it. */
  there(command: Command): Promise<Output>;
  /** The bytes of a file, as a user; undefined if it is not there or may not be read. */
  read(path: string, user?: string): Promise<Uint8Array | undefined>;
  /** At a database server, through the place. */
  sql(database: Database, query: string): Promise<SqlResult>;
  /** At a port, through the place. */
  probe(probe: Probe): Promise<ProbeResult>;
}

/** The ways to look. Questions asked in one tick travel together. What `AsksThere` has is asked at the host of the step. */
export interface Asks extends AsksThere {
  /** On the machine we run on. */
  here(command: Command): Promise<Output>;
  /** At another host; or at what hosts share, through the host of the step. */
  at(place: Place): AsksThere;
  /** Asks once for all hosts and steps of a run, and again only after what was looked at has been altered. */
  once<About extends object, Answer>(question: Question<About, Answer>, about: About): Promise<Answer>;
}

/** One thing that must be so at a host: how to see whether it is, and what to do if not. */
export interface Step<World, Params, Facts> {
  /** `verb-noun`, as playbooks say it. */
  readonly name: string;
  readonly summary: string;
  /** Where it belongs, in the words of those who write steps; `schedule` asks them whether hosts are such places. */
  readonly at: string;
  readonly params: z.ZodType<Params>;
  /** What a host is once it is done, in a word that people see: `ready`. */
  readonly leaves?: string;
  /** Reads only. What is missing is a fact, not an error. Throw `StepFailed` for what no change can mend. */
  inspect(spot: Spot<World, Params>, asks: Asks): Promise<Facts>;
  /** Pure. `[]` means that all is well. */
  plan(spot: Spot<World, Params>, facts: Facts): readonly Change[];
  /** How a host may go with others, in waves and beside other plays. Pure; without it, with all. */
  company?(spot: Spot<World, Params>, facts: Facts): Company;
  /**
   * What is tried out at every run, once all is as it should be: a proof that looking cannot give. It is no change, so
   * it is neither planned nor counted; a dry run leaves it out. Throws `StepFailed`
   * where the last look shows that it cannot be.
   */
  verify?(spot: Spot<World, Params>, facts: Facts): readonly Action[];
}

/** A step whose types have been forgotten, as the engine keeps it. */
// biome-ignore lint/suspicious/noExplicitAny: the register holds steps of every shape; `schedule` checks their params
export type AnyStep<World> = Step<World, any, any>;
