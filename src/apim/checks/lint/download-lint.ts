import type { Topology } from '../../cluster/topology.ts';
import { nodeIssue } from '../node-issue.ts';
import { allDownloads } from '../rules-downloads.ts';
import type { Finding } from './finding.ts';

/** Secrets that would travel where everybody on the way can read them. */
export function lintDownloads(topology: Topology): Finding[] {
  return allDownloads(topology).flatMap(({ node, key, settings }) => {
    const { url = '', username, password, headers } = settings;
    if (!/^http:/i.test(url) || (username ?? password ?? headers) === undefined) return [];
    return [
      {
        ...nodeIssue(node, `${key}.url`, 'begins with http://, and who asks is told there'),
        code: 'plain-http-download',
        severity: 'warning' as const,
        why: 'password and headers would travel where everybody can read them',
        fix: 'use an address that begins with https://, with ca if an authority of your own vouches for it',
      },
    ];
  });
}
