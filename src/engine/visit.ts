import type { Connection } from '../connection/connection.ts';
import { orInterrupted } from '../connection/or-interrupted.ts';
import { Interrupted, KnownError, StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { redact } from '../secret.ts';
import { apply, type Hands, wordsFor } from './apply.ts';
import type { At, Emit, FailureText } from './event.ts';
import { type Journal, noteChange, noted } from './journal.ts';
import { type Look, look } from './look.ts';
import { createMeter } from './meter.ts';
import { type Ledger, type Looker, placeOf } from './places.ts';
import type { Action, Change, Place } from './plan.ts';
import type { Call } from './schedule.ts';
import type { Turns } from './turns.ts';

/** What a visit needs besides its step and its host. */
export interface Tour<World> {
  readonly world: World;
  readonly dryRun: boolean;
  readonly ledger: Ledger;
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  connectionTo(host: Host): Promise<Connection>;
  /** Takes the lock of a server, unless the run has it. Throws `LockHeld`. */
  lockAt(host: Host): Promise<void>;
  readonly looker: Looker;
  /** Milliseconds of a steady clock. */
  clock(): number;
  /** What is noted at the places of a change. */
  readonly journal?: Journal;
}

export type Outcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly changes: number }
  | { readonly kind: 'failed'; readonly error: KnownError };

/**
 * One step at one host: look, plan, apply, look again. It has the turn of the host meanwhile; and if something is to be
 * done elsewhere, of those places as well: then it looks anew once it has all of them. Throws only for bugs.
 */
export async function visit<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  call: Call<World>,
  earlier: Look | undefined,
  turns: Turns,
): Promise<Outcome> {
  const began = tour.clock();
  let places: readonly string[] = [placeOf(host)];
  const waits = (hosts: readonly string[]) => tour.emit({ type: 'turn-awaited', ...at, hosts });
  for (let first = true; ; first = false) {
    const work = () => {
      if (first) tour.emit({ type: 'step-started', ...at });
      return visitAt(tour, at, host, call, earlier, places, began);
    };
    const outcome = await turns(places, work, { who: host.name, waits });
    if (outcome.kind !== 'elsewhere') return outcome;
    places = outcome.places;
  }
}

/** What a visit came to; or the places whose turns it lacked, having done nothing. */
async function visitAt<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  call: Call<World>,
  earlier: Look | undefined,
  places: readonly string[],
  began: number,
): Promise<Outcome | { readonly kind: 'elsewhere'; readonly places: readonly string[] }> {
  const finish = (outcome: Outcome): Outcome => {
    tour.emit({
      type: 'step-finished',
      ...at,
      outcome: outcome.kind,
      changes: outcome.kind === 'changed' ? outcome.changes : 0,
      ms: tour.clock() - began,
      ...(outcome.kind === 'failed' ? { error: failureText(outcome.error) } : stateAfter(tour, call)),
    });
    return outcome;
  };
  const notes: Promise<void>[] = [];
  try {
    const { changes, facts } = await plan(tour, host, call, earlier?.fresh() === true ? earlier : undefined);
    const wanted = new Set([...places, ...placesOf(changes)]);
    if (!tour.dryRun && wanted.size > places.length) return { kind: 'elsewhere', places: [...wanted] };
    for (const { summary, diff, server } of changes)
      tour.emit({
        type: 'change-planned',
        ...at,
        summary: redact(summary),
        ...(diff === undefined ? {} : { diff: { before: redact(diff.before), after: redact(diff.after) } }),
        ...(server === undefined ? {} : { server }),
      });
    if (changes.length === 0) {
      if (!tour.dryRun) await verify(tour, at, host, call, facts);
      return finish({ kind: 'unchanged' });
    }
    if (tour.dryRun) return finish({ kind: 'changed', changes: changes.length });
    refuseUnready(changes);
    await applyAll(tour, at, host, changes, notes);
    const { changes: left, facts: found } = await plan(tour, host, call, undefined);
    await noted(notes, tour.abort);
    if (left.length > 0)
      throw new StepFailed({
        cause: `its changes were made, but on looking again there is still to do: ${left.map((change) => change.summary).join('; ')}`,
        hint: 'something at this server undoes the change, or the step has a fault',
      });
    await verify(tour, at, host, call, found);
    return finish({ kind: 'changed', changes: changes.length });
  } catch (error) {
    await noted(notes, tour.abort);
    if (error instanceof KnownError) return finish({ kind: 'failed', error });
    throw error;
  }
}

