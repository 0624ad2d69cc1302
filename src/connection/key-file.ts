import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ParsedKey, utils } from 'ssh2';

const require = createRequire(import.meta.url);

/** A private key as it stands in a file, or why it cannot be used and what to do. */
export type KeyFile =
  | { readonly ok: true; readonly bytes: Buffer }
  | {
      readonly ok: false;
      readonly missing: boolean;
      /** Whether a passphrase would open it. Its public part, where that can be read. */
      readonly encrypted?: { readonly bytes: Buffer; readonly publicKey: Buffer | undefined };
      readonly problem: string;
      readonly cure: string;
    };

const known = new Map<string, { readonly stamp: string; readonly key: KeyFile }>();

/** Reads and judges a private key. One that stays the same is read once, however many servers it opens. */
export function readKeyFile(file: string): KeyFile {
  const refuse = (problem: string, cure: string, missing = false): KeyFile => ({
    ok: false,
    missing,
    problem: `the private key ${file} ${problem}`,
    cure,
  });
  try {
    const found = statSync(file);
    if (found.isDirectory()) return refuse('is a folder', 'name the file in it');
    const stamp = `${found.ino} ${found.size} ${found.mtimeMs} ${found.mode}`;
    const earlier = known.get(file);
    if (earlier?.stamp === stamp) return earlier.key;
    const key = judge(file, readFileSync(file), refuse);
    known.set(file, { stamp, key });
    return key;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? refuse(
          'is not on this machine',
          'put it there, or correct the path (relative to the inventory)',
          true,
        )
      : refuse(`cannot be read: ${message}`, 'let the user who runs this tool read it');
  }
}

function judge(file: string, bytes: Buffer, refuse: (problem: string, cure: string) => KeyFile): KeyFile {
  // It returns its error instead of throwing it; for what it does not expect it throws.
  const parsed = parse(bytes);
  if (parsed instanceof Error)
    return /passphrase|encrypted/i.test(parsed.message)
      ? {
          ok: false,
          missing: false,
          problem: `the private key ${file} is encrypted, and there is no terminal to ask for its passphrase on`,
          cure: `load it into ssh-agent: ssh-add ${file}`,
          encrypted: { bytes, publicKey: publicPartOf(file, bytes) },
        }
      : refuse(
          `is no private key that can be used: ${parsed.message.toLowerCase()}`,
          'name a private key in OpenSSH or PEM form',
        );
  if (parsed.isPrivateKey()) return { ok: true, bytes };
  return refuse('is a public key', `name the private one: ${file.replace(/(-cert)?\.pub$/, '')}`);
}

/** It stands readable in what OpenSSH writes, and beside older forms. */
function publicPartOf(file: string, bytes: Buffer): Buffer | undefined {
  const [, body = ''] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(bytes.toString('latin1')) ?? [];
  const blob = Buffer.from(body, 'base64');
  try {
    // A magic word, then texts with their lengths ahead: cipher, its key derivation and that one's options; a number of keys.
    let at = 'openssh-key-v1'.length + 1;
    const text = () => {
      const length = blob.readUInt32BE(at);
      at += 4 + length;
      return blob.subarray(at - length, at);
    };
    for (let each = 0; each < 3; each += 1) text();
    at += 4;
    const found = text();
    if (found.length > 0) return found;
  } catch {
    // Of another form, or cut off.
  }
  try {
    return Buffer.from(readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');
  } catch {
    return undefined;
  }
}

/** The key in a file, once its passphrase is known; undefined if that is another one. */
export function openKey(bytes: Buffer, passphrase: string): ParsedKey | undefined {
  const parsed = parse(bytes, passphrase);
  return parsed instanceof Error ? undefined : parsed;
}

function parse(bytes: Buffer, passphrase?: string): ParsedKey | Error {
  // Loaded where a key is judged: many inventories name none, and leave it to ssh-agent.
  const { parseKey } = (require('ssh2') as { readonly utils: typeof utils }).utils;
  try {
    const parsed = parseKey(bytes, passphrase) as ParsedKey | ParsedKey[] | Error;
    return Array.isArray(parsed) ? (parsed[0] ?? new Error('there is no key in it')) : parsed;
  } catch (error) {
    return error as Error;
  }
}
