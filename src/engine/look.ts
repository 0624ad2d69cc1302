import type { Connection } from '../connection/connection.ts';
import type { Host } from '../input/inventory.ts';
import { isFresh, type Ledger, type Looker, note } from './places.ts';
import type { Change } from './plan.ts';
import type { Call } from './schedule.ts';

/** What a look brought back, and at which state of which places it was taken. */
export interface Look {
  readonly facts: Promise<unknown>;
  /** What the step plans by these facts; worked out once, for a question to people and for the visit alike. */
  planned(): Promise<readonly Change[]>;
  /** Whether nothing has been altered since at any place that was looked at. */
  fresh(): boolean;
}

/** Begins to look on behalf of one step at one host. Questions of the same tick travel together. */
export function look<World>(
  host: Host,
  call: Call<World>,
  world: World,
  connection: Connection,
  looker: Looker,
  ledger: Ledger,
): Look {
  const versions = new Map<string, number>();
  const asks = looker.from(host, connection, (place, version) => note(versions, place, version));
  const facts = Promise.resolve(call.step.inspect({ host, world, params: call.params }, asks));
  // A failed look counts only if its step comes to need it; until then it must not end the process.
  facts.catch(() => undefined);
  let planned: Promise<readonly Change[]> | undefined;
  const plan = async () => call.step.plan({ host, world, params: call.params }, await facts);
  return {
    facts,
    planned() {
      planned ??= plan();
      return planned;
    },
    fresh: () => isFresh(versions, ledger),
  };
}
