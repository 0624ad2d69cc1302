import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type InventoryDescription, inventoryText, secretNames } from './inventory.ts';
import type { Lab, LabDatabase } from './lab.ts';

/** What an inventory of a lab says, beside what the lab itself knows. */
export type DeploymentDescription = Omit<
  InventoryDescription,
  'keyFile' | 'knownHostsFile' | 'databaseAddress'
> & { readonly database?: LabDatabase };

/**
 * Writes `inventory.yaml`, `id_ed25519`, `known_hosts` and `secrets/` into the directory, made when missing, and gives
 * the path of the inventory. Secrets that are there stay as they are, for the servers may know them already.
 */
export async function writeInventory(
  directory: string,
  lab: Pick<Lab, 'keyFile' | 'knownHostsFile'>,
  { database, ...description }: DeploymentDescription,
): Promise<string> {
  const at = (name: string) => join(resolve(directory), name);
  await mkdir(at('secrets'), { recursive: true, mode: 0o700 });
  await copyFile(lab.keyFile, at('id_ed25519'));
  await chmod(at('id_ed25519'), 0o600);
  await copyFile(lab.knownHostsFile, at('known_hosts'));
  for (const name of secretNames) {
    if (name === 'db-admin') continue;
    const file = at(`secrets/${name}`);
    if (!(await exists(file))) await writeSecret(file, randomWord());
  }
  // The lab chose this one, and chooses another when it is made anew.
  if (database !== undefined) await writeSecret(at('secrets/db-admin'), database.password);
  const text = inventoryText({
    ...description,
    keyFile: 'id_ed25519',
    knownHostsFile: at('known_hosts'),
    ...(database === undefined ? {} : { databaseAddress: database.address }),
  });
  await writeFile(at('inventory.yaml'), text);
  return at('inventory.yaml');
}

/** Twelve letters and digits, of either kind at least one. */
export function randomWord(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ';
  const digits = '23456789';
  // Of 256 values, those beyond a whole multiple of the alphabet would favour its first letters.
  const pick = (alphabet: string): string => {
    for (;;) {
      const byte = randomBytes(1).readUInt8();
      if (byte < 256 - (256 % alphabet.length)) return alphabet.charAt(byte % alphabet.length);
    }
  };
  return pick(letters) + Array.from({ length: 10 }, () => pick(letters + digits)).join('') + pick(digits);
}

async function writeSecret(file: string, secret: string): Promise<void> {
  await writeFile(file, secret, { mode: 0o600 });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
