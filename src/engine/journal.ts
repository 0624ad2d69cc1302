import type { Connection } from '../connection/connection.ts';
import { Interrupted, KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { oneLine, redact } from '../secret.ts';
import type { Command } from '../shell/command.ts';
import type { At, Emit } from './event.ts';
import { pause } from './pause.ts';
import type { Change } from './plan.ts';

/** A server that answers has written a note by then. */
const soonMs = 1_000;

/** What is noted at a place of a change that is made there. No secrets. */
export interface JournalEntry extends At {
  readonly what: string;
  readonly result: 'begun' | 'done' | 'failed' | 'interrupted';
  /** Why it failed. */
  readonly why?: string;
}

/** The command that notes an entry at a host; undefined where nothing is noted. */
export type Journal = (host: Host, entry: JournalEntry) => Command | undefined;

/** What notes are written with. */
interface Pen {
  readonly journal?: Journal;
  readonly emit: Emit;
  connectionTo(host: Host): Promise<Connection>;
}

/**
 * Notes one change at every place where it is made: that it is begun, and how it ended. Nobody waits for a note; what is
 * asked afterwards travels with it. Each is in `notes`, for the end of the step.
 */
export function noteChange(
  pen: Pen,
  at: At,
  host: Host,
  change: Change,
  notes: Promise<void>[],
): { begun(): void; done(): void; failed(error: unknown): void } {
  const { journal } = pen;
  const places = new Map([host, ...change.actions.flatMap(placeOfAction)].map((each) => [each.name, each]));
  const note = (entry: Pick<JournalEntry, 'result' | 'why'>) => {
    for (const place of places.values()) {
      const command = journal?.(place, { ...at, what: redact(change.summary), ...entry });
      if (command !== undefined) notes.push(write(pen, at, place, command));
    }
  };
  return {
    begun: () => note({ result: 'begun' }),
    done: () => note({ result: 'done' }),
    failed: (error) => {
      if (error instanceof Interrupted) note({ result: 'interrupted' });
      else if (error instanceof KnownError) note({ result: 'failed', why: oneLine(error) });
    },
  };
}

function placeOfAction({ at }: Change['actions'][number]): Host[] {
  return at === undefined || 'sharedFiles' in at ? [] : [at];
}

/** All notes are written; or the operator does not wait for what is under way, and a server did not take them soon after. */
export async function noted(notes: readonly Promise<void>[], abort: AbortSignal): Promise<void> {
  const over = new AbortController();
  const soon = new Promise<void>((resolve) => {
    const begin = () => void pause(soonMs, over.signal).then(resolve);
    if (abort.aborted) begin();
    else abort.addEventListener('abort', begin, { signal: over.signal });
  });
  await Promise.race([Promise.all(notes), soon]).finally(() => over.abort());
}

/** A place that cannot be reached is told by its action; one that cannot be written to is told here. */
async function write(pen: Pen, at: At, place: Host, command: Command): Promise<void> {
  try {
    const { code, stderr } = await (await pen.connectionTo(place)).ask(command);
    if (code !== 0)
      pen.emit({
        type: 'output',
        ...at,
        text: `the journal of ${place.name} cannot be written: ${redact(stderr.trim().split('\n')[0] ?? '')}`,
        told: true,
      });
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
  }
}
