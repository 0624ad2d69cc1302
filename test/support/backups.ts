import type { SavedFile } from '../../src/apim/cluster/backup.ts';
import type { DatabaseProgram } from '../../src/apim/database/dump.ts';
import type { Host } from '../../src/input/inventory.ts';
import type { BackupPlace } from '../../src/steps/prepare-backup.ts';
import { fiveHosts } from './topologies.ts';

/** Where the backups of cases lie. */
export const backupPlace: BackupPlace = {
  id: '20260301T120000Z',
  parent: '/srv/backups',
  folder: '/srv/backups/20260301T120000Z',
  partial: '/srv/backups/.partial-abc-20260301T120000Z',
  leftovers: '.partial-abc-',
};

/** A file of a backup, by its path. */
export const savedFile = (path: string, digit = '1'): SavedFile => ({
  path,
  size: 10,
  sha256: digit.repeat(64),
});

const { nodes } = await fiveHosts();

/** A program of MariaDB at the first node of the sample. */
export function programAt(name: string): { host: Host; program: DatabaseProgram } {
  const [first] = nodes;
  if (first === undefined) throw new Error('the sample has no node');
  return { host: first.host, program: { name, make: 'mariadb', version: [10, 11] } };
}
