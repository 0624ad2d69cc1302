import { constants, createPublicKey, privateEncrypt } from 'node:crypto';
import type Forge from 'node-forge';
import { forge } from './forge.ts';

/** What stands before a SHA-256 in a signature of PKCS #1: the name of the digest. */
const sha256Info = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * A private key (PEM) as forge wants one to sign with, whose work node's own crypto does: forge takes a sixth of a second
 * for a signature, and holds everything else up meanwhile. It signs digests of SHA-256, and can do nothing else.
 */
export function signingKey(key: string): Forge.pki.rsa.PrivateKey {
  const sign = (digest: Forge.md.MessageDigest): string =>
    privateEncrypt(
      { key, padding: constants.RSA_PKCS1_PADDING },
      Buffer.concat([sha256Info, Buffer.from(digest.digest().getBytes(), 'binary')]),
    ).toString('binary');
  return { sign } as Forge.pki.rsa.PrivateKey;
}

/** The public half of a private key (PEM), for what forge puts together. */
export function publicHalf(key: string): Forge.pki.PublicKey {
  return forge().pki.publicKeyFromPem(
    createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
  );
}
