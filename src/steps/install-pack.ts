import { dirname } from 'node:path';
import { carryKeystores } from '../apim/keystores.ts';
import { carbonLogFolder, carriedOver, marks, packCache } from '../apim/paths.ts';
import { findServer, isStopped, readServer, stopServer } from '../apim/server.ts';
import { type Node, nodeOf, type Topology } from '../apim/topology.ts';
import { type Action, put, run, wait } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { download, unpackBeside, verifyChecksum } from '../shell/archive.ts';
import { as, type Command, script, sh } from '../shell/command.ts';
import { canWriteInto, exists, makeFolder, makeFolderFor, readText } from '../shell/files.ts';
import { nothing, step, type World } from './define.ts';

const hour = 3_600_000;

/** Puts the wanted archive into the folder of the node: fetched once a server, unpacked beside, switched. */
export const installPack = step({
  name: 'install-pack',
  summary: 'Fetch the archive, check it, and unpack it into the folder of the component.',
  params: nothing,

  async inspect({ host, world }, { there }) {
    const node = nodeOf(world.topology, host);
    const mark = marks(node);
    const cache = packCache(node, world.topology);
    const [pack, optimizing, present, cached, writable, server] = await Promise.all([
      there(as(node.user, readText(mark.pack))),
      there(as(node.user, exists(mark.optimizing))),
      there(as(node.user, exists(node.home))),
      there(as(node.user, exists(cache.archive))),
      there(as(node.user, canWriteInto(cache.folder))),
      there(findServer(node)),
    ]);
    return {
      pack: pack.stdout.trim(),
      // Half optimized is past mending: the optimizer deletes files and cannot be run twice.
      broken: optimizing.code === 0,
      present: present.code === 0,
      cached: cached.code === 0,
      writable: writable.stdout.trim() === 'yes',
      running: readServer(server.stdout) !== undefined,
    };
  },

  plan({ host, world }, { pack, broken, present, cached, writable, running }) {
    const { topology } = world;
    const node = nodeOf(topology, host);
    const wanted = topology.settings.pack;
    if (pack === wanted.sha256 && !broken) return [];
    if (running) refuseTogether(world, node);
    const actions: Action[] = [
      ...makeFolders(topology, node, writable),
      ...(cached ? [] : fetch(topology, node)),
      unzip(topology, node),
      // Before what it has written is carried over: a database in use cannot be copied.
      ...(present ? [run(stopServer(node), { shown: 'stop the server' }), waitUntilStopped(node)] : []),
      prepare(topology, node),
      run(switchTo(node), { shown: `switch ${node.home} to the new archive` }),
    ];
    const verb = present ? 'replace' : 'install';
    return [{ summary: `${verb} API Manager ${topology.settings.version} in ${node.home}`, actions }];
  },
});

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

function fetch(topology: Topology, node: Node): Action[] {
  const { pack } = topology.settings;
  const { archive } = packCache(node, topology);
  const hint = 'check pack.sha256 in the inventory against the vendor’s, and fetch the archive again';
  if (pack.url !== undefined)
    return [
      run(as(node.user, download(pack.url, archive, pack.sha256)), {
        shown: `download ${pack.url}`,
        timeoutMs: hour,
        hint,
      }),
    ];
  return [
    put(archive, { file: pack.path, sha256: pack.sha256 }, 0o644, node.user),
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
  const { beside, inside } = stage(node);
  const root = sh`set -- ${beside}/*; test $# = 1 && test -f "$1/bin/wso2server.sh" || { echo "the archive has no single folder with bin/wso2server.sh in it" >&2; exit 1; }`;
  return run(
    as(
      node.user,
      script(
        'set -e',
        root,
        sh`mv "$1" ${inside}`,
        sh`mkdir -p ${inside}/.apim-orchestrate`,
        sh`printf '%s\\n' ${topology.settings.pack.sha256} > ${inside}/.apim-orchestrate/pack`,
        sh`if test -d ${node.home}/repository; then for kept in ${carriedOver}; do if test -e ${node.home}/"$kept"; then rm -rf ${inside}/"$kept"; mkdir -p "$(dirname ${inside}/"$kept")"; cp -a ${node.home}/"$kept" ${inside}/"$kept"; fi; done; fi`,
        carryKeystores(node, inside),
        sh`mkdir -p ${inside}/${carbonLogFolder}`,
        'sync',
      ),
    ),
    { shown: 'check what was unpacked', timeoutMs: hour, hint: unpackHint },
  );
}

/** Both renames are atomic; a run that dies between them finds no home and does the step again. */
function switchTo(node: Node): Command {
  const { beside, inside, previous } = stage(node);
  return as(
    node.user,
    script(
      'set -e',
      sh`if test -e ${node.home}; then rm -rf ${previous}; mv ${node.home} ${previous}; fi`,
      sh`mv ${inside} ${node.home}`,
      sh`rm -rf ${beside}`,
    ),
  );
}

function stage(node: Node) {
  const beside = `${node.home}.unpacking`;
  return { beside, inside: `${beside}/.ready`, previous: `${node.home}.previous` };
}

function waitUntilStopped(node: Node): Action {
  return wait({
    what: `the server in ${node.home} to stop`,
    until: [{ what: 'its process to end', command: isStopped(node) }],
    timeoutMs: 120_000,
  });
}
