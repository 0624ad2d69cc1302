import { servicesUrl } from '../../cluster/entries.ts';
import type { Node, Topology } from '../../cluster/topology.ts';
import type { Role } from '../../release/roles.ts';
import { element, type TomlTable, table } from '../toml.ts';
import { accountInXml, escapeXmlText } from '../xml.ts';

/** JWT for the backends: the guide, step 6.5, point 3: alike at all gateways. */
export function jwt({ settings }: Topology): TomlTable[] {
  const wanted = settings.jwt;
  if (wanted === undefined) return [];
  const { generator } = wanted;
  return [
    table('apim.jwt', {
      enable: true,
      encoding: wanted.encoding,
      claim_dialect: escapeXmlText(wanted.claim_dialect),
      convert_dialect: wanted.convert_dialect,
      header: wanted.header,
      signing_algorithm: wanted.signing_algorithm,
      enable_user_claims: wanted.user_claims,
      claims_extractor_impl: wanted.user_claims
        ? 'org.wso2.carbon.apimgt.impl.token.ExtendedDefaultClaimsRetriever'
        : undefined,
    }),
    ...(generator === undefined ? [] : [table('apim.jwt.gateway_generator', { impl: generator })]),
  ];
}

/** CORS at the gateways, as the guide’s sample has it; several origins are one text. */
export function cors({ settings }: Topology): TomlTable[] {
  const wanted = settings.cors;
  if (wanted === undefined) return [];
  return [
    table('apim.cors', {
      allow_origins: wanted.allow_origins.join(','),
      allow_methods: wanted.allow_methods,
      allow_headers: wanted.allow_headers,
      allow_credentials: wanted.allow_credentials,
    }),
  ];
}

/**
 * Where tokens are revoked, and how they lie in the database: alike at Key Manager, Publisher and Developer Portal.
 * `/oauth2/revoke` is the Key Manager’s; `/revoke`, in the guide’s sample, is an API of the Gateway.
 */
export function oauth(topology: Topology, { role }: Node): TomlTable[] {
  const { oauthTokens } = topology.settings;
  const keys = {
    revoke_endpoint:
      role === 'devportal' ? `${servicesUrl(topology, 'key-manager')}/oauth2/revoke` : undefined,
    enable_token_encryption: oauthTokens === 'encrypted' ? true : undefined,
    enable_token_hashing: oauthTokens === 'hashed' ? true : undefined,
  };
  return Object.values(keys).some((value) => value !== undefined) ? [table('apim.oauth_config', keys)] : [];
}

const domains: Partial<Record<Role, string>> = {
  'key-manager': 'km-domain',
  publisher: 'publisher-domain',
  devportal: 'devportal-domain',
};

/** Read by updated packs only; the template of the first 3.2.0 passes it over. One domain a role, as the guide has it. */
export function cacheInvalidation({ settings }: Topology, { role }: Node): TomlTable[] {
  const domain = domains[role];
  if (!settings.cacheInvalidation || domain === undefined) return [];
  return [table('apim.cache_invalidation', { enabled: true, domain })];
}

/** The workers that events go to. Not at Traffic Managers and Key Managers, which send none. */
export function analytics({ settings }: Topology): TomlTable[] {
  const wanted = settings.analytics;
  if (wanted === undefined) return [];
  const { workers, send, receiver_port, receiver_tls_port, account } = wanted;
  const urls = (scheme: string, port: number) => workers.map((worker) => `${scheme}://${worker}:${port}`);
  return [
    table('apim.analytics', {
      enable: true,
      store_api_url: wanted.store ?? `https://${workers[0]}:7444`,
      ...(account === undefined
        ? { username: '$ref{super_admin.username}', password: '$ref{super_admin.password}' }
        : accountInXml(account, settings)),
    }),
    element('apim.analytics.url_group', {
      analytics_url: urls('tcp', receiver_port),
      analytics_auth_url: urls('ssl', receiver_tls_port),
      type: workers.length > 1 ? send : undefined,
    }),
  ];
}
