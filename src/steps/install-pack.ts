import { z } from 'zod';
import { carryKeystores } from '../apim/cluster/keystores.ts';
import { carbonLogFolder, carriedOver, marks, packCache, previousHome } from '../apim/cluster/paths.ts';
import type { Node, Topology } from '../apim/cluster/topology.ts';
import { isStopped, stopServer } from '../apim/server/commands.ts';
import type { Home } from '../apim/server/home.ts';
import { closeHome, closeHomes, pathsText } from '../apim/server/private-files.ts';
import { type Action, type Change, run, wait } from '../engine/plan.ts';
import { unpackBeside } from '../shell/archive.ts';
import { as, type Command, group, script, sh } from '../shell/command.ts';
import { nodeStep } from './define.ts';
import {
  fetchArchive,
  goesByItself,
  inspectPack,
  makeFolders,
  packDue,
  refuseTogether,
  stage,
} from './pack-state.ts';

const hour = 3_600_000;

/** Puts the wanted archive into the folder of the node: fetched once a server, unpacked beside, switched. */
export const installPack = nodeStep({
  name: 'install-pack',
  summary: 'Fetch the archive, check it, and unpack it into the folder of the component.',
  params: z.strictObject({
    in_turn: z
      .boolean()
      .default(false)
      .describe(
        'also where a twin of the node is in the run, and both serve: the play sees to it that they go one by one',
      ),
  }),

  inspect: inspectPack,

  plan({ node, world, params }, facts) {
    const { topology } = world;
    if (!params.in_turn && goesByItself(world, node, facts)) refuseTogether(world, node);
    const due = packDue(world, node, facts);
    if (due === 'nothing') return facts.open.length === 0 ? [] : [closeChange(node, facts.open)];
    const aside = asideOf(node, world.now);
    const switching = run(switchTo(node, aside), { shown: `switch ${node.home} to the new archive` });
    const { version } = topology.settings;
    // A run died between the two renames: what the home had written is in the new one already, and nowhere else.
    if (due === 'switch')
      return [{ summary: `install API Manager ${version} in ${node.home}`, actions: [switching] }];
    const actions: Action[] = [
      ...makeFolders(topology, node, facts),
      ...(facts.cached ? [] : fetchArchive(topology, node, facts)),
      unzip(topology, node),
      // Before what it has written is carried over: a database in use cannot be copied.
      ...(facts.home.kind === 'none' ? [] : stopThere(node, facts.home)),
      prepare(topology, node),
      switching,
    ];
    return [{ summary: summaryOf(facts.home, version, node, aside), actions }];
  },
});

/** Homes of an earlier version, and files that a server made under another umask. */
function closeChange(node: Node, open: readonly string[]): Change {
  return {
    summary: `keep other users of the server out of ${pathsText(open)}`,
    actions: [
      run(closeHomes(node), {
        shown: `chmod go-rwx ${pathsText(open)}`,
        hint: `all in ${node.home} must belong to ${node.user}: chown -R ${node.user} it`,
      }),
    ],
  };
}

function summaryOf(home: Home, version: string, node: Node, aside: string): string {
  if (home.kind === 'none') return `install API Manager ${version} in ${node.home}`;
  if (home.kind === 'own') return `replace API Manager ${version} in ${node.home}`;
  const what = home.version === '' ? 'what' : `${home.version}, which`;
  const where = home.version === '' ? ` in ${node.home}` : `, in ${node.home},`;
  return `replace ${what} was not installed by this tool${where} by API Manager ${version}; it stays as ${aside}`;
}

/** Under a name that no later archive removes. */
function asideOf({ home }: Node, now: Date): string {
  return `${home}.foreign-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

/** Somebody else’s server may be of somebody else. */
function stopThere(node: Node, home: Home): Action[] {
  const owner = home.kind === 'foreign' ? home.server?.user : node.user;
  const who = owner === undefined || owner === node.user ? node.user : 'root';
  return [run(as(who, stopServer(node)), { shown: 'stop the server' }), waitUntilStopped(node)];
}

const unpackHint = 'free disk space there, or check that the archive is the product’s own';

function unzip(topology: Topology, node: Node): Action {
  const { archive } = packCache(node, topology);
  return run(as(node.user, unpackBeside(archive, stage(node).beside)), {
    shown: `unzip ${archive}`,
    timeoutMs: hour,
    hint: unpackHint,
  });
}

/** Checks what was unpacked, notes what it is, and carries over what a server before it has written. */
function prepare(topology: Topology, node: Node): Action {
  const { beside, inside, complete } = stage(node);
  const root = sh`set -- ${beside}/*; test $# = 1 && test -f "$1/bin/wso2server.sh" || { echo "the archive has no single folder with bin/wso2server.sh in it" >&2; exit 1; }`;
  return run(
    as(
      node.user,
      script(
        'set -e',
        sh`chmod 700 ${beside}`,
        root,
        sh`mv "$1" ${inside}`,
        sh`mkdir -p ${inside}/.apim-orchestrate`,
        sh`printf '%s\\n' ${topology.settings.pack.sha256} > ${inside}/.apim-orchestrate/pack`,
        sh`if test -d ${marks(node).folder}; then for kept in ${carriedOver}; do if test -e ${node.home}/"$kept"; then rm -rf ${inside}/"$kept"; mkdir -p "$(dirname ${inside}/"$kept")"; cp -a ${node.home}/"$kept" ${inside}/"$kept"; fi; done; fi`,
        sh`if test -d ${marks(node).folder}; then sh -c ${carryKeystores(node, inside)}; fi`,
        sh`mkdir -p ${inside}/${carbonLogFolder}`,
        closeHome(inside),
        'sync',
        sh`printf '%s\\n' ${topology.settings.pack.sha256} > ${complete}`,
      ),
    ),
    { shown: 'check what was unpacked', timeoutMs: hour, hint: unpackHint },
  );
}

/**
 * Both renames are atomic; a run that dies between them finds no home, and what waits to be switched to. What is not
 * ours is never removed: neither at the home, nor where ours is kept before a new archive comes. A home whose optimizer broke
 * off is nothing to go back to, and is not kept in the place of one that was whole.
 */
function switchTo(node: Node, aside: string): Command {
  const { beside, inside } = stage(node);
  const previous = previousHome(node);
  const { folder, optimizing } = marks(node);
  const mark = folder.slice(node.home.length);
  return as(
    node.user,
    script(
      'set -e',
      sh`rmdir ${node.home} 2>/dev/null || true`,
      sh`if test -e ${previous} && ! test -d ${previous}${mark}; then mv ${previous} ${aside}-previous; fi`,
      sh`if test -e ${optimizing}; then mv ${node.home} ${beside}/broken; fi`,
      `if ${sh`test -d ${folder}`.text}; then ${group(closeHome(node.home))}; ${sh`rm -rf ${previous}; mv ${node.home} ${previous}`.text}; elif ${sh`test -e ${node.home}`.text}; then ${sh`mv ${node.home} ${aside}`.text}; fi`,
      sh`mv ${inside} ${node.home}`,
      sh`rm -rf ${beside}`,
    ),
  );
}

function waitUntilStopped(node: Node): Action {
  return wait({
    what: `the server in ${node.home} to stop`,
    until: [{ what: 'its process to end', command: isStopped(node) }],
    timeoutMs: 120_000,
  });
}
