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

const header = '$ANSIBLE_VAULT;';
const iterations = 10_000;

/** By the salt, for as long as somebody has the password. */
const derived = new WeakMap<Secret, Map<string, Buffer>>();

/** Whether a text is in the form of Ansible Vault. */
export function isVault(text: string): boolean {
  return text.trimStart().startsWith(header);
}

/** The text inside. Throws an `Error` with a sentence for people if the password or the form is wrong. */
export function decryptVault(text: string, password: Secret): string {
  const [first = '', ...rest] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const [, version = '', cipher = ''] = first.split(';');
  if (!['1.1', '1.2'].includes(version) || cipher !== 'AES256')
    throw new Error(`this form of Ansible Vault is not known: ${first}`);
  const inner = Buffer.from(rest.join(''), 'hex').toString('latin1');
  const [salt, mac, body] = inner.split('\n').map((part) => Buffer.from(part, 'hex'));
  if (salt === undefined || mac === undefined || body === undefined || mac.length !== 32)
    throw new Error('this vaulted text is damaged');
  const keys = keysFrom(password, salt);
  const found = createHmac('sha256', keys.subarray(32, 64)).update(body).digest();
  if (!timingSafeEqual(found, mac)) throw new Error('the vault password does not open this');
  const decipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([decipher.update(body), decipher.final()]);
  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
  if (!isUtf8(plain)) throw new Error(`what is encrypted here is no UTF-8: ${inUtf8}`);
  return plain.toString('utf8');
}

/** A text in the form of Ansible Vault 1.1, with a newline at its end. */
export function encryptVault(text: string, password: Secret): string {
  const salt = randomBytes(32);
  const keys = keysFrom(password, salt);
  const plain = Buffer.from(text, 'utf8');
  const pad = 16 - (plain.length % 16);
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const body = Buffer.concat([cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])), cipher.final()]);
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(body).digest();
  const inner = [salt, mac, body].map((part) => part.toString('hex')).join('\n');
  const lines =
    Buffer.from(inner, 'latin1')
      .toString('hex')
      .match(/.{1,80}/g) ?? [];
  return `${header}1.1;AES256\n${lines.join('\n')}\n`;
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
