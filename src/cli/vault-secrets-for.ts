import { UsageError } from '../errors.ts';
import { readAnsibleConfig } from '../input/ansible-config.ts';
import type { VaultSecret, VaultSecrets } from '../input/vault-secrets.ts';
import { encryptingSecret, loadSecrets } from './vault-password.ts';
import {
  askSource,
  fileSource,
  sourceOf,
  sourcesOf,
  type VaultOptions,
  vaultSettings,
} from './vault-sources.ts';

/** What encrypts, where there are several. */
export interface EncryptOptions extends VaultOptions {
  readonly encryptVaultId?: string;
}

/** The password that takes the place of another. */
export interface RekeyOptions extends VaultOptions {
  readonly newVaultPasswordFile?: string;
  readonly newVaultId?: string;
}

const note = (text: string) => void process.stderr.write(`${text}\n`);

/** The passwords that open something; asked for if none is given. */
export async function openingSecrets(options: VaultOptions): Promise<VaultSecrets> {
  const config = readAnsibleConfig();
  for (const text of config.notes) note(text);
  const sources = sourcesOf(options, config);
  const all = await loadSecrets(sources.length > 0 ? sources : [askSource(config)], note);
  const { onlyMatching } = vaultSettings(config);
  return { all, encrypting: { missing: 'nothing is encrypted here' }, onlyMatching };
}

/** The password to encrypt with; asked for, and once more, if none is given. */
export async function newSecret(options: EncryptOptions): Promise<VaultSecret> {
  const config = readAnsibleConfig();
  for (const text of config.notes) note(text);
  const sources = sourcesOf(options, config);
  const all = await loadSecrets(sources.length > 0 ? sources : [askSource(config)], note, true);
  const wanted = options.encryptVaultId ?? vaultSettings(config).encrypting;
  const [first, ...others] = all;
  if (wanted === undefined) {
    if (first !== undefined && others.length === 0) return first;
    throw new UsageError(
      `several vault passwords are given (ids ${all.map(({ id }) => id).join(', ')}): say by --encrypt-vault-id which one encrypts`,
    );
  }
  const chosen = encryptingSecret(wanted, all);
  if ('missing' in chosen) throw new UsageError(chosen.missing);
  return chosen;
}

/** The password that is to open something from now on; asked for, and once more, if none is given. */
export async function nextSecret({ newVaultPasswordFile, newVaultId }: RekeyOptions): Promise<VaultSecret> {
  const config = readAnsibleConfig();
  if (newVaultPasswordFile !== undefined && newVaultId !== undefined)
    throw new UsageError('give --new-vault-password-file or --new-vault-id, not both');
  const { identity } = vaultSettings(config);
  const source =
    newVaultPasswordFile !== undefined
      ? fileSource(identity, newVaultPasswordFile, config, '--new-vault-password-file')
      : newVaultId !== undefined
        ? sourceOf(newVaultId, config, '--new-vault-id', true)
        : askSource(config);
  const [secret] = await loadSecrets([source], note, true, '--new-vault-password-file');
  if (secret === undefined) throw new UsageError('there is no new vault password');
  return secret;
}
