import { z } from 'zod';
import {
  duration,
  filePath,
  hostName,
  memorySize,
  serverPath,
  sha256,
  waitingTime,
} from '../../input/decode.ts';
import { secret } from '../../input/secrets.ts';
import { account, fileOrUrl, one, plainName } from './common.ts';
import { databaseSchema } from './database.ts';
import { notWhole, whole } from './download.ts';
import { analyticsSchema, corsSchema, jwtSchema, tokensSchema } from './features.ts';
import {
  environmentsSchema,
  keyManagerSchema,
  loadBalancerSchema,
  sharedDirectoriesSchema,
} from './network.ts';
import { extraFileSchema, hardeningSchema, ownCertificateSchema } from './production.ts';

/** What stands under the variable `apim`, for one host, after all levels have been merged. */
export const settingsSchema = z.strictObject({
  version: z.enum(['3.2.0']).default('3.2.0').describe('The version of API Manager.'),
  pack: z
    .strictObject({
      ...fileOrUrl,
      sha256: sha256().describe('The SHA-256 of the archive: what is fetched must have it.'),
    })
    .refine(one, 'needs either path or url')
    .refine(whole, notWhole)
    .describe('The archive of the product, wso2am-3.2.0.zip.'),
  directory: serverPath()
    .default('/opt/wso2')
    .describe('The folder at the servers under which every component has its own.'),
  home: serverPath().optional().describe('The folder of this node, if not `<directory>/<component>`.'),
  replace_foreign: z
    .boolean()
    .default(false)
    .describe(
      'Replace what this tool did not install in the folder of this node. It is stopped, and kept beside.',
    ),
  user: plainName()
    .optional()
    .describe('Who runs the servers. Default: the login, or `wso2carbon` if that is root. Must exist.'),
  hostname: hostName()
    .optional()
    .describe('The name by which the other nodes reach this one. Default: the name in the inventory.'),
  address: hostName()
    .optional()
    .describe('The address of this node for /etc/hosts. Default: `ansible_host`.'),
  offset: z.int().min(0).max(50_000).default(0).describe('Added to every port of this node.'),
  map_hosts: z
    .boolean()
    .default(false)
    .describe('Write the names of all nodes into /etc/hosts of every server, for want of DNS.'),
  service: z
    .enum(['auto', 'systemd', 'script'])
    .default('auto')
    .describe('What starts the server: systemd where there is one, or the start script of the product.'),
  java: z
    .strictObject({
      home: serverPath()
        .optional()
        .describe('JAVA_HOME at the server. Default: found from `java` in the PATH.'),
      accept: z
        .array(z.int())
        .default([])
        .describe(
          'Major versions that are accepted although the vendor supports only 8 and 11. The start script takes 7 to 11 without a word, and only warns of others.',
        ),
    })
    .prefault({})
    .describe('Java.'),
  memory: z
    .strictObject({
      initial: memorySize().default('256m').describe('The heap at the start.'),
      maximum: memorySize().default('1024m').describe('The most the heap may grow to.'),
    })
    .prefault({})
    .describe('Memory of the server.'),
  jvm_options: z
    .array(z.string().regex(/^-[^\s'"$`\\]+$/, 'must be one option without blanks and quotes, not {found}'))
    .default([])
    .describe('More options for Java.'),
  ready_timeout: waitingTime().prefault('5m').describe('How long a server may take to become ready.'),
  stop_timeout: waitingTime()
    .prefault('2m')
    .describe('How long a server may take to stop, with the requests that it finishes.'),
  admin: account('the administrator').describe('The administrator, created at the first start.'),
  keystore: z
    .strictObject({
      password: secret().describe('The password of all keystores and their keys; 6 characters at least.'),
    })
    .describe('Keystores.'),
  truststore: z
    .strictObject({ password: secret().describe('The password of the truststores.') })
    .optional()
    .describe('Truststores. Default: as the keystores.'),
  certificates: z
    .strictObject({
      directory: filePath()
        .prefault('pki')
        .describe('Where authority, keys and certificates are kept, on this machine.'),
      organization: z
        .string()
        .min(1)
        .max(64)
        .default('API Manager')
        .describe('The name in the certificates.'),
      ca_days: z.int().min(1).default(3650).describe('How long the authority is good for.'),
      node_days: z.int().min(1).default(825).describe('How long the certificate of a node is good for.'),
      primary_days: z
        .int()
        .min(1)
        .default(3650)
        .describe('How long the certificate that all nodes share is good for.'),
      renew_before: duration()
        .prefault('30d')
        .describe('How long before its end a certificate is made anew.'),
      authority: ownCertificateSchema
        .optional()
        .describe('An authority of your own that signs what is made here. Default: one is made.'),
      primary: ownCertificateSchema
        .optional()
        .describe('The key that all nodes share, such as that of an existing cluster. Default: one is made.'),
      distrust: z
        .array(sha256())
        .default([])
        .describe(
          'SHA-256 of more certificates that no node may trust, such as one whose key has become known. Those whose keys the product publishes are among them anyway.',
        ),
      requests: z
        .boolean()
        .default(false)
        .describe(
          'Make signing requests (pki/nodes/NAME.csr) instead of certificates, for somebody to sign; put what comes back beside them as NAME.pem.',
        ),
    })
    .prefault({})
    .describe('Certificates.'),
  environment: z
    .string()
    .regex(/^[A-Za-z0-9 ._-]+$/, 'must be letters, digits, blanks and . _ -')
    .default('Production and Sandbox')
    .describe('The name of the environment that a gateway belongs to; gateways that say the same are one.'),
  environments: environmentsSchema,
  load_balancer: loadBalancerSchema.optional(),
  key_manager: keyManagerSchema.optional(),
  shared_directories: sharedDirectoriesSchema,
  cache_invalidation: z
    .boolean()
    .default(false)
    .describe(
      'Tell the other nodes of a role when a cached entry is stale. Read by updated packs of 3.2.0 only; harmless otherwise.',
    ),
  jwt: jwtSchema.optional(),
  cors: corsSchema.optional(),
  oauth_tokens: tokensSchema,
  analytics: analyticsSchema.optional(),
  hardening: hardeningSchema,
  secure_vault: z
    .boolean()
    .default(false)
    .describe(
      'Encrypt the passwords in deployment.toml with the key that all nodes share; but for three at gateways, which secure web sockets take as text.',
    ),
  default_passwords: z
    .boolean()
    .default(false)
    .describe('Accept passwords that the whole world knows, such as admin and wso2carbon. For trials only.'),
  optimize: z
    .enum(['before', 'starting'])
    .default('before')
    .describe('When the vendor’s profile optimizer runs: once before the first start, or at every start.'),
  certificate: ownCertificateSchema
    .optional()
    .describe('The certificate of this node and its key, such as those of a corporate authority.'),
  trust: z
    .array(filePath())
    .default([])
    .describe('More certificates that every node is to trust: PEM files here.'),
  files: z
    .array(extraFileSchema)
    .default([])
    .describe('Files of your own: bundles, libraries, web applications.'),
  deployment_toml: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'More content of deployment.toml, as nested keys and values; merged over what is written here, lists as a whole.',
    ),
  deployment_toml_append: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'More elements for lists of deployment.toml, as nested keys down to a list; added at the end of what is there.',
    ),
  database: databaseSchema,
});

/** The settings of one host, as decoded. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings that belong to one node; all others must be the same everywhere. */
export const nodeSettings = [
  'directory',
  'home',
  'replace_foreign',
  'user',
  'hostname',
  'address',
  'offset',
  'service',
  'java',
  'memory',
  'jvm_options',
  'ready_timeout',
  'stop_timeout',
  'environment',
  'certificate',
  'files',
  'deployment_toml',
  'deployment_toml_append',
] as const satisfies readonly (keyof Settings)[];
