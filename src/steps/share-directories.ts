import {
  fstabFile,
  isMounted,
  type Mount,
  mergeFstab,
  mountedAt,
  mountsOf,
  notesFolder,
  type SharedDirectory,
  sharedDirectories,
} from '../apim/cluster/shared.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, type Command, script, sh } from '../shell/command.ts';
import { readText } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import { inHome } from './home.ts';
import { writeTokens } from './shared-tokens.ts';

/**
 * Mounts the shared file systems, carries over what was in the home before, once, and puts links in its place. What is
 * not the first to be shared is kept beside, under a name of its own, and never hidden.
 */
export const shareDirectories = nodeStep({
  name: 'share-directories',
  summary: 'Mount shared file systems, and keep in them what nodes of a role share.',
  params: nothing,

  async inspect({ node, world }, { there }) {
    const shared = sharedDirectories(world.topology, node);
    if (shared.length === 0) return undefined;
    const [fstab, mounts, ...links] = await Promise.all([
      there(readText(fstabFile)),
      there(readText('/proc/mounts')),
      ...shared.map(({ path }) =>
        there(inHome(world.topology, node, sh`readlink ${path} || test ! -e ${path} || echo own`)),
      ),
    ]);
    return { fstab: fstab.stdout, mounts: mounts.stdout, links: links.map(({ stdout }) => stdout.trim()) };
  },

  plan({ node, world }, facts) {
    if (facts === undefined) return [];
    const { topology } = world;
    const fstab = mergeFstab(facts.fstab, topology, node);
    return [
      ...(fstab === facts.fstab
        ? []
        : [
            {
              summary: `mount shared file systems by ${fstabFile}`,
              diff: { before: facts.fstab, after: fstab },
              actions: [put(fstabFile, fstab, 0o644, 'root')],
            },
          ]),
      ...mountsOf(topology, node).flatMap((mount) => mountChange(mount, facts.mounts)),
      ...sharedDirectories(topology, node).flatMap((shared, index) =>
        facts.links[index] === shared.target &&
        isMounted(mountedAt(facts.mounts, shared.mount.point), shared.mount)
          ? []
          : [linkChange(node, shared)],
      ),
    ];
  },

  verify({ node, world }) {
    return writeTokens(world, node);
  },
});

function mountChange(mount: Mount, procMounts: string): Change[] {
  const found = mountedAt(procMounts, mount.point);
  if (isMounted(found, mount)) return [];
  if (found !== undefined)
    throw new StepFailed({
      cause: `${mount.point} has ${found.source} (${found.type}) mounted on it, not ${mount.source}`,
      hint: `if nobody needs it there: stop the server, type umount ${mount.point} there, and run the same command again`,
    });
  return [
    {
      summary: `mount ${mount.source} at ${mount.point}`,
      actions: [
        run(as('root', mountIt(mount)), {
          shown: `mount ${mount.point}`,
          hint: `is ${mount.source} there for this server, and has it the programs for ${mount.type} (such as nfs-common, glusterfs-client, cifs-utils, sshfs)?`,
        }),
      ],
    },
  ];
}

/** The folder belongs to root: while nothing is mounted on it, no server writes into it by mistake. */
function mountIt({ point }: Mount): Command {
  return script(
    'set -e',
    sh`mkdir -p ${point}`,
    sh`chown root ${point}`,
    sh`chmod 755 ${point}`,
    'if test -d /run/systemd/system; then systemctl daemon-reload; fi',
    sh`timeout 100 mount ${point}`,
    sh`mountpoint -q ${point}`,
  );
}

function linkChange(node: Node, shared: SharedDirectory): Change {
  const { folder, target, path, mount } = shared;
  return {
    summary: `keep ${path} in ${target}`,
    actions: [
      run(as('root', makeShared(folder, mount, node.user)), {
        shown: `make ${folder}`,
        hint: `${node.user} must be able to write into ${mount.source}, with the same number on every server`,
      }),
      run(as(node.user, seed(node, shared)), {
        shown: `carry ${path} over`,
        timeoutMs: 600_000,
        hint: `may ${node.user} write into ${folder}?`,
      }),
      run(as(node.user, link(shared)), { shown: `link ${path} to ${target}` }),
    ],
  };
}

/** Root may be nobody on a network file system: then the user makes the folder. */
function makeShared(folder: string, { point }: Mount, user: string): Command {
  const notes = notesFolder(point);
  // For the servers alone: the product writes files with passwords in them.
  const make = sh`mkdir -p -m 700 ${folder} ${notes} && chown ${user} ${folder} ${notes}`;
  return sh`mountpoint -q ${point} || { echo ${point}" is not mounted" >&2; exit 1; }; sh -c ${make} 2>/dev/null || runuser -u ${user} -- mkdir -p -m 700 ${folder} ${notes}`;
}

/**
 * Fills a shared directory from the first node that gets there; one that holds something already stays as it is. The
 * mark says that it was filled, also when it has become empty since. A node that dies while filling goes on with it at
 * the next run; meanwhile the others wait.
 */
function seed(node: Node, { kind, path, target, mount, isFile }: SharedDirectory): Command {
  const notes = notesFolder(mount.point);
  const mark = `${notes}/${kind}.filled`;
  const filling = `${notes}/${kind}.filling`;
  const name = node.host.name;
  const copy = isFile
    ? sh`cp -p ${path} ${target}.from-${name}; mv -nT ${target}.from-${name} ${target}; rm -f ${target}.from-${name}`
    : // With the folder itself comes its mode, which lets everybody in; a file system may have no say over modes.
      sh`cp -a ${path}/. ${target}/; chmod go-rwx ${target} 2>/dev/null || true`;
  const present = isFile ? sh`test -e ${target}` : sh`test -n "$(ls -A ${target})"`;
  // A link is made whole or not at all, so whoever fills the directory is always known by name.
  return script(
    'set -e; tries=0',
    sh`while ! test -e ${mark}; do`,
    `  if ${present.text} && ! test -L ${sh`${filling}`.text}; then ${sh`: > ${mark}`.text}; break; fi`,
    sh`  ln -s ${name} ${filling} 2>/dev/null || true`,
    sh`  if test "$(readlink ${filling})" = ${name}; then`,
    `    if ${sh`test -e ${path} && ! test -L ${path}`.text}; then ${copy.text}; fi`,
    sh`    sync; : > ${mark}; rm -f ${filling}; break`,
    '  fi',
    sh`  tries=$((tries + 1)); test $tries -le 120 || { echo "$(readlink ${filling}) began to fill "${target}" and did not finish: run the same command for it, or remove "${filling} >&2; exit 1; }`,
    '  sleep 0.5',
    'done',
  );
}

/** What was there keeps its content under another name. A run that died before the link finds nothing in its place. */
function link({ path, target }: SharedDirectory): Command {
  return script(
    'set -e',
    sh`path=${path}`,
    'if test -L "$path"; then rm "$path"; fi',
    'if test -e "$path"; then kept=$path.before-sharing; n=1',
    '  while test -e "$kept"; do n=$((n + 1)); kept=$path.before-sharing-$n; done; mv -T "$path" "$kept"; fi',
    sh`ln -sT ${target} "$path"`,
  );
}
