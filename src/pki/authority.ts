import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import type Forge from 'node-forge';
import { forge } from './forge.ts';
import { publicHalf, signingKey } from './signing.ts';

/** A certificate and its private key, both PEM (the key as PKCS#8). */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** How long the key of an authority is, and any other. */
export const authorityBits = 3072;
export const keyBits = 2048;

const dayMs = 86_400_000;
/** Clocks differ: a certificate is good from a little before it was made. */
const earlierMs = 5 * 60_000;

/**
 * Makes an authority of our own: RSA 3072, good for signing certificates of servers and nothing below them. A key that
 * is there already gets a certificate.
 */
export async function createAuthority(options: {
  organization: string;
  days: number;
  now: Date;
  key?: string | undefined;
}): Promise<CertificatePair> {
  const key = options.key ?? (await generateKey(authorityBits));
  const subject = [
    { name: 'organizationName', value: options.organization },
    { name: 'commonName', value: `${options.organization} API Manager authority` },
  ];
  const certificate = blank(
    key,
    subject,
    options.now,
    new Date(options.now.getTime() + options.days * dayMs),
  );
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(signingKey(key), forge().md.sha256.create());
  return { certificate: pem(certificate), key };
}

/**
 * Issues a certificate, with a new RSA 2048 key unless there is one: `tls` for a server that is a client, too; `signing` for the key that
 * signs tokens and encrypts what the registry holds. It never outlives its authority.
 */
export async function issue(options: {
  authority: CertificatePair;
  commonName: string;
  /** DNS names and IP addresses. */
  names: readonly string[];
  days: number;
  now: Date;
  usage: 'tls' | 'signing';
  key?: string | undefined;
}): Promise<CertificatePair> {
  const key = options.key ?? (await generateKey(keyBits));
  const authority = forge().pki.certificateFromPem(options.authority.certificate);
  const wanted = options.now.getTime() + options.days * dayMs;
  const end = new Date(Math.min(wanted, authority.validity.notAfter.getTime()));
  const organization = authority.subject.getField('O') as { value: string } | null;
  const certificate = blank(
    key,
    [
      ...(organization === null ? [] : [{ name: 'organizationName', value: organization.value }]),
      { name: 'commonName', value: options.commonName.slice(0, 64) },
    ],
    options.now,
    end,
  );
  certificate.setIssuer(authority.subject.attributes);
  const identifier = authority.generateSubjectKeyIdentifier().getBytes();
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    {
      name: 'keyUsage',
      digitalSignature: true,
      keyEncipherment: true,
      ...(options.usage === 'signing' ? { dataEncipherment: true, nonRepudiation: true } : {}),
      critical: true,
    },
    ...(options.usage === 'tls' ? [{ name: 'extKeyUsage', serverAuth: true, clientAuth: true }] : []),
    ...(options.names.length > 0 ? [{ name: 'subjectAltName', altNames: options.names.map(altName) }] : []),
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: identifier },
  ]);
  certificate.sign(signingKey(options.authority.key), forge().md.sha256.create());
  return { certificate: pem(certificate), key };
}

function blank(
  key: string,
  subject: Forge.pki.CertificateField[],
  from: Date,
  to: Date,
): Forge.pki.Certificate {
  const certificate = forge().pki.createCertificate();
  certificate.publicKey = publicHalf(key);
  certificate.serialNumber = serial();
  certificate.validity.notBefore = new Date(from.getTime() - earlierMs);
  certificate.validity.notAfter = to;
  certificate.setSubject(subject);
  return certificate;
}

function altName(name: string): { type: number; value?: string; ip?: string } {
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}

/** 128 random bits, positive and without a leading zero byte. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pem(certificate: Forge.pki.Certificate): string {
  return forge().pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

/** A new RSA key, PEM. By node's own crypto: forge would take seconds, and hold everything else up meanwhile. */
export async function generateKey(bits: number): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
