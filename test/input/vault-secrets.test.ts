import { describe, expect, it } from 'vitest';
import { encryptVault } from '../../src/input/vault.ts';
import {
  decryptBytes,
  decryptText,
  encryptText,
  singleSecret,
  type VaultSecrets,
} from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';

const [dev, prod, other] = ['dev', 'prod', 'other'].map((id) => ({ id, password: new Secret(`fake-${id}`) }));
if (dev === undefined || prod === undefined || other === undefined) throw new Error('three are made');
const both: VaultSecrets = { all: [dev, prod], encrypting: prod, onlyMatching: false };
const strict: VaultSecrets = { ...both, onlyMatching: true };

describe('several vault passwords', () => {
  it('are all tried, whatever id a vault tells', () => {
    for (const id of ['prod', 'dev', 'default', 'unknown'])
      expect(decryptText(encryptVault('a text', prod.password, id), both)).toBe('a text');
  });

  it('are not all tried where only the id that matches may open', () => {
    expect(decryptText(encryptVault('a text', prod.password, 'prod'), strict)).toBe('a text');
    expect(() => decryptText(encryptVault('a text', prod.password, 'dev'), strict)).toThrow(
      'the vault password (id dev) does not open this; it is encrypted with the id dev',
    );
    expect(() => decryptText(encryptVault('a text', prod.password), strict)).toThrow(
      'no vault password has the id default, and vault_id_match forbids to try those of dev, prod',
    );
  });

  it('are told by their ids if none opens a vault', () => {
    expect(() => decryptText(encryptVault('a text', other.password), both)).toThrow(
      'none of the vault passwords (ids dev, prod) opens this',
    );
    expect(() =>
      decryptText(encryptVault('a text', other.password, 'other'), singleSecret(dev.password)),
    ).toThrow('the vault password (id default) does not open this; it is encrypted with the id other');
  });

  it('tell which one opened', () => {
    const { content, by } = decryptBytes(encryptVault('a text', prod.password, 'dev'), both);
    expect([content.toString(), by]).toEqual(['a text', prod]);
  });

  it('encrypt with one of them, whose id is told', () => {
    expect(encryptText('a text', both)).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
    expect(encryptText('a text', singleSecret(dev.password))).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n/);
    expect(() => encryptText('a text', { ...both, encrypting: { missing: 'it is not here' } })).toThrow(
      'it is not here',
    );
  });
});
