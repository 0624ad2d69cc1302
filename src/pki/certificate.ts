import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';

/** What a certificate says. */
export interface Description {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and IP addresses it is good for. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
  readonly isAuthority: boolean;
}

const described = new Map<string, Description>();

/** Reads a certificate, PEM or DER. One in PEM is read once, however many ask. */
export function describe(certificate: string | Uint8Array): Description {
  if (typeof certificate !== 'string') return descriptionOf(certificate);
  const known = described.get(certificate) ?? descriptionOf(certificate);
  described.set(certificate, known);
  return known;
}

function descriptionOf(certificate: string | Uint8Array): Description {
  return saidBy(
    new X509Certificate(typeof certificate === 'string' ? certificate : Buffer.from(certificate)),
  );
}

/** A certificate that is parsed once, for whoever compares many of them. */
export interface OpenCertificate extends Description {
  readonly x509: X509Certificate;
}

/** Parses a certificate in DER; undefined if it cannot be read. */
export function openCertificate(der: Uint8Array): OpenCertificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    return { ...saidBy(x509), x509 };
  } catch {
    return undefined;
  }
}

/** Whether one was signed by the key of the other; one that signed itself counts as its own issuer. */
export function wasSignedBy(
  { x509: of }: Pick<OpenCertificate, 'x509'>,
  { x509: by }: Pick<OpenCertificate, 'x509'>,
): boolean {
  return of.checkIssued(by) && of.verify(by.publicKey);
}

function saidBy(x509: X509Certificate): Description {
  return {
    subject: x509.subject.replaceAll('\n', ', '),
    issuer: x509.issuer.replaceAll('\n', ', '),
    names: namesOf(x509),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    isAuthority: x509.ca,
  };
}

/** How many bits the RSA key of a certificate has; undefined if it is a key of another kind. */
export function keyBits(certificate: string): number | undefined {
  return new X509Certificate(certificate).publicKey.asymmetricKeyDetails?.modulusLength;
}

/** Why a certificate must be made anew: it lacks a name, has one too many, or ends soon. Undefined if it need not be. */
export function dueForRenewal(
  certificate: string,
  {
    names,
    renewBeforeMs,
    now,
    extraAllowed = false,
  }: {
    readonly names: readonly string[];
    readonly renewBeforeMs: number;
    readonly now: Date;
    /** For one that somebody else signed, who may have his own ideas. */
    readonly extraAllowed?: boolean;
  },
): string | undefined {
  const found = describe(certificate);
  const lacking = names.filter((name) => !found.names.includes(name));
  if (lacking.length > 0) return `the present one does not bear ${lacking.join(', ')}`;
  const extra = found.names.filter((name) => !names.includes(name));
  if (extra.length > 0 && !extraAllowed) return `the present one bears ${extra.join(', ')} as well`;
  if (found.notAfter.getTime() - now.getTime() <= renewBeforeMs)
    return `the present one ends on ${found.notAfter.toISOString().slice(0, 10)}`;
  return undefined;
}

/** Whether a certificate was made for this private key. Both PEM. False, too, if either cannot be read. */
export function belongTogether(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The certificates in a PEM text, in the order written. */
export function splitPem(text: string): string[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return found.map((each) => `${each}\n`);
}

/** The public key of a certificate, or of a private key (PEM); the same text for both if they belong together. */
export function publicKeyOf(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The SHA-256 in hex of the first certificate in a text; empty if there is none that can be read. */
export function fingerprintOf(text: string): string {
  const certificate = splitPem(text).find(isCertificate);
  return certificate === undefined ? '' : describe(certificate).fingerprint;
}

/** Each certificate once, however it is written. */
export function uniqueCertificates(certificates: readonly string[]): string[] {
  return [...new Map(certificates.map((each) => [describe(each).fingerprint, each])).values()];
}

/** Whether a text is a private key (PEM) that can be read. */
export function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private';
  } catch {
    return false;
  }
}

/** Whether a text is a certificate (PEM) that can be read. */
export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** Whether a certificate was signed by the key of another. Both PEM. */
export function isIssuedBy(certificate: string, issuer: string): boolean {
  return wasSignedBy({ x509: new X509Certificate(certificate) }, { x509: new X509Certificate(issuer) });
}

/** A PEM certificate as DER. */
export function toDer(certificate: string): Buffer {
  // Every node trusts every other, and parsing takes much longer than decoding.
  const [, body] = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(certificate) ?? [];
  return body === undefined ? new X509Certificate(certificate).raw : Buffer.from(body, 'base64');
}

/** A certificate in DER as PEM. */
export function toPem(certificate: Uint8Array): string {
  return new X509Certificate(Buffer.from(certificate)).toString();
}

/** A PEM private key as PKCS#8, DER. */
export function toPkcs8(key: string): Buffer {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((part) => part.replace(/^(DNS|IP Address):/, ''))
    .filter((part) => part !== '');
}
