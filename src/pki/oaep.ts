import { constants, createPublicKey, privateDecrypt, publicEncrypt, X509Certificate } from 'node:crypto';

// What the product’s vault decrypts with by default: RSA/ECB/OAEPwithSHA1andMGF1Padding.
const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;

/** Encrypts a text for the owner of a certificate (PEM); base64. The same text gives another ciphertext every time. */
export function encryptOaep(certificate: string, text: string): string {
  const key = createPublicKey(
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  return publicEncrypt({ key, ...padding }, Buffer.from(text)).toString('base64');
}

/** The text in a ciphertext (base64), or undefined if the key (PEM) does not open it. */
export function decryptOaep(key: string, ciphertext: string): string | undefined {
  try {
    return privateDecrypt({ key, ...padding }, Buffer.from(ciphertext, 'base64')).toString();
  } catch {
    return undefined;
  }
}
