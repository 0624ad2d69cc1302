import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { readMaterial } from '../../src/certificates/read.ts';
import { refuseWrongPassword } from '../../src/cli/locked-keys.ts';
import { UsageError } from '../../src/errors.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { singleSecret } from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';
import { inventoryFrom, inventoryText } from '../support/topologies.ts';

const folder = mkdtempSync(join(tmpdir(), 'locked-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'pki/nodes'), { recursive: true });
const right = new Secret('fake-right-password');
const wrong = new Secret('fake-wrong-password');
const key = (name: string) => join(folder, 'pki', `${name}.key`);
writeFileSync(key('ca'), encryptVault('a key', right));
writeFileSync(key('primary'), 'a key that is not encrypted');
writeFileSync(key('nodes/gw'), encryptVault('a key', right));

const topology = buildTopology(await inventoryFrom(inventoryText()), folder);

describe('a vault password', () => {
  it('that opens the keys in pki/, or is not given, is no matter', () => {
    expect(() => refuseWrongPassword(topology, singleSecret(right))).not.toThrow();
    expect(() => refuseWrongPassword(topology, undefined)).not.toThrow();
  });

  it('that does not open them is refused with the file of each', () => {
    const refuse = () => refuseWrongPassword(topology, singleSecret(wrong));
    expect(refuse).toThrow(UsageError);
    expect(refuse).toThrow(
      `${key('ca')}: the vault password (id default) does not open this\n${key('nodes/gw')}: the vault password (id default) does not open this\n  → give the password that it was encrypted with`,
    );
  });

  it('that does not open them is no fault of ours to whoever reads them', async () => {
    const here = async () => ({
      code: 0,
      stdout: `==== ${key('nodes/gw')}\n${encryptVault('a key', right)}`,
      stderr: '',
    });
    const world = {
      topology,
      now: new Date(0),
      baseDirectory: folder,
      hosts: new Set<string>(),
      vault: singleSecret(wrong),
    };
    await expect(readMaterial({ here }, world)).rejects.toThrow(UsageError);
    await expect(readMaterial({ here }, world)).rejects.toThrow(
      `${key('nodes/gw')}: the vault password (id default) does not open this`,
    );
  });
});
