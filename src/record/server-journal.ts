import type { Journal, JournalEntry } from '../engine/journal.ts';
import { placeOf } from '../engine/places.ts';
import type { Command } from '../shell/command.ts';
import { appendToJournal, readJournal } from '../shell/journal.ts';

/** A line of the journal of a server. */
export interface JournalLine extends JournalEntry {
  /** ISO 8601. */
  readonly time: string;
  /** User, machine and process, and the command. */
  readonly by: string;
}

/** The journal that a run keeps at its servers: who did what, from where. This machine has the record of the run. */
export function journalOf(by: string, now: () => Date): Journal {
  const tidied = new Set<string>();
  return (host, { result, what, play, host: node, step, why }) => {
    if (host.login.kind === 'local') return undefined;
    const place = placeOf(host);
    const tidy = !tidied.has(place);
    tidied.add(place);
    const line: JournalLine = {
      time: now().toISOString(),
      by,
      host: node,
      play,
      step,
      result,
      what,
      ...(why === undefined ? {} : { why }),
    };
    return appendToJournal(JSON.stringify(line), { tidy });
  };
}

/** Asks a server for its journal. */
export function journalQuestion(): Command {
  return readJournal();
}

/** The lines of a journal, and how many of it cannot be read: a full disk or a crash has cut them off. */
export function readLines(text: string): {
  readonly lines: readonly JournalLine[];
  readonly damaged: number;
} {
  const all = text.split('\n').filter((line) => line !== '');
  const lines = all.flatMap((line) => parsed(line) ?? []);
  return { lines, damaged: all.length - lines.length };
}

function parsed(text: string): JournalLine | undefined {
  try {
    const found = JSON.parse(text) as Partial<Record<keyof JournalLine, unknown>>;
    const whole = [found.time, found.by, found.host, found.step, found.result, found.what];
    return whole.every((value) => typeof value === 'string') ? (found as unknown as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
