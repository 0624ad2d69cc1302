import type { Connection } from '../connection/connection.ts';
import { Interrupted, KnownError, StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { redact } from '../secret.ts';
import { apply, type Hands } from './apply.ts';
import type { At, Emit, FailureText } from './event.ts';
import { type Look, look } from './look.ts';
import { createMeter } from './meter.ts';
import { type Ledger, type Looker, placeOf } from './places.ts';
import type { Change } from './plan.ts';
import type { Call } from './schedule.ts';

/** What a visit needs besides its step and its host. */
export interface Tour<World> {
  readonly world: World;
  readonly dryRun: boolean;
  readonly ledger: Ledger;
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  connectionTo(host: Host): Promise<Connection>;
  readonly looker: Looker;
  /** Milliseconds of a steady clock. */
  clock(): number;
}

export type Outcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly changes: number }
  | { readonly kind: 'failed'; readonly error: KnownError };

/** One step at one host: look, plan, apply, look again. Throws only for bugs. */
export async function visit<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  call: Call<World>,
  earlier: Look | undefined,
): Promise<Outcome> {
  const began = tour.clock();
  tour.emit({ type: 'step-started', ...at });
  const finish = (outcome: Outcome): Outcome => {
    tour.emit({
      type: 'step-finished',
      ...at,
      outcome: outcome.kind,
      changes: outcome.kind === 'changed' ? outcome.changes : 0,
      ms: tour.clock() - began,
      ...(outcome.kind === 'failed' ? { error: failureText(outcome.error) } : {}),
    });
    return outcome;
  };
  try {
    const changes = await plan(tour, host, call, earlier?.fresh() === true ? earlier : undefined);
    for (const { summary, diff } of changes)
      tour.emit({
        type: 'change-planned',
        ...at,
        summary: redact(summary),
        ...(diff === undefined ? {} : { diff: { before: redact(diff.before), after: redact(diff.after) } }),
      });
    if (changes.length === 0) {
      if (!tour.dryRun) await verify(tour, at, host, call);
      return finish({ kind: 'unchanged' });
    }
    if (tour.dryRun) return finish({ kind: 'changed', changes: changes.length });
    refuseUnready(changes);
    await applyAll(tour, at, host, changes);
    const left = await plan(tour, host, call, undefined);
    if (left.length > 0)
      throw new StepFailed({
        cause: `its changes were made, but on looking again there is still to do: ${left.map((change) => change.summary).join('; ')}`,
        hint: 'something at this server undoes the change, or the step has a fault',
      });
    await verify(tour, at, host, call);
    return finish({ kind: 'changed', changes: changes.length });
  } catch (error) {
    if (error instanceof KnownError) return finish({ kind: 'failed', error });
    throw error;
  }
}

/** Before anything is done: what cannot be finished is not begun. */
function refuseUnready(changes: readonly Change[]): void {
  for (const { summary, needs } of changes)
    if (needs !== undefined)
      throw new StepFailed({
        cause: `it cannot ${summary} yet: that takes what ${needs} sees to`,
        hint: `run ${needs} before this step, as the playbooks that come with this tool do`,
      });
}

async function plan<World>(
  tour: Tour<World>,
  host: Host,
  call: Call<World>,
  earlier: Look | undefined,
): Promise<readonly Change[]> {
  const connection = await tour.connectionTo(host);
  const { facts } = earlier ?? look(host, call, tour.world, connection, tour.looker, tour.ledger);
  return call.step.plan({ host, world: tour.world, params: call.params }, await facts);
}

async function applyAll<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  changes: readonly Change[],
): Promise<void> {
  const hands = await handsAt(tour, at, host);
  try {
    for (const change of changes) {
      tour.emit({ type: 'change-started', ...at, summary: redact(change.summary) });
      for (const action of change.actions) {
        if (tour.stop.aborted) throw new Interrupted();
        // Before, because a half-done action has altered the place as well.
        tour.ledger.altered(placeOf(host.login));
        await apply(action, hands);
      }
    }
  } finally {
    tour.ledger.altered(placeOf(host.login));
  }
}

/** Proofs leave every place as it was, so nobody has to look again because of them. */
async function verify<World>(tour: Tour<World>, at: At, host: Host, call: Call<World>): Promise<void> {
  const actions = call.step.verify?.({ host, world: tour.world, params: call.params }) ?? [];
  if (actions.length === 0) return;
  const hands = await handsAt(tour, at, host);
  for (const action of actions) {
    if (tour.stop.aborted) throw new Interrupted();
    await apply(action, hands);
  }
}

async function handsAt<World>(tour: Tour<World>, at: At, host: Host): Promise<Hands> {
  const measure = createMeter(tour.clock);
  return {
    connection: await tour.connectionTo(host),
    abort: tour.abort,
    stop: tour.stop,
    output: (text) => tour.emit({ type: 'output', ...at, text }),
    progress: (done, total) => tour.emit({ type: 'progress', ...at, done, total, ...measure(done, total) }),
    waiting: (what, why, ms) => tour.emit({ type: 'waiting', ...at, what, why, ms }),
  };
}

/** An error as an event may carry it. */
export function failureText(error: KnownError): FailureText {
  if (!(error instanceof StepFailed)) return { cause: redact(error.message), tail: [] };
  const { cause, tail, hint } = error;
  return {
    cause: redact(cause),
    tail: tail.map(redact),
    ...(hint === undefined ? {} : { hint: redact(hint) }),
  };
}
