import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { readKeyFile } from './key-file.ts';
import { keyType } from './known-hosts.ts';

/** The public part of a key, by which an agent that holds it is known: it may be all that is here of it. */
export function publicKeyOf(file: string): Buffer | undefined {
  const key = readKeyFile(file);
  if (!key.ok && key.encrypted !== undefined) return key.encrypted.publicKey;
  const texts = key.ok ? [key.bytes] : [file, `${file}.pub`].flatMap(bytesIn);
  const parsed = texts.map((text) => ssh2.utils.parseKey(text));
  return parsed
    .flatMap((each) => (each instanceof Error || Array.isArray(each) ? [] : [each]))[0]
    ?.getPublicSSH();
}

/** Whether a key of this type may sign, by what `PubkeyAcceptedAlgorithms` lists. */
export function maySign(blob: Buffer, accepted: readonly string[] | undefined): boolean {
  if (accepted === undefined) return true;
  const type = keyType(blob);
  return (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]).some((each) =>
    accepted.includes(each),
  );
}

function bytesIn(file: string): Buffer[] {
  try {
    return [readFileSync(file)];
  } catch {
    return [];
  }
}
