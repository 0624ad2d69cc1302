import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from '../../src/pki/authority.ts';

const folder = join(import.meta.dirname, '../../node_modules/.cache/test-keys');
const dealt = new Map<number, number>();

/**
 * A private key that this process has not been given before. To find primes is what takes tests longest, and one prime
 * is as good as another: keys are made once and kept, outside of what is committed.
 */
export async function keptKey(bits: number): Promise<string> {
  const number = dealt.get(bits) ?? 0;
  dealt.set(bits, number + 1);
  const path = join(folder, `rsa-${bits}-${number}.pem`);
  return read(path) ?? (await make(path, bits));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and the first of several processes is the one that all go on with. */
async function make(path: string, bits: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const own = mkdtempSync(join(folder, 'new-'));
  try {
    const key = await generateKey(bits);
    writeFileSync(join(own, 'key'), key, { mode: 0o600 });
    try {
      linkSync(join(own, 'key'), path);
    } catch {
      return read(path) ?? key;
    }
    return key;
  } finally {
    rmSync(own, { recursive: true });
  }
}
