import { as, type Command, script, sh } from '../../shell/command.ts';
import { shippedStore, storeNames } from '../cluster/keystores.ts';
import { deploymentTomlPath, securityFolder } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';

/** A keystore as it stands at a server, whoever made it. */
export interface FoundFile {
  readonly path: string;
  /** Whether it is for TLS; otherwise it holds what the product signs and encrypts with. */
  readonly tls: boolean;
  /** Undefined if the run user may not read it. */
  readonly bytes: Uint8Array | undefined;
}

/** A keystore of which only the checksum is known. */
export interface ListedFile extends Omit<FoundFile, 'bytes'> {
  /** SHA-256 in hex; undefined if the run user may not read it. */
  readonly sum: string | undefined;
}

/**
 * Prints the checksums of the keystores of a node: those where ours stand, and those that the present deployment.toml
 * names. It looks at the home as it is, also where another archive is to take its place.
 */
export function listKeystores(node: Node): Command {
  const ours = (['primary', 'internal', 'tls'] as const).map((use) => `[keystore.${use}] ${storeNames[use]}`);
  const named = sh`awk ${'/^[ \t]*\\[/ { table = $1 } /^[ \t]*file_name[ \t]*=/ && table ~ /^\\[keystore\\./ { name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name); print table, name }'} ${deploymentTomlPath(node)} 2>/dev/null`;
  return as(
    node.user,
    script(
      sh`cd ${securityFolder(node)} 2>/dev/null || exit 0`,
      `known=; { ${sh`printf '%s\\n' ${ours}`.text}; ${named.text}; } | while read -r table name; do`,
      '  case $known in *"|$table $name|"*) continue ;; esac',
      '  known="$known|$table $name|"',
      '  case "$name" in "" | */*) continue ;; esac',
      '  test -e "$name" || continue',
      '  sum=; test ! -r "$name" || sum=$(sha256sum 2>/dev/null < "$name"); sum=${sum%% *}',
      `  printf '%s %s %s\\n' "$table" "\${sum:--}" "$name"`,
      'done',
    ),
  );
}

/** What `listKeystores` printed; one file can be named for several uses, and counts for the weightier. */
export function readListing(node: Node, stdout: string): ListedFile[] {
  const files = new Map<string, ListedFile>();
  for (const [, table = '', sum = '', name = ''] of stdout.matchAll(/^(\S+) (-|[0-9a-f]{64}) (.+)$/gm)) {
    const path = `${securityFolder(node)}/${name}`;
    const tls = table === '[keystore.tls]' && files.get(path)?.tls !== false;
    files.set(path, { path, tls, sum: sum === '-' ? undefined : sum });
  }
  return [...files.values()];
}

/** Whether a file stands where the product has its shipped keystore. */
export function isShippedName(node: Node, path: string): boolean {
  return path === shippedStore(node);
}
