import { type TomlTable, table } from './toml.ts';
import type { Node, Topology } from './topology.ts';

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
      ? [table('transport.receiver', { ssl_enabled_protocols: protocols })]
      : []),
  ];
}

/** Options for Java that the guidelines ask for. */
export function hardenedOptions({ settings }: Topology): string[] {
  if (settings.hardening?.jvm !== true) return [];
  return ['-Djdk.tls.ephemeralDHKeySize=2048', '-Djdk.tls.rejectClientInitiatedRenegotiation=true'];
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
