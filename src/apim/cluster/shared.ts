import { type Command, script, sh } from '../../shell/command.ts';
import { mergeBlock } from '../../shell/marked-block.ts';
import type { Role } from '../release/roles.ts';
import { securityFolder } from './paths.ts';
import { type Node, serverOf, type Topology } from './topology.ts';

/** A shared file system at a server. */
export interface Mount {
  /** As in fstab: `nfs4`, `glusterfs`, `bind` … */
  readonly type: string;
  readonly source: string;
  readonly options: string;
  /** The folder that it is mounted at. */
  readonly point: string;
}

/** What can be shared. */
export type SharedKind = 'executionplans' | 'synapse_configs' | 'truststore' | 'tenants';

/** Something in a home that is kept on a shared file system: a link stands in its place. */
export interface SharedDirectory {
  readonly kind: SharedKind;
  /** Where the product looks for it. */
  readonly path: string;
  /** Where it really is. */
  readonly target: string;
  /** The folder in the file system: `target`, or what `target` is in, if that is a file. */
  readonly folder: string;
  readonly isFile: boolean;
  readonly mount: Mount;
}

const kinds: Readonly<Record<SharedKind, { roles: readonly Role[]; path: string; file?: true }>> = {
  // The guide, steps 6 and 6.5, and the facts of a Traffic Manager pair.
  executionplans: { roles: ['traffic-manager'], path: 'repository/deployment/server/executionplans' },
  synapse_configs: { roles: ['gateway'], path: 'repository/deployment/server/synapse-configs' },
  truststore: { roles: ['gateway'], path: 'repository/resources/security/client-truststore.jks', file: true },
  tenants: {
    roles: ['key-manager', 'traffic-manager', 'publisher', 'devportal', 'gateway'],
    path: 'repository/tenants',
  },
};

/** The names of all kinds, as the inventory has them. */
export const sharedKinds = Object.keys(kinds) as readonly SharedKind[];

/** Roles whose nodes share a kind. */
export function sharersOf(kind: SharedKind): readonly Role[] {
  return kinds[kind].roles;
}

/** What a node shares with others, in a steady order. */
export function sharedDirectories({ settings }: Topology, node: Node): SharedDirectory[] {
  return sharedKinds.flatMap((kind) => {
    const wanted = settings.sharedDirectories[kind];
    const { roles, path, file } = kinds[kind];
    if (wanted === undefined || !roles.includes(node.role)) return [];
    const mount = mountOf(node, wanted);
    const folder = `${mount.point}/${wanted.folder ?? kind}`;
    const isFile = file === true;
    const name = path.slice(path.lastIndexOf('/') + 1);
    return [
      {
        kind,
        path: `${node.home}/${path}`,
        folder,
        target: isFile ? `${folder}/${name}` : folder,
        isFile,
        mount,
      },
    ];
  });
}

/** Outside of every home, so that nothing that is done to a home is ever done to the shared files. */
function mountOf(node: Node, wanted: { type: string; source: string; options: string }): Mount {
  const name = wanted.source.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return {
    type: wanted.type,
    source: wanted.source,
    options: wanted.options,
    point: `${node.directory}/shared/${name}`,
  };
}

/** The file systems of a node, each once. */
export function mountsOf(topology: Topology, node: Node): Mount[] {
  const byPoint = new Map(sharedDirectories(topology, node).map(({ mount }) => [mount.point, mount]));
  return [...byPoint.values()];
}

/** Where a server keeps what is mounted at its start. */
export const fstabFile = '/etc/fstab';

/** The file with the mounts of every node on this server in a block of ours. */
export function mergeFstab(existing: string, topology: Topology, node: Node): string {
  const there = topology.nodes.filter((each) => serverOf(each) === serverOf(node));
  const lines = there.flatMap((each) => mountsOf(topology, each).map(fstabLine));
  return mergeBlock(existing, [...new Set(lines)]);
}

const usual = 'defaults,_netdev';

function fstabLine({ type, source, options, point }: Mount): string {
  if (type !== 'bind') return `${source} ${point} ${type} ${options} 0 0`;
  return `${source} ${point} none ${options === usual ? 'bind' : `bind,${options}`} 0 0`;
}

/** What is mounted at a folder, according to the text of /proc/mounts; the last mount lies on top. */
export function mountedAt(procMounts: string, point: string): { source: string; type: string } | undefined {
  const found = procMounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, at]) => at?.replaceAll('\\040', ' ') === point);
  return found === undefined ? undefined : { source: found[0] ?? '', type: found[2] ?? '' };
}

/** Whether what is mounted is what is wanted. What a bind mount is of cannot be told from /proc/mounts. */
export function isMounted(mounted: { source: string } | undefined, { type, source }: Mount): boolean {
  if (mounted === undefined) return false;
  return type === 'bind' || mounted.source.replace(/\/$/, '') === source.replace(/\/$/, '');
}

/** The truststore of a node as a file: in its home, or where it is shared. */
export function truststoreFile(topology: Topology, node: Node): string {
  const shared = sharedTruststore(topology, node);
  return shared?.target ?? `${securityFolder(node)}/client-truststore.jks`;
}

/**
 * Who writes the truststore of a node: of those who share it and are in this run, the first. For the others it is right
 * with his.
 */
export function truststoreWriter(topology: Topology, node: Node, hosts: ReadonlySet<string>): Node {
  const wanted = sharedTruststore(topology, node)?.mount.source;
  if (wanted === undefined) return node;
  const sharing = topology.nodes.filter(
    (each) => sharedTruststore(topology, each)?.mount.source === wanted && hosts.has(each.host.name),
  );
  return sharing[0] ?? node;
}

/** The file by which those who share a truststore lock it; undefined for one of a node's own. */
export function truststoreLock(topology: Topology, node: Node): string | undefined {
  const shared = sharedTruststore(topology, node);
  return shared === undefined ? undefined : `${notesFolder(shared.mount.point)}/truststore.lock`;
}

/** The truststore that a node shares with others; undefined if it has its own. */
export function sharedTruststore(topology: Topology, node: Node): SharedDirectory | undefined {
  return sharedDirectories(topology, node).find(({ kind }) => kind === 'truststore');
}

/**
 * Puts a file that is ready beside it in the place of one that several nodes share. One of them does it, under a lock of
 * the file system; the others find it done. If it is neither what was seen before nor what is to be, somebody else has
 * written it since, and nobody may write over that. Without locks there, the comparison and the rename have to do.
 */
export function replaceShared(
  target: string,
  candidate: string,
  lock: string,
  { before, after }: { readonly before: string; readonly after: string },
): Command {
  return script(
    'set -e',
    sh`trap ${sh`rm -f ${candidate}`.text} EXIT`,
    sh`exec 9>> ${lock}`,
    sh`flock -w 60 -E 75 9 || test $? != 75 || { echo ${lock}" was not let go within 60 s" >&2; exit 1; }`,
    sh`now=$(sha256sum < ${target} | cut -d ' ' -f 1)`,
    sh`case $now in`,
    sh`  ${after}) ;;`,
    sh`  ${before}) mv -fT ${candidate} ${target} ;;`,
    sh`  *) echo ${target}" was written by somebody else meanwhile" >&2; exit 1 ;;`,
    'esac',
  );
}

/** Our own notes in a shared file system. */
export function notesFolder(point: string): string {
  return `${point}/.apim-orchestrate`;
}
