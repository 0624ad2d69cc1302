import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { Connection } from '../connection/connection.ts';
import { KnownError, LockHeld } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { Emit, RunOutcome } from './event.ts';
import type { Journal } from './journal.ts';
import { type Look, look } from './look.ts';
import { createLedger, createLooker, type Pool, placeOf } from './places.ts';
import { type Preview, previewOf } from './preview.ts';
import type { ScheduledPlay } from './schedule.ts';
import { createScore } from './score.ts';
import { createTurns } from './turns.ts';
import { failureText, type Tour } from './visit.ts';
import { type Looks, walkThrough } from './walk.ts';

/** All that a run needs. `stop` asks it to end after the action under way, `abort` to end that one, too. */
export interface RunOptions<World> {
  readonly name: string;
  readonly plays: readonly ScheduledPlay<World>[];
  readonly world: World;
  readonly pool: Pool;
  readonly emit: Emit;
  readonly dryRun: boolean;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  /** The lock taken at every server, and what a second run is told about us. Without it no lock is taken. */
  readonly lock?: { nameAt(host: Host): string; holder: string };
  /** Notes every change at the places where it is made. */
  readonly journal?: Journal;
  /** Hears what would be done before anything is, and says whether it may be. Not asked where there is nothing to do. */
  confirm?(preview: Preview): Promise<boolean>;
  /** How many hosts are worked on at once. */
  readonly limit?: number;
  /** The present time: for the start of the run, and for durations. */
  now(): Date;
}

/** How a run ended. */
export interface Result {
  readonly outcome: RunOutcome;
  readonly changed: number;
  readonly failures: readonly { readonly host: string; readonly error: KnownError }[];
}

/**
 * Walks through the plays. Looks at every host for every step at once when it begins; then goes play by play. A host
 * that fails leaves the run; those who go with it finish and nobody else begins. Throws only for bugs.
 */
export async function runPlays<World>(options: RunOptions<World>): Promise<Result> {
  const { plays, emit, dryRun, stop, abort } = options;
  // What is under way at each host listens, and Node warns of more than ten.
  setMaxListeners(0, stop, abort);
  const began = options.now().getTime();
  const hosts = [...new Map(plays.flatMap((play) => play.hosts).map((host) => [host.name, host])).values()];
  const score = createScore(plays);
  emit({
    type: 'run-started',
    playbook: options.name,
    plays: plays.map(({ name, hosts: at, calls, condition }) => ({
      play: name,
      hosts: at.map((host) => host.name),
      steps: calls.map((call) => call.step.name),
      ...(condition === undefined ? {} : { conditional: true }),
    })),
    hosts: hosts.map((host) => host.name),
    dryRun,
    time: options.now().toISOString(),
  });

  const locks = new Map<string, Promise<void>>();
  const ledger = createLedger();
  const tour: Tour<World> = {
    world: options.world,
    dryRun,
    ledger,
    looker: createLooker((host) => options.pool.connect(host.login), ledger),
    emit,
    stop,
    abort,
    connectionTo: (host) => options.pool.connect(host.login),
    lockAt: async (host) => lockOnce(locks, host, await options.pool.connect(host.login), options),
    clock: () => options.now().getTime(),
    ...(options.journal === undefined ? {} : { journal: options.journal }),
  };
  const looks: Looks<World> = new Map();
  const fail = (host: Host, error: KnownError) => {
    score.failed(host.name, error);
    emit({ type: 'host-failed', host: host.name, error: failureText(error) });
  };

  const tellStop = () => emit({ type: 'run-ending', why: 'interrupted' });
  stop.addEventListener('abort', tellStop, { once: true });
  const connecting = Promise.all(
    hosts.map(async (host) => {
      const asked = options.now().getTime();
      emit({ type: 'host-connecting', host: host.name });
      try {
        const connection = await options.pool.connect(host.login);
        const locked = lockOnce(locks, host, connection, options);
        locked.catch(() => undefined);
        lookAhead(tour, host, connection, plays, looks);
        await locked;
        if (!stop.aborted)
          emit({ type: 'host-connected', host: host.name, ms: options.now().getTime() - asked });
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        if (!stop.aborted) fail(host, error);
      }
    }),
  );
  // Nothing is done yet, so there is nothing to end in order.
  await unlessFired(stop, connecting);
  const mayBegin = !stop.aborted && (await isConfirmed(options, { plays, tour, looks, score }));

  // A plan is read from top to bottom, host by host.
  const limit = pLimit(dryRun ? 1 : (options.limit ?? 50));
  const turns = createTurns();
  if (mayBegin) await walkThrough({ plays, tour, looks, score, turns, limit });

  stop.removeEventListener('abort', tellStop);
  const result = mayBegin
    ? score.result(stop.aborted)
    : { ...score.result(true), outcome: stop.aborted ? ('interrupted' as const) : ('declined' as const) };
  emit({
    type: 'run-finished',
    outcome: result.outcome,
    changed: result.changed,
    failed: [...new Set(result.failures.map((failure) => failure.host))],
    tallies: score.tallies(),
    ms: options.now().getTime() - began,
    dryRun,
  });
  return result;
}

/** Whether what is to be done may be. While somebody thinks about it, the operator can end the run as ever. */
async function isConfirmed<World>(
  { confirm, dryRun, stop }: RunOptions<World>,
  walk: Parameters<typeof previewOf<World>>[0],
): Promise<boolean> {
  if (confirm === undefined || dryRun) return true;
  const preview = await previewOf(walk);
  if (stop.aborted) return false;
  return preview.changes.length === 0 || (await confirm(preview));
}

/** Resolves when the work is done, or as soon as the signal fires. */
function unlessFired(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = () => resolve();
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
    work.then(finish, reject).finally(() => signal.removeEventListener('abort', finish));
  });
}

/** Starts every look of a host in one tick, so that its questions travel in one script. */
function lookAhead<World>(
  tour: Tour<World>,
  host: Host,
  connection: Connection,
  plays: readonly ScheduledPlay<World>[],
  looks: Looks<World>,
): void {
  for (const play of plays) {
    if (!play.hosts.includes(host)) continue;
    // Who has a part in a play with `if` is seldom anybody: they look when their turn comes.
    const calls = play.condition?.holds === true ? [] : play.calls;
    const asked = play.condition === undefined ? calls : [...calls, play.condition.call];
    for (const call of asked) {
      const begun = look(host, call, tour.world, connection, tour.looker, tour.ledger);
      const atCall = looks.get(call) ?? new Map<string, Look>();
      looks.set(call, atCall.set(host.name, begun));
    }
  }
}

async function lockOnce<World>(
  locks: Map<string, Promise<void>>,
  host: Host,
  connection: Connection,
  { lock, dryRun }: RunOptions<World>,
): Promise<void> {
  if (lock === undefined || dryRun) return;
  const place = `${placeOf(host)} ${lock.nameAt(host)}`;
  const taken =
    locks.get(place) ??
    connection.lock(lock.nameAt(host), lock.holder).then((answer) => {
      if (answer.held) return;
      throw new LockHeld({
        cause: `another run is at work on ${connection.name}: ${answer.by}`,
        hint: 'wait for it to end, or end it; the lock goes when that run or its connection does',
      });
    });
  locks.set(place, taken);
  await taken;
}
