import type { Secret } from '../secret.ts';
import { decryptVault, defaultVaultId, encryptVault, openVault, vaultIdOf } from './vault.ts';

/** A vault password, and the id that it goes by. */
export interface VaultSecret {
  readonly id: string;
  readonly password: Secret;
}

/** All vault passwords of a run. */
export interface VaultSecrets {
  /** At least one. */
  readonly all: readonly VaultSecret[];
  /** What is written is encrypted with this one, or why with none. */
  readonly encrypting: VaultSecret | { readonly missing: string };
  /** Whether a vault that tells an id is opened by the password of that id alone. */
  readonly onlyMatching: boolean;
}

/** What to do where a vault password is wanted. */
export const vaultHint = 'give --vault-password-file, --vault-id or --ask-vault-password';

/** One password that opens and encrypts everything. */
export function singleSecret(password: Secret, id = defaultVaultId): VaultSecrets {
  const one = { id, password };
  return { all: [one], encrypting: one, onlyMatching: false };
}

/** The text inside. Throws an `Error` with a sentence for people if no password opens it, or the form is wrong. */
export function decryptText(text: string, vault: VaultSecrets): string {
  return byAny(text, vault, decryptVault).content;
}

/** The bytes inside, and the password that opened it. Throws as `decryptText` does. */
export function decryptBytes(
  text: string,
  vault: VaultSecrets,
): { readonly content: Buffer; readonly by: VaultSecret } {
  return byAny(text, vault, openVault);
}

/** What is given, encrypted. Throws an `Error` with a sentence for people if nothing can be encrypted. */
export function encryptText(content: string, { encrypting }: VaultSecrets): string {
  if ('missing' in encrypting) throw new Error(encrypting.missing);
  return encryptVault(content, encrypting.password, encrypting.id);
}

/** Those of the id that the vault tells come first, then all others, as Ansible tries them. */
function byAny<Content>(
  text: string,
  { all, onlyMatching }: VaultSecrets,
  opened: (text: string, password: Secret) => Content | undefined,
): { readonly content: Content; readonly by: VaultSecret } {
  const told = vaultIdOf(text);
  const id = told ?? defaultVaultId;
  const matching = all.filter((each) => each.id === id);
  const tried = onlyMatching ? matching : [...matching, ...all.filter((each) => each.id !== id)];
  for (const by of tried) {
    const content = opened(text, by.password);
    if (content !== undefined) return { content, by };
  }
  const wanted = told === undefined ? '' : `; it is encrypted with the id ${told}`;
  if (tried.length === 0)
    throw new Error(
      `no vault password has the id ${id}, and vault_id_match forbids to try those of ${idsOf(all)}`,
    );
  throw new Error(
    tried.length === 1
      ? `the vault password (id ${idsOf(tried)}) does not open this${wanted}`
      : `none of the vault passwords (ids ${idsOf(tried)}) opens this${wanted}`,
  );
}

function idsOf(secrets: readonly VaultSecret[]): string {
  return [...new Set(secrets.map(({ id }) => id))].join(', ');
}
