import { as, type Command, script, sh } from '../../shell/command.ts';
import { decodeBytes } from '../../shell/files.ts';
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

const mark = '==== ';

/**
 * Prints the keystores of a node: those where ours stand, and those that the present deployment.toml names. It looks at
 * the home as it is, also where another archive is to take its place.
 */
export function printKeystores(node: Node): Command {
  const ours = [`[keystore.primary] ${storeNames.primary}`, `[keystore.tls] ${storeNames.tls}`];
  const named = sh`awk ${'/^[ \t]*\\[/ { table = $1 } /^[ \t]*file_name[ \t]*=/ && table ~ /^\\[keystore\\./ { name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name); print table, name }'} ${deploymentTomlPath(node)} 2>/dev/null`;
  return as(
    node.user,
    script(
      sh`cd ${securityFolder(node)} 2>/dev/null || exit 0`,
      `{ ${sh`printf '%s\\n' ${ours}`.text}; ${named.text}; } | sort -u | while read -r table name; do`,
      '  case "$name" in "" | */*) continue ;; esac',
      '  test -e "$name" || continue',
      sh`  printf '%s%s %s\\n' ${mark} "$table" "$name"`,
      '  base64 < "$name" 2>/dev/null || true',
      'done',
    ),
  );
}

/** What `printKeystores` printed; one file can be named for several uses, and counts for the weightier. */
export function readKeystores(node: Node, stdout: string): FoundFile[] {
  const files = new Map<string, FoundFile>();
  for (const part of stdout.split(/^==== /m).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    const [, table = '', name = ''] = /^(\S+) (.+)$/.exec(heading) ?? [];
    const path = `${securityFolder(node)}/${name}`;
    const tls = table === '[keystore.tls]' && files.get(path)?.tls !== false;
    files.set(path, { path, tls, bytes: decodeBytes(lines.join('')) });
  }
  return [...files.values()];
}

/** Whether a file stands where the product has its shipped keystore. */
export function isShippedName(node: Node, path: string): boolean {
  return path === shippedStore(node);
}
