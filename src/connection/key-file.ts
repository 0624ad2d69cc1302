import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ParsedKey, utils } from 'ssh2';

const require = createRequire(import.meta.url);

/** A private key as it stands in a file, or why it cannot be used and what to do. */
export type KeyFile =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly missing: boolean; readonly problem: string; readonly cure: string };

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
      ? refuse(
          'is encrypted with a passphrase',
          `load it into ssh-agent (ssh-add ${file}), and take the variable out`,
        )
      : refuse(
          `is no private key that can be used: ${parsed.message.toLowerCase()}`,
          'name a private key in OpenSSH or PEM form',
        );
  if (parsed.isPrivateKey()) return { ok: true, bytes };
  return refuse('is a public key', `name the private one: ${file.replace(/(-cert)?\.pub$/, '')}`);
}

function parse(bytes: Buffer): ParsedKey | Error {
  // Loaded where a key is judged: many inventories name none, and leave it to ssh-agent.
  const { parseKey } = (require('ssh2') as { readonly utils: typeof utils }).utils;
  try {
    const parsed = parseKey(bytes) as ParsedKey | ParsedKey[] | Error;
    return Array.isArray(parsed) ? (parsed[0] ?? new Error('there is no key in it')) : parsed;
  } catch (error) {
    return error as Error;
  }
}
