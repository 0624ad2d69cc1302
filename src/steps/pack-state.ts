import { dirname } from 'node:path';
import { marks, packCache } from '../apim/cluster/paths.ts';
import { type Node, nodeOf, type Topology } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { findServer, readServer } from '../apim/server/commands.ts';
import { type Home, lookAtHome, readHome, refuseForeign } from '../apim/server/home.ts';
import { openPaths, ownPaths, readPaths } from '../apim/server/private-files.ts';
import { downloadOf } from '../apim/settings/download.ts';
import { type Action, put, run } from '../engine/plan.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { verifyChecksum } from '../shell/archive.ts';
import { as } from '../shell/command.ts';
import { canWriteInto, exists, makeFolder, makeFolderFor, readNote } from '../shell/files.ts';
import type { World } from './define.ts';
import { fetch, readAuthority } from './fetch.ts';

/** What there is of the archive at a server, and what stands in the folder of the node. */
export interface PackFacts {
  /** The checksum of the archive that the home was made of; empty if there is none. */
  readonly pack: string;
  /** Half optimized is past mending: the optimizer deletes files and cannot be run twice. */
  readonly broken: boolean;
  readonly home: Home;
  /** Whether the archive is at the server. */
  readonly cached: boolean;
  readonly writable: boolean;
  readonly running: boolean;
  /** Paths in the home that other users of the server can enter. */
  readonly open: readonly string[];
  readonly authority: string;
  /** The checksum of the archive that waits to be switched to. */
  readonly unpacked: string;
}

/** Looks at all that an archive is about. */
export async function inspectPack(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  { there, here }: Asks,
): Promise<PackFacts> {
  const node = nodeOf(world.topology, host);
  const mark = marks(node);
  const cache = packCache(node, world.topology);
  const [pack, optimizing, home, cached, writable, server, open, authority, unpacked] = await Promise.all([
    there(as(node.user, readNote(mark.pack))),
    there(as(node.user, exists(mark.optimizing))),
    there(lookAtHome(node)),
    there(as(node.user, exists(cache.archive))),
    there(as(node.user, canWriteInto(cache.folder))),
    there(findServer(node)),
    there(openPaths(node, ownPaths(world.topology, node))),
    readAuthority(here, downloadOf(world.topology.settings.pack)),
    there(as(node.user, readNote(stage(node).complete))),
  ]);
  return {
    pack: pack.stdout.trim(),
    broken: optimizing.code === 0,
    home: readHome(home.stdout),
    cached: cached.code === 0,
    writable: writable.stdout.trim() === 'yes',
    running: readServer(server.stdout) !== undefined,
    open: readPaths(open.stdout),
    authority,
    unpacked: unpacked.stdout.trim(),
  };
}

/** What the home needs to be of the wanted archive. Throws `StepFailed` for what must not be done. */
export function packDue({ topology }: World, node: Node, facts: PackFacts): 'nothing' | 'switch' | 'install' {
  const { pack, broken, home, unpacked } = facts;
  const wanted = topology.settings.pack.sha256;
  if (home.kind === 'foreign' && !node.replaceForeign) throw new StepFailed(refuseForeign(node, home));
  if (home.kind === 'own' && pack === wanted && !broken) return 'nothing';
  return home.kind === 'none' && unpacked === wanted ? 'switch' : 'install';
}

/** Whether the archive of a node is replaced while it serves and others stand in for it: it is to go by itself. */
export function goesByItself(world: World, node: Node, facts: PackFacts): boolean {
  return (
    facts.running &&
    facts.home.kind === 'own' &&
    packDue(world, node, facts) === 'install' &&
    twinsOf(world.topology, node).length > 0
  );
}

/** A pair whose archive is replaced by a play in which all go at once would be down together. Throws `StepFailed`. */
export function refuseTogether(world: World, node: Node): void {
  const twins = twinsOf(world.topology, node).filter(({ host }) => world.hosts.has(host.name));
  if (twins.length === 0) return;
  const names = world.topology.nodes.filter((each) => each === node || twins.includes(each));
  throw new StepFailed({
    cause: `${node.home} holds another archive than the inventory names, and ${names.map(({ host }) => host.name).join(' and ')} would be stopped together to replace it`,
    hint: 'deploy replaces it one node at a time; a playbook of your own does so in a play in: waves, with drain-node before and install-pack: { in_turn: true }',
  });
}

/** Makes the folders that the archive and the home go into. */
export function makeFolders(
  topology: Topology,
  node: Node,
  { writable }: Pick<PackFacts, 'writable'>,
): Action[] {
  const { folder } = packCache(node, topology);
  return [
    ...(writable
      ? []
      : [
          run(as('root', makeFolderFor(node.directory, node.user)), {
            shown: `make ${node.directory} for ${node.user}`,
          }),
        ]),
    run(as(node.user, makeFolder(folder))),
    run(as(node.user, makeFolder(dirname(node.home))), {
      hint: `make the folder there, and give it to ${node.user}`,
    }),
  ];
}

/** Brings the archive to the server, and checks it. */
export function fetchArchive(
  topology: Topology,
  node: Node,
  { authority }: Pick<PackFacts, 'authority'>,
): Action[] {
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

/** Where an archive is unpacked before it is switched to. */
export function stage(node: Node) {
  const beside = `${node.home}.unpacking`;
  return {
    beside,
    inside: `${beside}/.ready`,
    /** Tells which archive is ready to be switched to, once it is. */
    complete: `${beside}/.complete`,
  };
}
