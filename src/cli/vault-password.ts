import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { isVault } from '../input/vault.ts';
import { Secret } from '../secret.ts';
import { askSecret } from './prompt.ts';
import { askScript } from './vault-script.ts';

/** The ways to give the vault password. */
export interface VaultPasswordOptions {
  readonly vaultPasswordFile?: string;
  readonly askVaultPassword?: boolean;
}

/** The vault password, if one is given; never an empty one. Throws `UsageError`, `Interrupted`. */
export async function vaultPasswordFrom(
  options: VaultPasswordOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Secret | undefined> {
  const { vaultPasswordFile, askVaultPassword } = options;
  if (askVaultPassword === true) {
    if (vaultPasswordFile !== undefined)
      throw new UsageError('give --vault-password-file or --ask-vault-password, not both');
    const typed = (await askSecret('Vault password: ')).trim();
    if (typed === '') throw new UsageError('the vault password that was typed is empty');
    return new Secret(typed);
  }
  if (vaultPasswordFile === '') throw new UsageError('--vault-password-file is followed by no file');
  const file = vaultPasswordFile ?? environment.ANSIBLE_VAULT_PASSWORD_FILE;
  if (file === undefined || file === '') return undefined;
  return passwordIn(file.startsWith('~/') ? resolve(homedir(), file.slice(2)) : resolve(file));
}

/** What may be executed is executed; anything else holds the password itself. Trimmed as Ansible trims either. */
async function passwordIn(file: string): Promise<Secret> {
  const bytes = isExecutable(file) ? await askScript(file) : undefined;
  const what = bytes === undefined ? 'file' : 'script';
  const text = decoded(bytes ?? readHere(file), `${what} ${file}`);
  const password =
    bytes === undefined
      ? text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
      : text.replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (isVault(password))
    throw new UsageError(
      `the vault password ${what} ${file} gives a vault itself; it has to give the password as it is`,
    );
  if (password.trim() === '')
    throw new UsageError(`the vault password ${what} ${file} gives an empty password`);
  return new Secret(password);
}

function isExecutable(file: string): boolean {
  try {
    const found = statSync(file);
    return found.isFile() && (found.mode & 0o111) !== 0;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function readHere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  return new UsageError(`the vault password file ${file} cannot be read: ${(error as Error).message}`);
}

function decoded(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`the vault password ${what} gives what is no text in UTF-8`);
  }
}
