import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { lineRenderer } from '../display/lines.ts';
import { paints } from '../display/paint.ts';
import { showDuration } from '../display/words.ts';
import { UsageError } from '../errors.ts';
import { inventoryFolder } from '../input/inventory-paths.ts';
import { recordFolder } from '../record/recorder.ts';
import {
  changesOf,
  endOf,
  finishOf,
  type RunRecord,
  readRecord,
  recordId,
  recordIds,
} from '../record/records.ts';
import { exitCodes } from './exit-codes.ts';
import { table } from './table.ts';

/** How a run on record is told. */
export interface ShowRunOptions {
  readonly output: string;
  readonly verbose?: number;
  readonly diff?: boolean;
  readonly color?: boolean;
}

/** Lists the runs on record of an inventory, the first of them first. */
export function listRuns(inventoryFile: string, options: { readonly output: string }): number {
  const folder = folderOf(inventoryFile);
  const name = basename(inventoryFile);
  const all = recordIds(folder)
    .map((id) => readRecord(folder, id))
    .filter(({ inventory }) => basename(inventory) === name);
  if (options.output === 'json') {
    const told = all.map((record) => ({
      id: record.id,
      command: record.command,
      operator: record.operator,
      began: record.began.toISOString(),
      last: record.last.toISOString(),
      end: endOf(record, isAlive),
      changes: changesOf(record),
      failed: finishOf(record)?.failed ?? [],
    }));
    process.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`);
  } else if (all.length === 0) process.stdout.write(`no run of ${name} is on record in ${folder}\n`);
  else {
    const rows = all.map((record) => [
      record.id,
      record.operator,
      showDuration(record.last.getTime() - record.began.getTime()),
      String(changesOf(record)),
      endInWords(record),
    ]);
    process.stdout.write(`${table(['run', 'by', 'took', 'changes', 'end'], rows)}\n`);
  }
  return exitCodes.ok;
}

/** Tells a run on record again, line by line, each with the time at which it happened. */
export function showRun(wanted: string, inventoryFile: string, options: ShowRunOptions): number {
  const folder = folderOf(inventoryFile);
  const record = readRecord(folder, recordId(folder, wanted));
  if (options.output === 'json') {
    const { events, ...header } = record;
    const told = {
      ...header,
      end: endOf(record, isAlive),
      events: events.map(({ time, event }) => ({ time, ...event })),
    };
    process.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const colored =
    options.color !== false && process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  let now = record.began;
  process.stdout.write(`${record.command}\nby ${record.operator}, from ${record.began.toISOString()} on\n\n`);
  const emit = lineRenderer({
    write: (text) => void process.stdout.write(text),
    paint: paints(colored),
    verbose: options.verbose ?? 0,
    diff: options.diff ?? true,
    command: record.command,
    clock: () => now,
  });
  for (const { time, event } of record.events) {
    now = time;
    emit(event);
  }
  if (finishOf(record) === undefined)
    process.stdout.write(
      `\n${isAlive(record) ? 'It is under way.' : `It was not finished: nothing is on record after ${record.last.toISOString()}.`}\n`,
    );
  return exitCodes.ok;
}

/** Where the records of an inventory are. Throws `UsageError` if there is no such inventory. */
export function folderOf(inventoryFile: string): string {
  if (!existsSync(inventoryFile))
    throw new UsageError(
      `there is no inventory ${inventoryFile}; records stand in the folder runs beside it`,
    );
  return recordFolder(inventoryFolder(inventoryFile));
}

function endInWords(record: RunRecord): string {
  const end = endOf(record, isAlive);
  const failed = finishOf(record)?.failed ?? [];
  return failed.length === 0 ? end : `${end} at ${failed.join(', ')}`;
}

/** Whether its process is still there; only of a process of this machine can it be told. */
export function isAlive({ machine, pid }: RunRecord): boolean {
  if (machine !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
