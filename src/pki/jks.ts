import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { contentAt, der } from './der.ts';

/** One entry of a JKS store, as it stands there. */
export type JksEntry =
  | TrustedEntry
  | {
      readonly type: 'key';
      readonly alias: string;
      readonly date: Date;
      readonly protectedKey: Buffer;
      readonly chain: readonly Buffer[];
    };

/** A certificate in DER that is trusted. */
export interface TrustedEntry {
  readonly type: 'trusted';
  readonly alias: string;
  readonly date: Date;
  readonly certificate: Buffer;
}

/** What is written: an entry as read, or a private key in the clear (PKCS#8, DER), which is protected on the way. */
export type NewEntry =
  | JksEntry
  | {
      readonly type: 'key';
      readonly alias: string;
      readonly date: Date;
      readonly pkcs8: Uint8Array;
      readonly chain: readonly Uint8Array[];
    };

/** A store that cannot be read, in words for people. */
export class KeystoreError extends Error {}

const magic = 0xfeedfeed;
const sumLength = 20;
/** AlgorithmIdentifier of Sun's key protector, 1.3.6.1.4.1.42.2.17.1.1. */
const protector = Buffer.from('300e060a2b060104012a021101010500', 'hex');

/** Reads a store of version 1 or 2. Throws `KeystoreError`: not a JKS, damaged, or the wrong password. */
export function readJks(bytes: Uint8Array, password: string): JksEntry[] {
  const { body, sum } = parts(bytes);
  if (!timingSafeEqual(storeSum(password, body), sum))
    throw new KeystoreError('the password is wrong, or the store is damaged');
  return entriesOf(body);
}

/**
 * What a store says to whoever does not know its password: the keys are closed, the certificates are not. Nobody
 * vouches for it. Throws `KeystoreError`: not a JKS, or damaged.
 */
export function peekJks(bytes: Uint8Array): JksEntry[] {
  const { body } = parts(bytes);
  try {
    return entriesOf(body);
  } catch (error) {
    if (error instanceof KeystoreError) throw error;
    throw new KeystoreError('the store is damaged');
  }
}

/** Whether a store is whole and has one of these passwords. */
export function opensWith(bytes: Uint8Array, passwords: readonly string[]): boolean {
  return passwords.some((password) => {
    try {
      return readJks(bytes, password).length >= 0;
    } catch (error) {
      if (error instanceof KeystoreError) return false;
      throw error;
    }
  });
}

function parts(bytes: Uint8Array): { body: Buffer; sum: Buffer } {
  const data = Buffer.from(bytes);
  if (data.length < 32 || data.readUInt32BE(0) !== magic)
    throw new KeystoreError(
      data[0] === 0x30 ? 'this is a PKCS#12 store, not a JKS store' : 'this is not a JKS store',
    );
  return { body: data.subarray(0, -sumLength), sum: data.subarray(-sumLength) };
}

function entriesOf(body: Buffer): JksEntry[] {
  let at = 4;
  const number = () => {
    at += 4;
    return body.readUInt32BE(at - 4);
  };
  const blob = () => {
    const length = number();
    if (at + length > body.length) throw new KeystoreError('the store is damaged');
    at += length;
    return Buffer.from(body.subarray(at - length, at));
  };
  const word = () => {
    const length = body.readUInt16BE(at);
    at += 2 + length;
    return body.toString('utf8', at - length, at);
  };
  const version = number();
  const certificate = () => {
    if (version === 2) word();
    return blob();
  };
  const entries: JksEntry[] = [];
  for (let left = number(); left > 0; left -= 1) {
    const tag = number();
    const alias = word();
    const date = new Date(Number(body.readBigInt64BE(at)));
    at += 8;
    if (tag === 1) {
      const protectedKey = blob();
      const chain = Array.from({ length: number() }, certificate);
      entries.push({ type: 'key', alias, date, protectedKey, chain });
    } else if (tag === 2) entries.push({ type: 'trusted', alias, date, certificate: certificate() });
    else throw new KeystoreError(`this store has an entry of an unknown kind (${tag})`);
  }
  return entries;
}

/**
 * Writes a store of version 2, whose keys have the password of the store. The same input gives the same bytes, so a
 * store is compared by its checksum: the salt of a key is derived from the key and the password.
 */
export function writeJks(entries: readonly NewEntry[], password: string): Buffer {
  const written: Buffer[] = [];
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    written.push(bytes);
  };
  const word = (value: string) => {
    const text = Buffer.from(value);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(text.length);
    written.push(length, text);
  };
  const blob = (value: Uint8Array) => {
    number(value.length);
    written.push(Buffer.from(value));
  };
  const certificate = (value: Uint8Array) => {
    word('X.509');
    blob(value);
  };
  number(magic);
  number(2);
  number(entries.length);
  for (const entry of entries) {
    number(entry.type === 'key' ? 1 : 2);
    // Java looks aliases up in lower case.
    word(entry.alias.toLowerCase());
    const date = Buffer.alloc(8);
    date.writeBigInt64BE(BigInt(entry.date.getTime()));
    written.push(date);
    if (entry.type === 'trusted') certificate(entry.certificate);
    else {
      blob('pkcs8' in entry ? protectKey(entry.pkcs8, password) : entry.protectedKey);
      number(entry.chain.length);
      for (const each of entry.chain) certificate(each);
    }
  }
  const body = Buffer.concat(written);
  return Buffer.concat([body, storeSum(password, body)]);
}

/** The private key of an entry, as PKCS#8. Throws `KeystoreError` for a wrong password. */
export function recoverKey(protectedKey: Uint8Array, password: string): Buffer {
  const algorithm = contentAt(protectedKey, contentAt(protectedKey, 0).start);
  const { start, end } = contentAt(protectedKey, algorithm.end);
  const sealed = Buffer.from(protectedKey.subarray(start, end));
  const secret = utf16(password);
  const plain = mask(secret, sealed.subarray(0, sumLength), sealed.subarray(sumLength, -sumLength));
  if (!timingSafeEqual(sha1(secret, plain), sealed.subarray(-sumLength)))
    throw new KeystoreError('the password of the key is wrong');
  return plain;
}

function protectKey(pkcs8: Uint8Array, password: string): Buffer {
  const secret = utf16(password);
  const salt = createHmac('sha256', secret).update(pkcs8).digest().subarray(0, sumLength);
  const sealed = Buffer.concat([salt, mask(secret, salt, pkcs8), sha1(secret, Buffer.from(pkcs8))]);
  return der(0x30, Buffer.concat([protector, der(0x04, sealed)]));
}

/** Sun's key protector: the text xored with a chain of digests. */
function mask(secret: Buffer, salt: Uint8Array, text: Uint8Array): Buffer {
  const out = Buffer.alloc(text.length);
  let digest = Buffer.from(salt);
  for (let at = 0; at < text.length; at += sumLength) {
    digest = sha1(secret, digest);
    for (let k = 0; k < sumLength && at + k < text.length; k += 1)
      out[at + k] = (text[at + k] ?? 0) ^ (digest[k] ?? 0);
  }
  return out;
}

/** The sum at the end of a store; the words between are part of the format. */
function storeSum(password: string, body: Uint8Array): Buffer {
  return sha1(utf16(password), Buffer.from('Mighty Aphrodite'), Buffer.from(body));
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function sha1(...parts: readonly Buffer[]): Buffer<ArrayBuffer> {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return Buffer.from(hash.digest());
}
