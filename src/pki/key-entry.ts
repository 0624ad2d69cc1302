import { createPrivateKey, X509Certificate } from 'node:crypto';
import type Forge from 'node-forge';
import { forge } from './forge.ts';
import { KeystoreError, peekJks, readJks, recoverKey } from './jks.ts';

/** A private key and the certificates beside it, all PEM. */
export interface KeyEntry {
  readonly key: string;
  readonly certificates: readonly string[];
}

/**
 * The key in a keystore of either kind. Without an alias it must be the only one. Throws `KeystoreError`: wrong
 * password, no such key, several keys, or neither JKS nor PKCS12.
 */
export function readKeystore(bytes: Uint8Array, password: string, alias?: string): KeyEntry {
  return isJks(bytes) ? fromJks(bytes, password, alias) : fromPkcs12(bytes, password, alias);
}

/**
 * The certificates of all keys in a keystore of either kind, and why the password does not open it. A JKS tells them to
 * everybody. Throws `KeystoreError` if they cannot be read.
 */
export function keyCertificates(
  bytes: Uint8Array,
  password: string,
): { readonly certificates: readonly string[]; readonly closed: string | undefined } {
  if (!isJks(bytes)) {
    const { certificates } = fromPkcs12(bytes, password, undefined);
    return { certificates: certificates.slice(0, 1), closed: undefined };
  }
  const certificates = peekJks(bytes).flatMap((entry) =>
    entry.type === 'key' && entry.chain[0] !== undefined
      ? [new X509Certificate(entry.chain[0]).toString()]
      : [],
  );
  try {
    readJks(bytes, password);
    return { certificates, closed: undefined };
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    return { certificates, closed: error.message };
  }
}

function isJks(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).subarray(0, 4).toString('hex') === 'feedfeed';
}

function fromJks(bytes: Uint8Array, password: string, alias: string | undefined): KeyEntry {
  const keys = readJks(bytes, password).flatMap((entry) => (entry.type === 'key' ? [entry] : []));
  const entry = only(keys, alias);
  return {
    key: toPem(recoverKey(entry.protectedKey, password)),
    certificates: entry.chain.map((each) => new X509Certificate(each).toString()),
  };
}

function fromPkcs12(bytes: Uint8Array, password: string, alias: string | undefined): KeyEntry {
  const store = openPkcs12(bytes, password);
  const bags = [forge().pki.oids.pkcs8ShroudedKeyBag, forge().pki.oids.keyBag].flatMap(
    (type) => store.getBags({ bagType: type ?? '' })[type ?? ''] ?? [],
  );
  const keys = bags.map((bag) => ({
    alias: String((bag.attributes as { friendlyName?: string[] }).friendlyName?.[0] ?? ''),
    key: bag.key,
  }));
  const { key } = only(keys, alias);
  if (key === null || key === undefined) throw new KeystoreError('its key is of a kind that cannot be read');
  const certBag = forge().pki.oids.certBag ?? '';
  const certificates = (store.getBags({ bagType: certBag })[certBag] ?? []).flatMap(({ cert }) =>
    cert === undefined || cert === null ? [] : [forge().pki.certificateToPem(cert).replaceAll('\r\n', '\n')],
  );
  const pkcs8 = forge().pki.wrapRsaPrivateKey(forge().pki.privateKeyToAsn1(key));
  return { key: toPem(Buffer.from(forge().asn1.toDer(pkcs8).getBytes(), 'binary')), certificates };
}

function openPkcs12(bytes: Uint8Array, password: string): Forge.pkcs12.Pkcs12Pfx {
  try {
    const text = forge().util.createBuffer(Buffer.from(bytes).toString('binary'));
    return forge().pkcs12.pkcs12FromAsn1(forge().asn1.fromDer(text), false, password);
  } catch (error) {
    const why = (error as Error).message;
    throw new KeystoreError(
      /mac could not be verified|invalid password/i.test(why)
        ? 'the password is wrong, or the store is damaged'
        : `it is neither a JKS nor a PKCS12 store that can be read (${why})`,
    );
  }
}

function only<T extends { readonly alias: string }>(keys: readonly T[], alias: string | undefined): T {
  const known = keys.map((each) => each.alias).join(', ');
  if (alias !== undefined) {
    const found = keys.find((each) => each.alias.toLowerCase() === alias.toLowerCase());
    if (found === undefined) throw new KeystoreError(`it has no key ${alias}; there are: ${known}`);
    return found;
  }
  const [first, second] = keys;
  if (first === undefined) throw new KeystoreError('it has no key');
  if (second !== undefined) throw new KeystoreError(`it has several keys, so say which by alias: ${known}`);
  return first;
}

function toPem(pkcs8: Buffer): string {
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
