import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { endOf, readRecord, recordId } from '../record/records.ts';
import { exitCodes } from './exit-codes.ts';
import { folderOf, isAlive } from './runs.ts';
import { refuseNoFolder, writePage } from './write-page.ts';

/** Writes the page of a run on record, beside the record if nobody says where, and tells the place. */
export async function reportRun(
  wanted: string,
  inventoryFile: string,
  { out }: { readonly out?: string },
): Promise<number> {
  const folder = folderOf(inventoryFile);
  const record = readRecord(folder, recordId(folder, wanted));
  const file = out ?? join(folder, `${record.id}.html`);
  refuseNoFolder(file);
  try {
    await writePage(file, record, endOf(record, isAlive));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
  process.stdout.write(`${file}\n`);
  return exitCodes.ok;
}
