import { basename, dirname } from 'node:path';
import { backupFiles, type SavedFile } from '../apim/cluster/backup.ts';
import { pkiFiles } from '../apim/cluster/keystores.ts';
import { keptName } from '../certificates/folder.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { script, sh } from '../shell/command.ts';
import { checksums, exists, keepBeside, readChecksums } from '../shell/files.ts';
import { nothing, step } from './define.ts';

/** Files of a backup that were found sound. */
export interface SoundBackup {
  readonly id: string;
  readonly folder: string;
  readonly files: readonly SavedFile[];
}

/**
 * Puts the files of the pki folder back. One that is there and says something else is kept aside, for nobody could make it
 * again; one that the backup does not have stays. Runs at the controller.
 */
export function restorePki({ folder, files }: SoundBackup) {
  const prefix = `${backupFiles.pki}/`;
  const saved = files.filter(({ path }) => path.startsWith(prefix));
  return step({
    name: 'restore-pki',
    summary: 'Put the files of the pki folder back from a backup.',
    at: 'controller',
    params: nothing,

    async inspect({ world }, { here }) {
      const { directory } = pkiFiles(world.topology);
      const [found, there] = await Promise.all([
        here(checksums(saved.map(({ path }) => `${directory}/${path.slice(prefix.length)}`))),
        here(exists(directory)),
      ]);
      return { sums: readChecksums(found.stdout), there: there.code === 0 };
    },

    plan({ world }, { sums, there }) {
      const { directory } = pkiFiles(world.topology);
      const beside = `${directory}.restoring`;
      // A folder that is not there appears as a whole.
      const root = there ? directory : beside;
      const all = saved.map(({ path, sha256 }) => {
        const inside = path.slice(prefix.length);
        return { inside, sha256, from: `${folder}/${path}`, found: sums.get(`${directory}/${inside}`) };
      });
      const wanted = all.filter(({ sha256, found }) => found !== sha256);
      if (wanted.length === 0) return [];
      const ordered = [
        ...wanted.filter(({ inside }) => isKey(inside)),
        ...wanted.filter(({ inside }) => !isKey(inside)),
      ];
      const folders = [...new Set(ordered.map(({ inside }) => dirname(`${root}/${inside}`)))];
      const other = wanted.filter(({ found }) => found !== undefined);
      const aside = other.map(({ inside, found = '' }): Action => {
        const path = `${directory}/${inside}`;
        const kept = keptName(path, found);
        return run(keepBeside(path, kept), { shown: `keep ${inside} as ${basename(kept)}` });
      });
      const change: Change = {
        summary: [
          `put ${ordered.map(({ inside }) => inside).join(', ')} into ${directory}`,
          ...(other.length === 0
            ? []
            : [
                `${other.map(({ inside }) => inside).join(', ')} of now ${other.length === 1 ? 'stays' : 'stay'} beside`,
              ]),
        ].join('; '),
        actions: [
          run(
            script(
              'set -e; umask 077',
              ...(there ? [] : [sh`rm -rf ${beside}`]),
              sh`mkdir -p ${root} ${folders}`,
            ),
            { shown: `make ${root}` },
          ),
          ...aside,
          ...ordered.map(({ inside, from, sha256 }) =>
            put(`${root}/${inside}`, { file: from, sha256 }, /\.(pem|csr)$/.test(inside) ? 0o644 : 0o600),
          ),
          ...(there ? [] : [run(sh`sync; mv -T ${beside} ${directory}`, { shown: `name it ${directory}` })]),
        ],
      };
      return [change];
    },
  });
}

/** Before certificates: a certificate whose key is not there yet would be taken for one that has lost it. */
function isKey(inside: string): boolean {
  return !/\.(pem|csr)$/.test(inside);
}
