import { backupFiles, nodeArchive, unpackNode } from '../apim/cluster/backup.ts';
import { lookAtHome, readHome, refuseForeign } from '../apim/server/home.ts';
import { put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as } from '../shell/command.ts';
import { canWriteInto, makeFolderFor } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import type { SoundBackup } from './restore-pki.ts';

/**
 * Puts back what a node owned, where no installation stands: as a home that an archive is still to come into, and that whoever
 * installs one takes this over from. An installation that is there is left as it is.
 */
export function restoreFiles({ id, folder, files }: SoundBackup) {
  return nodeStep({
    name: 'restore-files',
    summary: 'Put back what a node owned, where no installation stands.',
    params: nothing,

    async inspect({ node }, { there }) {
      const [home, writable] = await Promise.all([
        there(lookAtHome(node)),
        there(as(node.user, canWriteInto(node.directory))),
      ]);
      return {
        home: readHome(home.stdout),
        writable: writable.stdout.trim() === 'yes',
      };
    },

    plan({ node }, { home, writable }) {
      const path = backupFiles.node(node.host.name);
      const saved = files.find((each) => each.path === path);
      if (saved === undefined || home.kind === 'own') return [];
      if (home.kind === 'foreign') throw new StepFailed(refuseForeign(node, home));
      const archive = { file: `${folder}/${path}`, sha256: saved.sha256 };
      return [
        {
          summary: `put what the node owned into ${node.home}, for the archive to come`,
          actions: [
            ...(writable
              ? []
              : [
                  run(as('root', makeFolderFor(node.directory, node.user)), {
                    shown: `make ${node.directory} for ${node.user}`,
                  }),
                ]),
            put(nodeArchive(node), archive, 0o600, node.user),
            run(unpackNode(node, id), {
              shown: `unpack it into ${node.home}`,
              timeoutMs: 3_600_000,
              hint: 'are tar and gzip there, and is there room on the disk?',
            }),
          ],
        },
      ];
    },
  });
}
