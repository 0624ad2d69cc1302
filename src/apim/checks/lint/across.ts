import type { Topology } from '../../cluster/topology.ts';
import { databasePlace } from '../../database/urls.ts';
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
      const { host, port, name } = databasePlace(database, which);
      const place = `${host}:${port}/${name}`;
      const { file } = node.host.place(['apim', 'database', which]);
      const other = seen.get(place);
      seen.set(place, file);
      if (other === undefined) return [];
      return [
        {
          ...nodeIssue(node, `database.${which}`, `${place} is the database of ${other}, too`),
          code: 'database-shared',
          severity: 'error' as const,
          why: 'two clusters on one database overwrite each other’s users, APIs and registry',
          fix: 'give each cluster a database of its own',
        },
      ];
    });
  });
}
