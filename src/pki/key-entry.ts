import { createPrivateKey, X509Certificate } from 'node:crypto';
import type Forge from 'node-forge';
import { forge } from './forge.ts';
import { type JksEntry, KeystoreError, peekJks, readJks, recoverKey } from './jks.ts';

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

/** An entry of a keystore of either kind: what everybody may see of it. */
export interface StoreEntry {
  readonly alias: string;
  readonly isKey: boolean;
  /** DER: that of the key and what leads from it to its root, or the one that is trusted. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * What is in a keystore of either kind, by the first password that opens it. A JKS tells its certificates to everybody; then
 * `closed` says why no password opens it, and nobody vouches for what it tells.
 */
export function storeEntries(
  bytes: Uint8Array,
  passwords: readonly string[],
): { readonly entries: readonly StoreEntry[]; readonly closed: string | undefined } {
  let closed: string | undefined;
  for (const password of passwords)
    try {
      const entries = isJks(bytes)
        ? readJks(bytes, password).map(entryOfJks)
        : entriesOfPkcs12(openPkcs12(bytes, password));
      return { entries, closed: undefined };
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      closed ??= error.message;
    }
  try {
    return { entries: isJks(bytes) ? peekJks(bytes).map(entryOfJks) : [], closed };
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    return { entries: [], closed: error.message };
  }
}

function entryOfJks(entry: JksEntry): StoreEntry {
  return entry.type === 'key'
    ? { alias: entry.alias, isKey: true, certificates: entry.chain }
    : { alias: entry.alias, isKey: false, certificates: [entry.certificate] };
}

/** Which certificate is of which key is told by an id that both have; what is of no key leads to a root. */
function entriesOfPkcs12(store: Forge.pkcs12.Pkcs12Pfx): StoreEntry[] {
  const bagsOf = (type: string | undefined) => store.getBags({ bagType: type ?? '' })[type ?? ''] ?? [];
  const first = ({ attributes }: Forge.pkcs12.Bag, name: 'localKeyId' | 'friendlyName') =>
    (attributes as Partial<Record<typeof name, string[]>>)[name]?.[0];
  const { oids } = forge().pki;
  const ids = [oids.pkcs8ShroudedKeyBag, oids.keyBag].flatMap(bagsOf).map((bag) => first(bag, 'localKeyId'));
  const all = bagsOf(oids.certBag).map((bag) => {
    const id = first(bag, 'localKeyId');
    const asn1 =
      bag.cert === undefined || bag.cert === null ? bag.asn1 : forge().pki.certificateToAsn1(bag.cert);
    return {
      alias: first(bag, 'friendlyName') ?? '',
      isKey: id !== undefined && ids.includes(id),
      certificate: Buffer.from(forge().asn1.toDer(asn1).getBytes(), 'binary'),
    };
  });
  const keys = all.filter(({ isKey }) => isKey);
  const others = all.filter(({ isKey }) => !isKey);
  if (keys.length === 1)
    return keys.map(({ alias, certificate }) => ({
      alias,
      isKey: true,
      certificates: [certificate, ...others.map((each) => each.certificate)],
    }));
  return all.map(({ certificate, ...each }) => ({ ...each, certificates: [certificate] }));
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
