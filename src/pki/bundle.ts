import { X509Certificate } from 'node:crypto';
import { belongTogether } from './certificate.ts';

/** Certificates that do not make a chain for a key, in words for people. */
export class BundleError extends Error {}

/** A certificate and what leads from it to its root, all PEM. */
export interface Chain {
  readonly certificate: string;
  /** Issuers, the nearest first; the root only if it was there. */
  readonly chain: readonly string[];
}

/** Puts certificates into order for a private key (PEM). Throws `BundleError`: none, none for this key, or unreadable. */
export function orderChain(certificates: readonly string[], key: string): Chain {
  if (certificates.length === 0) throw new BundleError('there is no certificate in it');
  const own = certificates.find((each) => belongTogether(each, key));
  if (own === undefined) throw new BundleError('none of its certificates belongs to the key');
  const others = certificates.filter((each) => each !== own);
  const chain: string[] = [];
  for (let last = parse(own); ; ) {
    const next = others.find((each) => !chain.includes(each) && isIssuer(parse(each), last));
    if (next === undefined) return { certificate: own, chain };
    chain.push(next);
    last = parse(next);
  }
}

function isIssuer(issuer: X509Certificate, of: X509Certificate): boolean {
  return issuer.fingerprint256 !== of.fingerprint256 && of.checkIssued(issuer) && of.verify(issuer.publicKey);
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new BundleError('one of its certificates cannot be read');
  }
}
