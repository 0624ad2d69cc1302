import { notesFolder, type SharedDirectory, sharedDirectories } from '../apim/cluster/shared.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { type Action, run, wait } from '../engine/plan.ts';
import { as, sh } from '../shell/command.ts';
import type { World } from './define.ts';

/** Leaves the time of this run in all that a node shares, for the others to find. */
export function writeTokens(world: World, node: Node): Action[] {
  return sharedDirectories(world.topology, node).map((shared) => writeToken(world, node, shared));
}

function writeToken({ now }: World, node: Node, shared: SharedDirectory): Action {
  const file = tokenFile(shared, node.host.name);
  return run(
    as(
      node.user,
      sh`mountpoint -q ${shared.mount.point} && printf '%s\\n' ${now.toISOString()} > ${file}.new && mv -f ${file}.new ${file}`,
    ),
    {
      shown: `write into ${shared.folder}`,
      hint: `${node.user} must be able to write into ${shared.mount.source}, with the same number on every server`,
    },
  );
}

/** Waits until what the others wrote in this run is to be read here. Clients of NFS may take a minute to notice. */
export function awaitTokens(
  { now }: World,
  node: Node,
  shared: SharedDirectory,
  others: readonly Node[],
  timeoutMs: number,
): Action {
  return wait({
    what: `what the others wrote into ${shared.mount.source}`,
    until: others.map(({ host }) => ({
      what: `the file of ${host.name} in ${notesFolder(shared.mount.point)}`,
      command: as(
        node.user,
        sh`ls ${notesFolder(shared.mount.point)} >/dev/null; test "$(cat ${tokenFile(shared, host.name)} 2>/dev/null)" = ${now.toISOString()}`,
      ),
    })),
    timeoutMs,
    hint: `do all of them mount the same ${shared.mount.source}? Compare: findmnt ${shared.mount.point}`,
  });
}

function tokenFile({ kind, mount }: SharedDirectory, host: string): string {
  return `${notesFolder(mount.point)}/${kind}.${host}`;
}
