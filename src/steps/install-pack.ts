import { dirname } from 'node:path';
import { carryKeystores } from '../apim/cluster/keystores.ts';
import { carbonLogFolder, carriedOver, marks, packCache, previousHome } from '../apim/cluster/paths.ts';
import { type Node, nodeOf, type Topology } from '../apim/cluster/topology.ts';
import { findServer, isStopped, readServer, stopServer } from '../apim/server/commands.ts';
import { type Home, lookAtHome, readHome, refuseForeign } from '../apim/server/home.ts';
import {
  closeHome,
  closeHomes,
  openPlaces,
  ownPlaces,
  placesText,
  readPlaces,
} from '../apim/server/private-files.ts';
import { downloadOf } from '../apim/settings/download.ts';
import { type Action, type Change, put, run, wait } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { unpackBeside, verifyChecksum } from '../shell/archive.ts';
import { as, type Command, group, script, sh } from '../shell/command.ts';
import { canWriteInto, exists, makeFolder, makeFolderFor, readText } from '../shell/files.ts';
import { nothing, step, type World } from './define.ts';
import { fetch, readAuthority } from './fetch.ts';

const hour = 3_600_000;

/** Puts the wanted archive into the folder of the node: fetched once a server, unpacked beside, switched. */
export const installPack = step({
  name: 'install-pack',
  summary: 'Fetch the archive, check it, and unpack it into the folder of the component.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { there, here }) {
    const node = nodeOf(world.topology, host);
    const mark = marks(node);
    const cache = packCache(node, world.topology);
    const [pack, optimizing, home, cached, writable, server, open, authority, unpacked] = await Promise.all([
      there(as(node.user, readText(mark.pack))),
      there(as(node.user, exists(mark.optimizing))),
      there(lookAtHome(node)),
      there(as(node.user, exists(cache.archive))),
      there(as(node.user, canWriteInto(cache.folder))),
      there(findServer(node)),
      there(openPlaces(node, ownPlaces(world.topology, node))),
      readAuthority(here, downloadOf(world.topology.settings.pack)),
      there(as(node.user, readText(stage(node).complete))),
    ]);
    return {
      pack: pack.stdout.trim(),
      // Half optimized is past mending: the optimizer deletes files and cannot be run twice.
      broken: optimizing.code === 0,
      home: readHome(home.stdout),
      cached: cached.code === 0,
      writable: writable.stdout.trim() === 'yes',
      running: readServer(server.stdout) !== undefined,
      open: readPlaces(open.stdout),
      authority,
      /** The archive that waits to be switched to. */
      unpacked: unpacked.stdout.trim(),
    };
  },

  plan({ host, world }, { pack, broken, home, cached, writable, running, open, authority, unpacked }) {
    const { topology } = world;
    const node = nodeOf(topology, host);
    const wanted = topology.settings.pack;
    if (home.kind === 'foreign' && !node.replaceForeign) throw new StepFailed(refuseForeign(node, home));
    if (home.kind === 'own' && pack === wanted.sha256 && !broken)
      return open.length === 0 ? [] : [closeChange(node, open)];
    if (running) refuseTogether(world, node);
    const aside = asideOf(node, world.now);
    const switching = run(switchTo(node, aside), { shown: `switch ${node.home} to the new archive` });
    const { version } = topology.settings;
    // A run died between the two renames: what the home had written is in the new one already, and nowhere else.
    if (home.kind === 'none' && unpacked === wanted.sha256)
      return [{ summary: `install API Manager ${version} in ${node.home}`, actions: [switching] }];
    const actions: Action[] = [
      ...makeFolders(topology, node, writable),
      ...(cached ? [] : fetchArchive(topology, node, authority)),
      unzip(topology, node),
      // Before what it has written is carried over: a database in use cannot be copied.
      ...(home.kind === 'none' ? [] : stopThere(node, home)),
      prepare(topology, node),
      switching,
    ];
    return [{ summary: summaryOf(home, version, node, aside), actions }];
  },
});

/** Homes of an earlier version, and files that a server made under another umask. */
function closeChange(node: Node, open: readonly string[]): Change {
  return {
    summary: `keep other users of the server out of ${placesText(open)}`,
    actions: [
      run(closeHomes(node), {
        shown: `chmod go-rwx ${placesText(open)}`,
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

/** A pair whose archive is replaced in one run would be down together: until then it serves, so it goes one by one. */
function refuseTogether({ topology, hosts }: World, node: Node): void {
  const twins = topology.nodes.filter(
    (each) => each.role === node.role && each.environment === node.environment && hosts.has(each.host.name),
  );
  if (twins.length < 2) return;
  const names = twins.map(({ host }) => host.name);
  throw new StepFailed({
    cause: `${node.home} holds another archive than the inventory names, and ${names.join(' and ')} would be stopped together to replace it`,
    hint: `replace it one node at a time: ${names.map((name) => `deploy --limit ${name}`).join(', then ')}`,
  });
}

function makeFolders(topology: Topology, node: Node, writable: boolean): Action[] {
  const { folder } = packCache(node, topology);
  return [
    ...(writable ? [] : [run(as('root', makeFolderFor(node.directory, node.user)))]),
    run(as(node.user, makeFolder(folder))),
    run(as(node.user, makeFolder(dirname(node.home))), {
      hint: `make the folder there, and give it to ${node.user}`,
    }),
  ];
}

function fetchArchive(topology: Topology, node: Node, authority: string): Action[] {
  const { pack } = topology.settings;
  const { archive } = packCache(node, topology);
  const download = downloadOf(pack);
  if (download !== undefined)
    return [fetch({ download, key: 'pack', sha256: pack.sha256, path: archive, user: node.user, authority })];
  const hint = 'check pack.sha256 in the inventory against the vendor’s, and fetch the archive again';
  return [
    put(archive, { file: pack.path ?? '', sha256: pack.sha256 }, 0o644, node.user),
    run(as(node.user, verifyChecksum(archive, pack.sha256)), {
      shown: `compare the checksum of ${archive}`,
      hint,
    }),
  ];
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
 * ours is never removed: neither at the home, nor where ours is kept before a new archive comes.
 */
function switchTo(node: Node, aside: string): Command {
  const { beside, inside } = stage(node);
  const previous = previousHome(node);
  const { folder } = marks(node);
  const mark = folder.slice(node.home.length);
  return as(
    node.user,
    script(
      'set -e',
      sh`rmdir ${node.home} 2>/dev/null || true`,
      sh`if test -e ${previous} && ! test -d ${previous}${mark}; then mv ${previous} ${aside}-previous; fi`,
      `if ${sh`test -d ${folder}`.text}; then ${group(closeHome(node.home))}; ${sh`rm -rf ${previous}; mv ${node.home} ${previous}`.text}; elif ${sh`test -e ${node.home}`.text}; then ${sh`mv ${node.home} ${aside}`.text}; fi`,
      sh`mv ${inside} ${node.home}`,
      sh`rm -rf ${beside}`,
    ),
  );
}

function stage(node: Node) {
  const beside = `${node.home}.unpacking`;
  return {
    beside,
    inside: `${beside}/.ready`,
    /** Tells which archive is ready to be switched to, once it is. */
    complete: `${beside}/.complete`,
  };
}

function waitUntilStopped(node: Node): Action {
  return wait({
    what: `the server in ${node.home} to stop`,
    until: [{ what: 'its process to end', command: isStopped(node) }],
    timeoutMs: 120_000,
  });
}
