import { z } from 'zod';
import { as, type Command, script, sh } from '../../shell/command.ts';
import { carbonLogFolder, carriedOver, deploymentTomlPath, marks, securityFolder } from './paths.ts';
import type { Node, Topology } from './topology.ts';

/** What stands in the folder of a backup. */
export const backupFiles = {
  manifest: 'manifest.json',
  /** The checksum of the manifest, as `sha256sum -c` reads it. */
  seal: 'manifest.json.sha256',
  pki: 'pki',
  node: (name: string) => `nodes/${name}.tar.gz`,
  database: (which: string) => `databases/${which}.sql.gz`,
} as const;

const path = z
  .string()
  .refine(
    (text) => /^[^/\0]+(\/[^/\0]+)*$/.test(text) && !text.split('/').includes('..'),
    'is no path inside',
  );

const manifestSchema = z.object({
  format: z.literal(1),
  /** The name of the backup: its time. */
  id: z.string(),
  by: z.string(),
  /** Of this tool. */
  version: z.string(),
  inventory: z.string(),
  /** Of the product, and its archive. */
  release: z.string(),
  pack: z.string(),
  nodes: z.array(z.object({ name: z.string(), role: z.string(), hostname: z.string(), saved: z.boolean() })),
  databases: z.array(z.object({ which: z.enum(['shared', 'apim']), name: z.string(), type: z.string() })),
  /** What it does not hold, in words. */
  lacks: z.array(z.string()),
  files: z.array(z.object({ path, size: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** What a backup says of itself. */
export type Manifest = z.output<typeof manifestSchema>;

/** A file of a backup. */
export type SavedFile = Manifest['files'][number];

/** Reads a manifest; undefined if it is none that this version can read. */
export function readManifest(text: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What all nodes of a topology are called, and which of them a backup has something of. */
export function namedNodes(topology: Topology, saved: ReadonlySet<string>): Manifest['nodes'] {
  return topology.nodes.map(({ host, role, hostname }) => ({
    name: host.name,
    role,
    hostname,
    saved: saved.has(host.name),
  }));
}

/** Why a backup is not of this cluster; nothing if it is, or is of an earlier state of it. */
export function otherCluster(topology: Topology, { nodes }: Manifest): string[] {
  const known = new Map(nodes.map((node) => [node.name, node]));
  const here = topology.nodes.map(({ host, role, hostname }) => ({ name: host.name, role, hostname }));
  const others = here.flatMap(({ name, role, hostname }) => {
    const saved = known.get(name);
    if (saved === undefined || (saved.role === role && saved.hostname === hostname)) return [];
    return [
      `${name} is ${saved.hostname} (${saved.role}) in the backup, and ${hostname} (${role}) in the inventory`,
    ];
  });
  if (others.length > 0 || here.some(({ name }) => known.has(name))) return others;
  const list = (all: readonly { readonly hostname: string }[]) =>
    all.map(({ hostname }) => hostname).join(', ');
  return [`it is of ${list(nodes)}; the inventory has ${list(here)}`];
}

/** A database in use cannot be copied, and the product makes it anew; logs are nobody's state; notes of ours are of one installation. */
const notSaved: readonly string[] = ['repository/database', carbonLogFolder, '.apim-orchestrate/resting'];
const saved = carriedOver.filter((each) => !notSaved.includes(each));

/**
 * Prints a tar of what runs and people put into the home of a node: what outlives a change of archive, its keystores, and
 * its deployment.toml, for people to compare. What is a link leads to what nodes share, and is left out. A server at work
 * may write into a file meanwhile; of GNU tar it is known that this, and nothing worse, is what 1 means.
 */
export function packNode(node: Node): Command {
  const inside = (absolute: string) => absolute.slice(node.home.length + 1);
  const security = inside(securityFolder(node));
  return as(
    node.user,
    script(
      sh`cd ${node.home} || exit 1`,
      'command -v tar >/dev/null || { echo "tar is not installed" >&2; exit 127; }',
      'set --',
      `for f in ${sh`${inside(deploymentTomlPath(node))} ${saved}`.text} ${sh`${security}`.text}/*.jks ${sh`${security}`.text}/*.p12 ${sh`${security}`.text}/*.kept-*; do`,
      '  if test -L "$f" || ! test -e "$f"; then continue; fi',
      '  for known; do if test "$known" = "$f"; then continue 2; fi; done',
      '  set -- "$@" "$f"',
      'done',
      'tar -cf - -- "$@"; code=$?',
      'case $code$(tar --version 2>/dev/null | head -n 1) in 1*GNU*) code=0 ;; esac',
      'exit $code',
    ),
  );
}

/** Where what was saved of a node lies at its server before it is in place. */
export function nodeArchive({ home }: Node): string {
  return `${home}.restoring.tar.gz`;
}

/** Where a home tells which backup it was put back from. */
function restoredMark(node: Node): string {
  return `${marks(node).folder}/restored`;
}

/**
 * Makes a home of what was saved: one without an archive, as after a change of archive that is still to come. Whoever installs one
 * carries over what is in it. It appears by one rename; whatever stands there already is never replaced.
 */
export function unpackNode(node: Node, backup: string): Command {
  const beside = `${node.home}.restoring`;
  const mark = restoredMark(node).slice(node.home.length);
  return as(
    node.user,
    script(
      'set -e; umask 077',
      sh`rm -rf ${beside}; mkdir -p ${beside}/.apim-orchestrate`,
      sh`tar -xzf ${nodeArchive(node)} -C ${beside}`,
      sh`printf '%s\n' ${backup} > ${beside}${mark}`,
      'sync',
      sh`rmdir ${node.home} 2>/dev/null || true`,
      sh`if test -e ${node.home}; then echo ${node.home}" is there meanwhile" >&2; exit 1; fi`,
      sh`mv -T ${beside} ${node.home}`,
      sh`rm -f ${nodeArchive(node)}`,
    ),
  );
}
