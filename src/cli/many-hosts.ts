import { softwareOf } from '../apim/cluster/topology.ts';
import type { Connection } from '../connection/connection.ts';
import { orInterrupted } from '../connection/or-interrupted.ts';
import { controller } from '../engine/controller.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import type { Asks } from '../engine/step.ts';
import { KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { oneLine } from '../secret.ts';
import type { World } from '../steps/define.ts';
import { asker } from './asker.ts';
import { refuseKeyFiles } from './key-files.ts';
import type { HostSession } from './session.ts';

/** What a command that only looks is handed at a host. */
interface Seen {
  readonly host: Host;
  readonly asks: Asks;
  readonly connection: Connection;
}

/** How many hosts are looked at by one command. */
export interface ManyHosts {
  /** The ways to look at the machine we run on. */
  here(): Promise<Asks>;
  /**
   * Asks all of these hosts at once. Whoever cannot be asked keeps nobody from the others: `unable` says what stands in the
   * place of its answer, and why. Throws `InputError` for keys that open no server, before any is connected to, and `Interrupted`
   * as soon as the operator stops.
   */
  each<Answer>(
    hosts: readonly Host[],
    question: (seen: Seen) => Promise<Answer>,
    unable: (host: Host, why: string) => Answer,
  ): Promise<Answer[]>;
}

/** For commands that look at many hosts and alter nothing. What is asked `once` is asked once for all of them. */
export function lookAtMany({ pool, stop }: HostSession): ManyHosts {
  const looker = createLooker(({ login }) => pool.connect(login), createLedger());
  return {
    here: async () => looker.from(controller, await pool.connect(controller.login)),
    async each(hosts, question, unable) {
      await refuseKeyFiles(hosts, asker(stop));
      const answers = hosts.map(async (host) => {
        try {
          const connection = await pool.connect(host.login);
          return await question({ host, asks: looker.from(host, connection), connection });
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          return unable(host, oneLine(error));
        }
      });
      return orInterrupted(stop, Promise.all(answers));
    },
  };
}

/** Whether a host is a node of API Manager. */
export function isNode({ topology }: World, { name }: Host): boolean {
  return topology.nodes.some((node) => node.host.name === name);
}

/** The nodes, and the load balancers that this tool runs: those of a deployment that can be looked at. */
export function ofDeployment({ topology }: World, hosts: readonly Host[]): Host[] {
  const balancers = softwareOf(topology) === undefined ? [] : topology.balancers;
  const members = new Set([...topology.nodes, ...balancers].map(({ host }) => host.name));
  return hosts.filter(({ name }) => members.has(name));
}
