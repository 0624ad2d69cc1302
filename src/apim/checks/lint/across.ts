import type { Topology } from '../../cluster/topology.ts';
import { databaseAddress } from '../../database/urls.ts';
import { nodeIssue } from '../node-issue.ts';
import type { Finding } from './finding.ts';

/** What several clusters must not have in common. */
export function lintAcross(topologies: readonly Topology[]): Finding[] {
  const seen = new Map<string, string>();
  return topologies.flatMap((topology) => {
    const [node] = topology.nodes;
    if (node === undefined) return [];
    const { database } = topology.settings;
    return (['apim', 'shared'] as const).flatMap((which) => {
      const { host, port, name } = databaseAddress(database, which);
      const address = `${host}:${port}/${name}`;
      const { file } = node.host.position(['apim', 'database', which]);
      const other = seen.get(address);
      seen.set(address, file);
      if (other === undefined) return [];
      return [
        {
          ...nodeIssue(node, `database.${which}`, `${address} is the database of ${other}, too`),
          code: 'database-shared',
          severity: 'error' as const,
          why: 'two clusters on one database overwrite each other’s users, APIs and registry',
          fix: 'give each cluster a database of its own',
        },
      ];
    });
  });
}
