import { backupFiles, type Manifest, type SavedFile } from '../apim/cluster/backup.ts';
import { put, run } from '../engine/plan.ts';
import { sha256 } from '../pki/sum.ts';
import { script, sh } from '../shell/command.ts';
import { exists, readText } from '../shell/files.ts';
import { nothing, step } from './define.ts';
import { listOf } from './list-backup.ts';
import type { BackupPlace } from './prepare-backup.ts';

/** Writes down what a backup holds, and gives it its name: from then on it is whole. Runs at the controller. */
export function finishBackup(place: BackupPlace, manifestOf: (files: readonly SavedFile[]) => Manifest) {
  const { parent, partial, folder } = place;
  return step({
    name: 'finish-backup',
    summary: 'Write down what a backup holds, and give it its name.',
    at: 'controller',
    params: nothing,

    async inspect(_spot, { here }) {
      const [done, listed] = await Promise.all([
        here(exists(`${folder}/${backupFiles.seal}`)),
        here(readText(listOf(place))),
      ]);
      return { done: done.code === 0, files: readFiles(listed.stdout) };
    },

    plan(_spot, { done, files }) {
      if (done) return [];
      const text = `${JSON.stringify(manifestOf(files), undefined, 2)}\n`;
      return [
        {
          summary: `name it ${folder}`,
          actions: [
            put(`${partial}/${backupFiles.manifest}`, text, 0o600),
            put(`${partial}/${backupFiles.seal}`, `${sha256(text)}  ${backupFiles.manifest}\n`, 0o600),
            run(
              script(
                sh`if test -e ${folder}; then echo ${folder}" is there already" >&2; exit 1; fi`,
                sh`rm -f ${listOf(place)}; sync; mv -T ${partial} ${folder} && { sync ${parent} 2>/dev/null || sync; }`,
              ),
              { shown: `name it ${folder}` },
            ),
          ],
        },
      ];
    },
  });
}

function readFiles(stdout: string): SavedFile[] {
  return [...stdout.matchAll(/^([0-9a-f]{64}) +(\d+) (.+)$/gm)].map(
    ([, sum = '', size = '', path = '']): SavedFile => ({ path, size: Number(size), sha256: sum }),
  );
}