/** What a host is once a step has done its part; a dry run has done nothing. */
function stateAfter<World>({ dryRun }: Tour<World>, { step }: Call<World>): { readonly state?: string } {
  return dryRun || step.leaves === undefined ? {} : { state: step.leaves };
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
): Promise<{ changes: readonly Change[]; facts: unknown }> {
  const connection = await orInterrupted(tour.abort, tour.connectionTo(host));
  const looked = earlier ?? look(host, call, tour.world, connection, tour.looker, tour.ledger);
  const facts = await orInterrupted(tour.abort, looked.facts);
  return { facts, changes: await looked.planned() };
}

/** Where changes are made besides the host of their step. */
function placesOf(changes: readonly Change[]): string[] {
  return changes.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.at === undefined ? [] : [placeOf(action.at)])),
  );
}

async function applyAll<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  changes: readonly Change[],
  notes: Promise<void>[],
): Promise<void> {
  // Before, because a half-done action has altered its places as well; and after, for who looked meanwhile.
  const alter = (action: Action) => {
    for (const place of altered(action, host)) tour.ledger.altered(placeOf(place));
  };
  const hands = handsOf(tour, at);
  for (const change of changes) {
    tour.emit({ type: 'change-started', ...at, summary: redact(change.summary) });
    const note = noteChange(tour, at, host, change, notes);
    note.begun();
    try {
      for (const action of change.actions) {
        if (tour.stop.aborted) throw new Interrupted();
        const connection = await reach(tour, action, host);
        alter(action);
        try {
          await apply(action, { ...hands, connection });
        } finally {
          alter(action);
        }
        tour.emit({ type: 'action-finished', ...at, what: wordsFor(action) });
      }
      note.done();
    } catch (error) {
      note.failed(error);
      throw error;
    }
  }
}

/** The places that an action alters: what hosts share is altered together with the host that it is done through. */
function altered({ at: place }: Action, host: Host): Place[] {
  if (place === undefined) return [host];
  return 'sharedFiles' in place ? [host, place] : [place];
}

/** A connection to where an action is done. A server that is no host of the run is locked at the first action there. */
async function reach<World>(tour: Tour<World>, { at: place }: Action, host: Host): Promise<Connection> {
  if (place === undefined || 'sharedFiles' in place) return tour.connectionTo(host);
  await tour.lockAt(place);
  return tour.connectionTo(place);
}

/** Proofs leave every place as it was, so nobody has to look again because of them. */
async function verify<World>(
  tour: Tour<World>,
  at: At,
  host: Host,
  call: Call<World>,
  facts: unknown,
): Promise<void> {
  const actions = call.step.verify?.({ host, world: tour.world, params: call.params }, facts) ?? [];
  const hands = handsOf(tour, at);
  for (const action of actions) {
    if (tour.stop.aborted) throw new Interrupted();
    await apply(action, { ...hands, connection: await reach(tour, action, host) });
  }
}

function handsOf<World>(tour: Tour<World>, at: At): Omit<Hands, 'connection'> {
  const measure = createMeter(tour.clock);
  return {
    abort: tour.abort,
    stop: tour.stop,
    output: (text) => tour.emit({ type: 'output', ...at, text }),
    tell: (text) => tour.emit({ type: 'output', ...at, text, told: true }),
    progress: (done, total) => tour.emit({ type: 'progress', ...at, done, total, ...measure(done, total) }),
    waiting: (what, why, ms, timeoutMs) => tour.emit({ type: 'waiting', ...at, what, why, ms, timeoutMs }),
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
