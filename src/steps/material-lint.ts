import type { Finding } from '../apim/lint/finding.ts';
import { nodeIssue } from '../apim/node-issue.ts';
import { describe } from '../pki/certificate.ts';
import type { World } from './define.ts';
import type { Material } from './material.ts';

const day = 86_400_000;

/** What is wrong, or soon will be, with the certificates that are there. Those of nodes renew themselves. */
export function lintMaterial({ topology, now }: World, material: Material): Finding[] {
  const [node] = topology.nodes;
  if (node === undefined) return [];
  const shared = [
    ['certificates.authority', 'the certificate authority', material.authority?.certificate],
    ['certificates.primary', 'the certificate that all nodes share', material.primary?.certificate],
    ...[...material.trust].map(
      ([alias, certificate]) => ['trust', `the trusted certificate ${alias}`, certificate] as const,
    ),
  ] as const;
  return shared.flatMap(([setting, what, certificate]) => {
    if (certificate === undefined) return [];
    const days = Math.floor((describe(certificate).notAfter.getTime() - now.getTime()) / day);
    if (days > 90) return [];
    return [
      {
        ...nodeIssue(node, setting, days < 0 ? `${what} has expired` : `${what} expires in ${days} days`),
        code: 'certificate-expiring',
        severity: days < 0 ? ('error' as const) : ('warning' as const),
        why: 'connections that are verified by it end on that day, all at once',
        fix: 'make a new one in good time, and have it trusted everywhere before it is used',
      },
    ];
  });
}
