import { placeOf } from '../engine/places.ts';
import type { Host } from '../input/inventory.ts';
import { type JournalLine, journalQuestion, readLines } from '../record/server-journal.ts';
import { exitCodes } from './exit-codes.ts';
import { lookAtMany } from './many-hosts.ts';
import { type CommonOptions, openHosts } from './session.ts';
import { table } from './table.ts';

/** How the journals are shown. */
export interface JournalOptions extends CommonOptions {
  /** Milliseconds: nothing older. */
  readonly since?: number;
  readonly output: string;
}

/** Shows what was done to the servers, by whom, in the order in which it happened. Exit code 1 if one cannot be asked. */
export async function showJournal(inventoryFile: string, options: JournalOptions): Promise<number> {
  const session = await openHosts(inventoryFile, options, 'audit');
  const { pool } = session;
  const far = session.hosts.filter(({ login }) => login.kind !== 'local');
  // Nodes of one server have one journal.
  const hosts = [...new Map(far.map((host) => [placeOf(host), host])).values()];
  const from = options.since === undefined ? '' : new Date(Date.now() - options.since).toISOString();
  try {
    const found = await lookAtMany(session).each<Found>(
      hosts,
      async ({ host, asks }) => linesOf(host, (await asks.there(journalQuestion())).stdout),
      ({ name }, why) => ({ lines: [], problems: [`${name}: ${why}`] }),
    );
    const problems = found.flatMap((each) => each.problems);
    const lines = found
      .flatMap((each) => each.lines)
      .filter(({ time }) => time >= from)
      .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
    const text = options.output === 'json' ? JSON.stringify({ lines, problems }, undefined, 2) : told(lines);
    process.stdout.write(`${text}\n`);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
}

interface Found {
  readonly lines: readonly (JournalLine & { readonly at: string })[];
  readonly problems: readonly string[];
}

/** A damaged line is told, and the others count. */
function linesOf({ name }: Host, text: string): Found {
  const { lines, damaged } = readLines(text);
  const problem = `${name}: ${damaged === 1 ? 'one line of its journal is' : `${damaged} lines of its journal are`} damaged`;
  return { lines: lines.map((line) => ({ at: name, ...line })), problems: damaged === 0 ? [] : [problem] };
}

/** A change that ended is one row, with the time of its end; one that did not is told as begun. */
function told(lines: Found['lines']): string {
  const ended = new Set(lines.flatMap((line) => (line.result === 'begun' ? [] : [keyOf(line)])));
  const rows = lines.filter((line) => line.result !== 'begun' || !ended.has(keyOf(line)));
  if (rows.length === 0) return 'nothing is in the journals';
  return table(
    ['time', 'at', 'by', 'step', 'result', ''],
    rows.map(({ time, at, by, host, step, result, what, why }) => [
      time.replace(/\.\d+Z$/, 'Z'),
      at,
      by.split(',')[0] ?? '',
      host === at ? step : `${step} for ${host}`,
      result === 'begun' ? 'unfinished' : result,
      why === undefined ? what : `${what}: ${why}`,
    ]),
  );
}

function keyOf({ at, by, host, play, step, what }: Found['lines'][number]): string {
  return JSON.stringify([at, by, host, play, step, what]);
}
