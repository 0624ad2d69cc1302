import { existsSync } from 'node:fs';
import type { Finding } from '../apim/checks/lint/finding.ts';
import { nodeIssue } from '../apim/checks/node-issue.ts';
import { allDownloads } from '../apim/checks/rules-downloads.ts';
import type { Topology } from '../apim/cluster/topology.ts';

/** Files that the inventory names and that are not on this machine. Certificates are looked at elsewhere. */
export function missingFiles(topology: Topology): Finding[] {
  const { settings, nodes } = topology;
  const [first] = nodes;
  if (first === undefined) return [];
  const { pack, database } = settings;
  const named = [
    ...(pack.path === undefined ? [] : [[first, 'pack.path', pack.path] as const]),
    ...(database.driver.path === undefined
      ? []
      : [[first, 'database.driver.path', database.driver.path] as const]),
    ...nodes.flatMap((node) =>
      node.files.flatMap(({ from }, index) =>
        from === undefined ? [] : [[node, `files.${index}.from`, from] as const],
      ),
    ),
    ...allDownloads(topology).flatMap(({ node, key, settings: { ca } }) =>
      ca === undefined ? [] : [[node, `${key}.ca`, ca] as const],
    ),
  ];
  const seen = new Set<string>();
  return named.flatMap(([node, setting, file]) => {
    if (seen.has(file) || existsSync(file)) return [];
    seen.add(file);
    return [
      {
        ...nodeIssue(node, setting, `${file} is not on this machine`),
        code: 'file',
        severity: 'warning' as const,
        why: 'a deployment from here would stop when it comes to it',
        fix: 'put the file there, or correct the path (relative to the inventory)',
      },
    ];
  });
}
