import { pkiFiles } from '../apim/cluster/keystores.ts';
import { keyContent } from '../certificates/folder.ts';
import type { RecoveredFile } from '../certificates/recovered.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { script, sh } from '../shell/command.ts';
import type { World } from './define.ts';

/** Writes files into the pki folder, none of which is there: all of them, or none. */
export function writeAll(world: World, wanted: readonly RecoveredFile[]): Change {
  const { directory } = pkiFiles(world.topology);
  return {
    summary: `write ${wanted.map(({ path }) => path.slice(directory.length + 1)).join(', ')} into ${directory}`,
    actions: staged(world, wanted),
  };
}

/**
 * All files are written beside the folder first; then they appear under their names, the keys before the certificates, by
 * renames and links alone. A folder that is not there appears as a whole.
 */
function staged(world: World, wanted: readonly RecoveredFile[]): Action[] {
  const { directory } = pkiFiles(world.topology);
  const beside = `${directory}.recovering`;
  const from = (path: string) => `${beside}${path.slice(directory.length)}`;
  const ordered = [...wanted.filter(({ isKey }) => isKey), ...wanted.filter(({ isKey }) => !isKey)];
  return [
    run(sh`rm -rf ${beside} && mkdir -p -m 700 ${beside} && mkdir -m 700 ${beside}/nodes`, {
      shown: `make ${beside}`,
    }),
    ...ordered.map(({ path, text, isKey }) =>
      put(from(path), isKey ? async () => keyContent(world, text) : text, isKey ? 0o600 : 0o644),
    ),
    run(
      script(
        'set -e',
        sh`if test -e ${directory}; then mkdir -p -m 700 ${directory}/nodes`,
        ...ordered.map(({ path }) => sh`ln ${from(path)} ${path}`),
        sh`rm -rf ${beside}`,
        sh`else mv -T ${beside} ${directory}; fi`,
        'sync',
      ),
      { shown: `put the files in place in ${directory}` },
    ),
  ];
}
