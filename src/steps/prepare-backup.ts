import { basename } from 'node:path';
import { backupFiles } from '../apim/cluster/backup.ts';
import { pkiFiles } from '../apim/cluster/keystores.ts';
import { run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { script, sh } from '../shell/command.ts';
import { exists } from '../shell/files.ts';
import { nothing, step } from './define.ts';

/** Where a backup is made, and what it is called once it is whole. */
export interface BackupPlace {
  readonly id: string;
  /** The folder of all backups. */
  readonly parent: string;
  /** The backup itself. */
  readonly folder: string;
  /** Where it lies until it is whole. */
  readonly partial: string;
  /** Names of what backups of this cluster that broke off left. */
  readonly leftovers: string;
}

/** Makes the folder of a backup, with all that the pki folder holds: keys as they are stored there. Runs at the controller. */
export function prepareBackup({ parent, partial, leftovers }: BackupPlace) {
  const kept = `${partial}/${backupFiles.pki}`;
  return step({
    name: 'prepare-backup',
    summary: 'Make the folder of a backup, and copy the pki folder into it.',
    at: 'controller',
    params: nothing,

    async inspect({ world }, { here }) {
      const { directory, primary } = pkiFiles(world.topology);
      const [done, old, there] = await Promise.all([
        here(exists(kept)),
        here(sh`ls -1 -A ${parent} 2>/dev/null; true`),
        here(sh`find -L ${directory} -type f 2>/dev/null; true`),
      ]);
      const files = there.stdout.split('\n').filter((line) => line !== '');
      return {
        done: done.code === 0,
        old: old.stdout.split('\n').filter((name) => name.startsWith(leftovers)),
        files: files.length,
        primary: world.topology.settings.certificates.primary !== undefined || files.includes(primary.key),
      };
    },

    plan({ world }, { done, old, files, primary }) {
      if (done) return [];
      const { directory, primary: pair } = pkiFiles(world.topology);
      if (!primary)
        throw new StepFailed({
          cause: `${pair.key} is not there: without it a backup could bring nothing back that the product has encrypted`,
          hint: 'bring the folder of this cluster, or read the keys back from the servers: apim-orchestrate pki recover INVENTORY',
        });
      return [
        ...(old.length === 0
          ? []
          : [
              {
                summary: `remove what a backup that broke off has left in ${parent}`,
                actions: [run(sh`rm -rf ${old.map((name) => `${parent}/${name}`)}`)],
              },
            ]),
        {
          summary: `keep ${directory} (${files === 1 ? '1 file' : `${files} files`})`,
          actions: [
            run(
              script(
                'set -e; umask 077',
                sh`test -d ${parent} || mkdir -p ${parent}`,
                sh`mkdir ${partial} ${partial}/nodes ${partial}/databases`,
                sh`mkdir -p ${directory}; cp -RL ${directory} ${kept}.copied`,
                sh`chmod -R u+rwX,go-rwx ${kept}.copied`,
                sh`mv -T ${kept}.copied ${kept}`,
              ),
              { shown: `copy ${basename(directory)}`, hint: `may you write into ${parent}?` },
            ),
          ],
        },
      ];
    },
  });
}
