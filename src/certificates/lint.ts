import type { Finding } from '../apim/checks/lint/finding.ts';
import { nodeIssue } from '../apim/checks/node-issue.ts';
import { longSecrets } from '../apim/checks/rules-values.ts';
import { bearers, loopbackName } from '../apim/cluster/keystores.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import type { Host } from '../input/inventory.ts';
import { describe, keyBits } from '../pki/certificate.ts';
import type { Material, Scope } from './material.ts';

const day = 86_400_000;

/** What is wrong, or soon will be, with the certificates that are there. Those of nodes are renewed in good time by whoever deploys. */
export function lintMaterial({ topology, now }: Scope, material: Material): Finding[] {
  const [node] = topology.nodes;
  if (node === undefined) return [];
  const unfit = unfitCertificates({ topology, now }, material).map(({ host, message, fix }) => ({
    ...host.position(['apim', 'certificate']),
    path: 'apim.certificate',
    message,
    code: 'certificate-names',
    severity: 'error' as const,
    why: 'whoever calls the node verifies its name, and would hang up',
    fix,
  }));
  const shared = [
    ['certificates.authority', 'the certificate authority', material.authority?.certificate],
    ['certificates.primary', 'the certificate that all nodes share', material.primary?.certificate],
    ...[...material.trust].map(
      ([alias, certificate]) => ['trust', `the trusted certificate ${alias}`, certificate] as const,
    ),
  ] as const;
  const expiring = shared.flatMap(([setting, what, certificate]) => {
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
  return [
    ...unfit,
    ...expiring,
    ...endedInVain({ topology, now }, material),
    ...tooLong(topology, material.primary),
  ];
}

/** Certificates that are made here and that nobody has renewed in time. */
function endedInVain({ topology, now }: Scope, material: Material): Finding[] {
  return bearers(topology).flatMap(({ host, own }) => {
    const certificate = own === undefined ? material.nodes.get(host.name)?.certificate : undefined;
    const ended = certificate === undefined ? now : describe(certificate).notAfter;
    if (ended >= now) return [];
    return [
      {
        ...host.position(['apim', 'certificate']),
        path: '',
        message: `the certificate of ${host.name} ended on ${ended.toISOString().slice(0, 10)}`,
        code: 'certificate-expiring',
        severity: 'warning' as const,
        why: 'whoever calls the node verifies it, and hangs up',
        fix: 'apim-orchestrate rotate-certs replaces those of all nodes, and a deploy those that have ended',
      },
    ];
  });
}

/** Secrets that a key of somebody’s own cannot encrypt; for the one that is made here the topology has its rule. */
function tooLong(topology: Topology, primary: Material['primary']): Finding[] {
  const bits = primary === undefined ? undefined : keyBits(primary.certificate);
  if (topology.settings.certificates.primary === undefined || bits === undefined) return [];
  return longSecrets(topology, bits).map((issue) => ({
    ...issue,
    code: 'value',
    severity: 'error',
    why: 'the key that all nodes share encrypts the passwords in deployment.toml, each in one piece',
    fix: 'give a shorter one, or a longer key in certificates.primary before the first start',
  }));
}

/** Certificates that were brought and do not bear the names by which their node is reached, or have ended. */
export function unfitCertificates(
  { topology, now }: Pick<Scope, 'topology' | 'now'>,
  material: Material,
): { readonly host: Host; readonly message: string; readonly fix: string }[] {
  return bearers(topology).flatMap(({ host, names, own }) => {
    const certificate = material.nodes.get(host.name)?.certificate;
    if (own === undefined || certificate === undefined) return [];
    const found = describe(certificate);
    const lacking = names.filter((name) => !found.names.some((each) => covers(each, name)));
    const where = own.keystore ?? own.certificate;
    if (lacking.length === 1 && lacking[0] === loopbackName)
      return [
        {
          host,
          message: `${where} does not bear ${loopbackName}, by which servers of the product call themselves when somebody logs in`,
          fix: `have a certificate made with ${loopbackName} among its names, too, or set hardening.jvm: false, so that names are not verified`,
        },
      ];
    if (lacking.length > 0)
      return [
        {
          host,
          message: `${where} does not bear ${lacking.join(', ')}, by which ${host.name} is reached`,
          fix: 'have a certificate made with all of these names, or give the host a name that it bears',
        },
      ];
    if (found.notAfter >= now) return [];
    return [
      {
        host,
        message: `${where} ended on ${found.notAfter.toISOString().slice(0, 10)}`,
        fix: 'have a new one made',
      },
    ];
  });
}

/** A wildcard stands for one label. */
function covers(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === name;
  return name.slice(name.indexOf('.') + 1) === pattern.slice(2).toLowerCase() && name.includes('.');
}
