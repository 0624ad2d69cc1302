import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { LoadSeen } from '../record/load.ts';
import { endOf, type RunRecord, readRecord, recordId } from '../record/records.ts';
import { exitCodes } from './exit-codes.ts';
import { folderOf, isAlive } from './runs.ts';
import { refuseNoFolder, writePage } from './write-page.ts';

/** Writes the page of a run on record, beside the record if nobody says where, and tells the place. */
export async function reportRun(
  wanted: string,
  inventoryFile: string,
  { out, load: loadFile }: { readonly out?: string; readonly load?: string },
): Promise<number> {
  const folder = folderOf(inventoryFile);
  const record = readRecord(folder, recordId(folder, wanted));
  const load = loadFile === undefined ? undefined : await loadDuring(record, loadFile);
  const file = out ?? join(folder, `${record.id}.html`);
  refuseNoFolder(file);
  try {
    await writePage(file, record, endOf(record, isAlive), load);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
  process.stdout.write(`${file}\n`);
  return exitCodes.ok;
}

/** Throws `UsageError` if it is no report of a load, or of one at another time. */
async function loadDuring(record: RunRecord, file: string): Promise<LoadSeen> {
  const { readLoad } = await import('../record/load.ts');
  const load = readLoad(file);
  const ended = new Date(load.began.getTime() + load.seconds * 1000);
  if (load.began > record.last || ended < record.began)
    throw new UsageError(
      `the load in ${file} was from ${load.began.toISOString()} to ${ended.toISOString()}, and the run ${record.id} from ${record.began.toISOString()} to ${record.last.toISOString()}: not at the same time`,
    );
  return load;
}
