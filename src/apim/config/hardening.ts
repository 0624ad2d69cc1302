import type { Node, Topology } from '../cluster/topology.ts';
import { type TomlTable, table } from './toml.ts';

// Security guidelines: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/security-guidelines-for-production-deployment/
// Tuning: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/setup/performance-tuning-and-configuration-best-practices/

/** The versions of TLS and the ciphers that each listener of a node takes, if the inventory asks for hardening. */
export function transports({ settings }: Topology, { role }: Node): TomlTable[] {
  const { hardening } = settings;
  if (hardening === undefined) return [];
  const protocols = hardening.protocols.join(',');
  const ciphers = hardening.ciphers?.join(',');
  const passThrough = { HttpsProtocols: protocols, PreferredCiphers: ciphers };
  return [
    table('transport.https.sslHostConfig.properties', { protocols, ciphers }),
    ...(role === 'gateway'
      ? [
          table('transport.passthru_https.listener.parameters', passThrough),
          table('transport.passthru_https.sender.parameters', { HttpsProtocols: protocols }),
          table('apim.wss', { ssl_enabled_protocols: protocols }),
        ]
      : []),
    ...(role === 'traffic-manager'
      ? [table('broker.transport.amqp.ssl_connection', { ssl_enabled_protocols: protocols, ciphers })]
      : []),
  ];
}

/** Options for Java that the guidelines ask for, and what Java itself must refuse. */
export function hardenedOptions(topology: Topology, node: Node): string[] {
  const { hardening } = topology.settings;
  return [
    ...(hardening?.jvm === true
      ? ['-Djdk.tls.ephemeralDHKeySize=2048', '-Djdk.tls.rejectClientInitiatedRenegotiation=true']
      : []),
    ...(needsJavaSecurity(topology, node) ? [`-Djava.security.properties=${javaSecurityFile(node)}`] : []),
  ];
}

/** Whether Java itself must refuse old TLS: the receiver at port 9711 takes no versions from deployment.toml. */
export function needsJavaSecurity({ settings }: Topology, { role }: Node): boolean {
  return settings.hardening !== undefined && role === 'traffic-manager';
}

/** Our additions to the security properties of Java, for one node. */
export function javaSecurityFile({ home }: Node): string {
  return `${home}/repository/conf/security/java-tls.properties`;
}

const oldTls = ['TLSv1', 'TLSv1.1'] as const;

/** Whether a list of what Java refuses has the versions of TLS before 1.2 in it. */
export function refusesOldTls(disabled: string): boolean {
  const words = disabled.split(',').map((each) => each.trim());
  return oldTls.every((version) => words.includes(version));
}

/** What is in our file. A property replaces Java’s own, so its list stays, longer; if that is long enough, it is left alone. */
export function javaSecurityText(disabled: string): string {
  const heading = '# Written by apim-orchestrate; changes made here are lost at its next run.\n';
  if (refusesOldTls(disabled)) return heading;
  const words = disabled.split(',').map((each) => each.trim());
  return `${heading}jdk.tls.disabledAlgorithms=${[...new Set([...words, ...oldTls])].join(', ')}\n`;
}

/** Flags that the start script sets after ours, so they can be changed only there: as shipped, and as they should be. */
export const scriptFlags = [
  ['-Dhttpclient.hostnameVerifier=AllowAll', '-Dhttpclient.hostnameVerifier=Strict'],
  [
    '-Dorg.opensaml.httpclient.https.disableHostnameVerification=true',
    '-Dorg.opensaml.httpclient.https.disableHostnameVerification=false',
  ],
] as const;

/** Our file of limits at a server; the system’s own files are left alone. */
export const limitsFile = '/etc/security/limits.d/90-apim-orchestrate.conf';

/** Limits for those who run the nodes of a server. */
export function limitsText(users: readonly string[]): string {
  const lines = [...new Set(users)].flatMap((user) => [
    `${user} soft nofile 4096`,
    `${user} hard nofile 65535`,
    `${user} soft nproc 20000`,
    `${user} hard nproc 20000`,
  ]);
  return ['# Written by apim-orchestrate; changes made here are lost at its next run.', ...lines, ''].join(
    '\n',
  );
}

/** Our file of kernel settings at a server. */
export const sysctlFile = '/etc/sysctl.d/90-apim-orchestrate.conf';

/**
 * The guide’s network settings, but for three: tcp_tw_recycle breaks clients behind NAT and is gone from Linux 4.12;
 * fs.file-max would lower what kernels allow today; and ports for outgoing connections begin above the listeners, so
 * that none of them takes a server’s port away.
 */
export const sysctlText = [
  '# Written by apim-orchestrate; changes made here are lost at its next run.',
  'net.ipv4.tcp_fin_timeout = 30',
  'net.ipv4.tcp_tw_reuse = 1',
  'net.core.rmem_default = 524288',
  'net.core.wmem_default = 524288',
  'net.core.rmem_max = 67108864',
  'net.core.wmem_max = 67108864',
  'net.ipv4.tcp_rmem = 4096 87380 16777216',
  'net.ipv4.tcp_wmem = 4096 65536 16777216',
  'net.ipv4.ip_local_port_range = 15000 65535',
  '',
].join('\n');
