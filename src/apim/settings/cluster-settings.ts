import type { Secret } from '../../secret.ts';
import { usualPorts } from './database.ts';
import type { Settings } from './schema.ts';

/** Settings that are the same for all nodes. Times in milliseconds. */
export interface ClusterSettings {
  readonly version: string;
  readonly pack: Settings['pack'];
  readonly mapHosts: boolean;
  readonly admin: { readonly username: string; readonly password: Secret };
  readonly keystore: { readonly password: Secret };
  readonly truststore: { readonly password: Secret };
  readonly certificates: {
    readonly directory: string;
    readonly organization: string;
    readonly authorityDays: number;
    readonly nodeDays: number;
    readonly primaryDays: number;
    readonly renewBeforeMs: number;
    /** Somebody’s own authority and shared key, if there are any. */
    readonly authority: OwnCertificate | undefined;
    readonly primary: OwnCertificate | undefined;
    readonly requests: boolean;
    /** SHA-256 of certificates that no node may trust, in hex. */
    readonly distrust: readonly string[];
  };
  readonly database: Settings['database'] & { readonly port: number };
  readonly environments: Settings['environments'];
  readonly loadBalancer: Settings['load_balancer'];
  /** A Key Manager that is not one of the nodes. */
  readonly keyManager: Settings['key_manager'];
  readonly sharedDirectories: Settings['shared_directories'];
  readonly cacheInvalidation: boolean;
  readonly jwt: Settings['jwt'];
  readonly cors: Settings['cors'];
  readonly oauthTokens: Settings['oauth_tokens'];
  readonly analytics: Settings['analytics'];
  readonly hardening: Settings['hardening'];
  readonly secureVault: boolean;
  readonly defaultPasswords: boolean;
  readonly optimize: Settings['optimize'];
  /** PEM files here. */
  readonly trust: readonly string[];
}

/** Where a certificate and its key come from, if they are not made here. */
export type OwnCertificate = NonNullable<Settings['certificate']>;

/** What the settings of any host say about the cluster. */
export function clusterSettings(settings: Settings): ClusterSettings {
  const { pack, keystore, truststore, certificates, database } = settings;
  return {
    version: settings.version,
    pack,
    mapHosts: settings.map_hosts,
    admin: settings.admin,
    keystore,
    truststore: truststore ?? keystore,
    certificates: {
      directory: certificates.directory,
      organization: certificates.organization,
      authorityDays: certificates.ca_days,
      nodeDays: certificates.node_days,
      primaryDays: certificates.primary_days,
      renewBeforeMs: certificates.renew_before,
      authority: certificates.authority,
      primary: certificates.primary,
      requests: certificates.requests,
      distrust: certificates.distrust,
    },
    database: { ...database, port: database.port ?? usualPorts[database.type] },
    environments: settings.environments,
    loadBalancer: settings.load_balancer,
    keyManager: settings.key_manager,
    sharedDirectories: settings.shared_directories,
    cacheInvalidation: settings.cache_invalidation,
    jwt: settings.jwt,
    cors: settings.cors,
    oauthTokens: settings.oauth_tokens,
    analytics: settings.analytics,
    hardening: settings.hardening,
    secureVault: settings.secure_vault,
    defaultPasswords: settings.default_passwords,
    optimize: settings.optimize,
    trust: settings.trust,
  };
}
