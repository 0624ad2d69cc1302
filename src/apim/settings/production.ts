import { z } from 'zod';
import { filePath, sha256 } from '../../input/decode.ts';
import { secret } from '../../input/secrets.ts';
import { downloadKeys, notWhole, whole } from './download.ts';

/** Hardening for production: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/security-guidelines-for-production-deployment/ */
export const hardeningSchema = z
  .strictObject({
    limits: z
      .boolean()
      .default(false)
      .describe('Raise the limits of the run user, by a file in /etc/security/limits.d.'),
    sysctl: z
      .boolean()
      .default(false)
      .describe('Tune the network of the kernel, by a file in /etc/sysctl.d.'),
    protocols: z
      .array(z.enum(['TLSv1.2', 'TLSv1.3']))
      .min(1)
      .default(['TLSv1.2'])
      .describe('Versions of TLS that are spoken. TLSv1.3 needs Java 11.'),
    ciphers: z
      .array(z.string().regex(/^TLS_[A-Z0-9_]+$/, 'must be a cipher suite such as TLS_ECDHE_…, not {found}'))
      .optional()
      .describe('Cipher suites that are allowed. Default: those of Java.'),
    server_header: z
      .string()
      .regex(/^[\w ./-]+$/, 'must be plain words, not {found}')
      .default('API')
      .describe('What servers call themselves to clients, instead of the product’s name.'),
    jvm: z
      .boolean()
      .default(true)
      .describe('Add the options for Java that the guidelines ask for, and have servers verify host names.'),
  })
  .optional()
  .describe('Hardening for production. Without this key, the product’s own defaults are left alone.');

const keyPair = {
  certificate: filePath()
    .optional()
    .describe('PEM file here: the certificate, and those between it and the root, in any order.'),
  key: filePath().optional().describe('PEM file here: its private key; may be encrypted with the vault.'),
  keystore: filePath().optional().describe('A keystore here (JKS or PKCS12), instead of the two.'),
  password: secret().optional().describe('The password of the keystore.'),
  alias: z.string().min(1).optional().describe('The entry in the keystore. Default: its only key.'),
};

/** Where a certificate and its key come from, if they are not made here. */
export const ownCertificateSchema = z
  .strictObject(keyPair)
  .refine(
    ({ certificate, key, keystore, password }) =>
      keystore === undefined
        ? certificate !== undefined && key !== undefined
        : password !== undefined && certificate === undefined && key === undefined,
    'needs certificate and key, or keystore and password',
  );

/** A file of somebody's own, put into a home. */
export const extraFileSchema = z
  .strictObject({
    from: filePath().optional().describe('The file here; relative to the inventory.'),
    ...downloadKeys,
    sha256: sha256().optional().describe('The SHA-256 that it must have; needed with `url`.'),
    to: z
      .string()
      .regex(
        /^(dropins|lib|webapps|(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\w./@#+-]+\/[\w.@#+-]+)$/,
        'must be dropins, lib, webapps, or a path inside the home, not {found}',
      )
      .describe('`dropins`, `lib`, `webapps`, or the path of the file inside the home.'),
  })
  .refine(({ from, url }) => (from === undefined) !== (url === undefined), 'needs either from or url')
  .refine(({ url, sha256: sum }) => url === undefined || sum !== undefined, 'needs sha256 with url')
  .refine(whole, notWhole);
