import { backupFiles, packNode } from '../apim/cluster/backup.ts';
import { lookAtHome, readHome, refuseForeign } from '../apim/server/home.ts';
import { receive } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { exists } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import type { BackupPlace } from './prepare-backup.ts';

/** Brings what a node owns to the folder of a backup: what neither the archive nor the inventory could make again. */
export function backupFilesOf({ partial }: BackupPlace) {
  return nodeStep({
    name: 'backup-files',
    summary: 'Bring what a node owns into a backup.',
    params: nothing,

    async inspect({ node }, { here, there }) {
      const [home, kept] = await Promise.all([
        there(lookAtHome(node)),
        here(exists(`${partial}/${backupFiles.node(node.host.name)}`)),
      ]);
      return { home: readHome(home.stdout), kept: kept.code === 0 };
    },

    plan({ node }, { home, kept }) {
      if (kept) return [];
      if (home.kind === 'foreign') throw new StepFailed(refuseForeign(node, home));
      if (home.kind === 'none')
        throw new StepFailed({
          cause: `there is nothing in ${node.home}, so nothing to keep`,
          hint: 'deploy it first, or leave this node out by --limit',
        });
      return [
        {
          summary: `keep what ${node.home} owns`,
          actions: [
            receive({
              command: packNode(node),
              shown: `tar of ${node.home}`,
              path: `${partial}/${backupFiles.node(node.host.name)}`,
              hint: `is tar there, and may ${node.user} read all of ${node.home}?`,
            }),
          ],
        },
      ];
    },
  });
}
