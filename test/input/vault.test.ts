import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptVault, encryptVault, isVault, openVault, vaultIdOf } from '../../src/input/vault.ts';
import { Secret } from '../../src/secret.ts';

const password = new Secret('fake-vault-pw');

describe('a vaulted text', () => {
  it('opens to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(decryptVault(encryptVault(text, password), password)).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it('has the form of Ansible: a header, and lines of at most 80 characters', () => {
    const vaulted = encryptVault('a text', password);
    const [first, ...lines] = vaulted.trimEnd().split('\n');
    expect(first).toBe('$ANSIBLE_VAULT;1.1;AES256');
    for (const line of lines) expect(line).toMatch(/^[0-9a-f]{1,80}$/);
    expect(isVault(vaulted)).toBe(true);
    expect(isVault('a text')).toBe(false);
  });

  it('opens however it is indented, with Windows line ends, and with a label', () => {
    const vaulted = encryptVault('a text', password);
    expect(decryptVault(vaulted.replaceAll('\n', '\r\n    '), password)).toBe('a text');
    expect(decryptVault(vaulted.replace('1.1;AES256', '1.2;AES256;prod'), password)).toBe('a text');
  });

  it('opens with blanks in its first line, and with another version, as Ansible opens it', () => {
    const vaulted = encryptVault('a text', password);
    for (const first of ['$ANSIBLE_VAULT ; 1.1 ; AES256', '$ANSIBLE_VAULT;1.3;AES256']) {
      const other = vaulted.replace(/^.*/, () => first);
      expect(isVault(other)).toBe(true);
      expect(decryptVault(other, password)).toBe('a text');
    }
  });

  it('is refused where what it holds is no UTF-8', () => {
    const bytes = Buffer.from('P\xe4sswort', 'latin1') as unknown as string;
    expect(() => decryptVault(encryptVault(bytes, password), password)).toThrow('is no UTF-8');
  });

  it('does not open with another password', () => {
    const vaulted = encryptVault('a text', password);
    expect(decryptVault(vaulted, new Secret('fake-other'))).toBeUndefined();
  });

  it('tells the id that it was encrypted with, unless that is the default one', () => {
    expect(vaultIdOf(encryptVault('a text', password))).toBeUndefined();
    const vaulted = encryptVault('a text', password, 'prod');
    expect(vaulted.split('\n')[0]).toBe('$ANSIBLE_VAULT;1.2;AES256;prod');
    expect(vaultIdOf(vaulted)).toBe('prod');
    expect(decryptVault(vaulted, password)).toBe('a text');
  });

  it('holds bytes as well', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(openVault(encryptVault(bytes, password), password)).toEqual(bytes);
  });

  it('that was altered anywhere does not open', () => {
    const vaulted = encryptVault('a text', password);
    const at = vaulted.length - 20;
    const other = vaulted.charAt(at) === '3' ? '4' : '3';
    const altered = `${vaulted.slice(0, at)}${other}${vaulted.slice(at + 1)}`;
    let opened: string | undefined;
    try {
      opened = decryptVault(altered, password);
    } catch (error) {
      expect((error as Error).message).toBe('this vaulted text is damaged');
    }
    expect(opened).toBeUndefined();
    expect(() => decryptVault(`${vaulted}zz\n`, password)).toThrow('this vaulted text is damaged');
  });

  it.each([
    ['$ANSIBLE_VAULT;1.0;AES\n00', 'this form of Ansible Vault is not known: $ANSIBLE_VAULT;1.0;AES'],
    ['$ANSIBLE_VAULT;1.1;AES256\n', 'this vaulted text is damaged'],
    ['$ANSIBLE_VAULT;1.1;AES256\nnonsense', 'this vaulted text is damaged'],
  ])('such as %j is refused', (text, message) => {
    expect(() => decryptVault(text, password)).toThrow(message);
  });
});
