import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { LoadSeen } from '../record/load.ts';
import type { RunEnd, RunRecord } from '../record/records.ts';

/** Writes the page of a run; like its record it is for the user alone who ran it. Throws what `fs` throws. */
export async function writePage(
  file: string,
  record: RunRecord,
  end: RunEnd,
  load?: LoadSeen,
): Promise<void> {
  const { pageOf } = await import('../report/page.ts');
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, pageOf(record, end, load), { mode: 0o600 });
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Better before a run than after it. Throws `UsageError`. */
export function refuseNoFolder(file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder} to write a page into`);
}
