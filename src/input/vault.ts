import { isUtf8 } from 'node:buffer';
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { UsageError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { inUtf8 } from './text.ts';

const header = '$ANSIBLE_VAULT';
const iterations = 10_000;

/** The id that is meant where none is said; it is never written into a vault. */
export const defaultVaultId = 'default';

/** By the salt, for as long as somebody has the password. */
const derived = new WeakMap<Secret, Map<string, Buffer>>();

/** Whether a text is in the form of Ansible Vault. */
export function isVault(text: string): boolean {
  return text.trimStart().startsWith(header);
}

/** The id that a vault says it is encrypted with. Nobody vouches for it. */
export function vaultIdOf(text: string): string | undefined {
  return partsOf(text).id;
}

/** What is inside, or undefined if it is another password's. Throws an `Error` with a sentence for people if the form is wrong. */
export function openVault(text: string, password: Secret): Buffer | undefined {
  const { first, cipher, hex } = partsOf(text);
  if (cipher !== 'AES256') throw new Error(`this form of Ansible Vault is not known: ${first.slice(0, 80)}`);
  const [salt, mac, body] = bytesOf(hex).toString('latin1').split('\n').map(bytesOf);
  if (salt === undefined || mac === undefined || body === undefined || mac.length !== 32) throw damaged();
  const keys = keysFrom(password, salt);
  const found = createHmac('sha256', keys.subarray(32, 64)).update(body).digest();
  if (!timingSafeEqual(found, mac)) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([decipher.update(body), decipher.final()]);
  const pad = padded.at(-1) ?? 0;
  if (pad < 1 || pad > 16 || padded.length % 16 !== 0) throw damaged();
  return padded.subarray(0, padded.length - pad);
}

/** The text inside, or undefined if it is another password's. Throws an `Error` with a sentence for people if it is no text. */
export function decryptVault(text: string, password: Secret): string | undefined {
  const plain = openVault(text, password);
  if (plain !== undefined && !isUtf8(plain)) throw new Error(`what is encrypted here is no UTF-8: ${inUtf8}`);
  return plain?.toString('utf8');
}

/** What is given in the form of Ansible Vault, with a newline at its end. Any other id than the default one is told in it. */
export function encryptVault(content: string | Uint8Array, password: Secret, id = defaultVaultId): string {
  const salt = randomBytes(32);
  const keys = keysFrom(password, salt);
  const plain = Buffer.from(content as string);
  const pad = 16 - (plain.length % 16);
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const body = Buffer.concat([cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])), cipher.final()]);
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(body).digest();
  const inner = [salt, mac, body].map((part) => part.toString('hex')).join('\n');
  const lines =
    Buffer.from(inner, 'latin1')
      .toString('hex')
      .match(/.{1,80}/g) ?? [];
  const form = id === defaultVaultId ? '1.1;AES256' : `1.2;AES256;${id}`;
  return `${header};${form}\n${lines.join('\n')}\n`;
}

/** As Ansible, it is read by its cipher, whatever its version says. */
function partsOf(text: string): {
  first: string;
  cipher: string;
  id?: string;
  hex: string;
} {
  const [first = '', ...rest] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const [, , cipher = '', id] = first.split(';').map((part) => part.trim());
  return { first, cipher, hex: rest.join(''), ...(id === undefined ? {} : { id }) };
}

function bytesOf(hex: string): Buffer {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) throw damaged();
  return Buffer.from(hex, 'hex');
}

function damaged(): Error {
  return new Error('this vaulted text is damaged');
}

/** Deriving costs some 10 ms; the same text is met often in one run. */
function keysFrom(password: Secret, salt: Buffer): Buffer {
  if (password.reveal().trim() === '')
    throw new UsageError('an empty vault password opens and closes nothing');
  const bySalt = derived.get(password) ?? new Map<string, Buffer>();
  derived.set(password, bySalt);
  const id = salt.toString('hex');
  const known = bySalt.get(id) ?? pbkdf2Sync(password.reveal(), salt, iterations, 80, 'sha256');
  bySalt.set(id, known);
  return known;
}
