import { run } from '../engine/plan.ts';
import { script, sh } from '../shell/command.ts';
import { exists } from '../shell/files.ts';
import { nothing, step } from './define.ts';
import type { BackupPlace } from './prepare-backup.ts';

/** Where the list of the files of a backup lies until they are in its manifest. */
export function listOf({ partial }: Pick<BackupPlace, 'partial'>): string {
  return `${partial}/.files`;
}

/** Lists the files of a backup with size and SHA-256, as they are on the disk. Runs at the controller. */
export function listBackup(place: BackupPlace) {
  const list = listOf(place);
  return step({
    name: 'list-backup',
    summary: 'List the files of a backup with their checksums.',
    at: 'controller',
    params: nothing,

    async inspect(_spot, { here }) {
      const [listed, named] = await Promise.all([here(exists(list)), here(exists(place.folder))]);
      return listed.code === 0 || named.code === 0;
    },

    plan(_spot, done) {
      if (done) return [];
      return [
        {
          summary: 'list its files with their checksums',
          actions: [
            run(
              script(
                'set -e; umask 077',
                sh`cd ${place.partial}`,
                sh`find . -type f ! -name ${'.files*'} | LC_ALL=C sort > .files.paths`,
                'while IFS= read -r f; do sum=$(sha256sum < "$f"); printf \'%s %s %s\\n\' "${sum%% *}" "$(wc -c < "$f")" "${f#./}"; done < .files.paths > .files.new',
                sh`rm .files.paths; mv .files.new ${list}`,
              ),
              // Of hundreds of gigabytes that takes its time.
              { shown: 'add up all files', timeoutMs: 86_400_000 },
            ),
          ],
        },
      ];
    },
  });
}
