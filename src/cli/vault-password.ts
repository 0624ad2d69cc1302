import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { type AnsibleConfig, readAnsibleConfig } from '../input/ansible-config.ts';
import { isVault } from '../input/vault.ts';
import { decryptText, type VaultSecret, type VaultSecrets } from '../input/vault-secrets.ts';
import { Secret } from '../secret.ts';
import { askSecret } from './prompt.ts';
import { askScript } from './vault-script.ts';
import { sourcesOf, type VaultOptions, type VaultSource, vaultSettings } from './vault-sources.ts';

/** All vault passwords that are given or set, if there are any; never an empty one. Throws `UsageError`, `Interrupted`. */
export async function vaultFrom(
  options: VaultOptions,
  config: AnsibleConfig = readAnsibleConfig(),
  note: (text: string) => void = (text) => process.stderr.write(`${text}\n`),
): Promise<VaultSecrets | undefined> {
  const sources = sourcesOf(options, config);
  const all = await loadSecrets(sources, note);
  if (all.length === 0) return undefined;
  const { identity, encrypting, onlyMatching } = vaultSettings(config);
  const wanted = encrypting ?? (sources.find(({ id }) => id === identity) ?? sources[0])?.id ?? identity;
  return { all, encrypting: encryptingSecret(wanted, all), onlyMatching };
}

/** The secret of an id that is to encrypt, or why there is none. */
export function encryptingSecret(id: string, secrets: readonly VaultSecret[]): VaultSecrets['encrypting'] {
  const known = [...new Set(secrets.map((each) => each.id))].join(', ');
  return (
    secrets.find((each) => each.id === id) ?? {
      missing: `the vault password of the id ${id}, which encrypts what is written, is not here; there is: ${known}`,
    }
  );
}

/**
 * Reads, runs and asks for passwords, one after another; `asksTwice` where a new one is typed, and `option` names it otherwise. What was not typed with the command
 * may give nothing, as long as another gives one: what `ansible.cfg` names need not be there on every machine.
 */
export async function loadSecrets(
  sources: readonly VaultSource[],
  note: (text: string) => void,
  asksTwice = false,
  option?: string,
): Promise<VaultSecret[]> {
  const secrets: VaultSecret[] = [];
  const failed: { readonly id: string; readonly error: UsageError }[] = [];
  for (const source of sources) {
    try {
      secrets.push({ id: source.id, password: await passwordOf(source, secrets, asksTwice, option) });
    } catch (error) {
      if (!(error instanceof UsageError) || source.isTyped) throw error;
      failed.push({ id: source.id, error });
    }
  }
  const [first] = failed;
  if (secrets.length === 0 && first !== undefined) throw first.error;
  for (const { id, error } of failed) note(`without the vault password of the id ${id}: ${error.message}`);
  return secrets;
}

async function passwordOf(
  source: VaultSource,
  earlier: readonly VaultSecret[],
  asksTwice: boolean,
  option: string | undefined,
): Promise<Secret> {
  if ('file' in source.from) return passwordIn(source.from.file, source, earlier);
  const { question } = source.from;
  const typed = (await askSecret(`${asksTwice ? `New ${question}` : capital(question)}: `, option)).trim();
  if (typed === '') throw new UsageError('the vault password that was typed is empty');
  if (asksTwice && (await askSecret(`The ${question} again: `)).trim() !== typed)
    throw new UsageError('the two vault passwords that were typed differ');
  return new Secret(typed);
}

/** What may be executed is executed; anything else holds the password itself. Trimmed as Ansible trims either. */
async function passwordIn(
  file: string,
  { id, isNamed }: VaultSource,
  earlier: readonly VaultSecret[],
): Promise<Secret> {
  const bytes = isExecutable(file) ? await askScript(file, isNamed ? id : undefined) : undefined;
  const what = bytes === undefined ? 'file' : 'script';
  const text = decoded(bytes ?? readHere(file), `${what} ${file}`);
  const password =
    bytes === undefined
      ? withoutLineEnds(opened(file, text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ''), earlier))
      : withoutLineEnds(text);
  if (isVault(password))
    throw new UsageError(
      `the vault password ${what} ${file} gives a vault itself; it has to give the password as it is`,
    );
  if (password.trim() === '')
    throw new UsageError(`the vault password ${what} ${file} gives an empty password`);
  return new Secret(password);
}

/** A file can be encrypted with a password that is given before it. */
function opened(file: string, text: string, earlier: readonly VaultSecret[]): string {
  const [first] = earlier;
  if (first === undefined || !isVault(text)) return text;
  try {
    return decryptText(text, { all: earlier, encrypting: first, onlyMatching: false });
  } catch (error) {
    throw new UsageError(
      `the vault password file ${file} is encrypted itself, and cannot be opened: ${(error as Error).message}`,
    );
  }
}

function withoutLineEnds(text: string): string {
  return text.replace(/^[\r\n]+|[\r\n]+$/g, '');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
