import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { readKeyFile } from './key-file.ts';

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

function bytesIn(file: string): Buffer[] {
  try {
    return [readFileSync(file)];
  } catch {
    return [];
  }
}
