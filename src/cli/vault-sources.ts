import { UsageError } from '../errors.ts';
import {
  type AnsibleConfig,
  expandPath,
  listOf,
  pathOf,
  type SettingName,
  saysYes,
  settingOf,
} from '../input/ansible-config.ts';
import { defaultVaultId } from '../input/vault.ts';

/** The ways to give vault passwords. */
export interface VaultOptions {
  /** `name@source` or `source`. */
  readonly vaultId?: readonly string[];
  readonly vaultPasswordFile?: readonly string[];
  readonly askVaultPassword?: boolean;
}

/** Where one password comes from. */
export interface VaultSource {
  readonly id: string;
  /** Whether somebody said the id: only then is a client script told it. */
  readonly isNamed: boolean;
  /** A file, or a question. */
  readonly from: { readonly file: string } | { readonly question: string };
  /** Whether it was typed with the command: then it has to give its password. */
  readonly isTyped: boolean;
}

const inDefaults = (variable: string, key: string): SettingName => ({ variable, section: 'defaults', key });
const settings = {
  list: inDefaults('ANSIBLE_VAULT_IDENTITY_LIST', 'vault_identity_list'),
  file: inDefaults('ANSIBLE_VAULT_PASSWORD_FILE', 'vault_password_file'),
  ask: inDefaults('ANSIBLE_ASK_VAULT_PASS', 'ask_vault_pass'),
  identity: inDefaults('ANSIBLE_VAULT_IDENTITY', 'vault_identity'),
  encrypting: inDefaults('ANSIBLE_VAULT_ENCRYPT_IDENTITY', 'vault_encrypt_identity'),
  onlyMatching: inDefaults('ANSIBLE_VAULT_ID_MATCH', 'vault_id_match'),
};

/** What is set about vaults beside passwords. */
export function vaultSettings(config: AnsibleConfig): {
  readonly identity: string;
  readonly encrypting: string | undefined;
  readonly onlyMatching: boolean;
} {
  return {
    identity: settingOf(config, settings.identity)?.text ?? defaultVaultId,
    encrypting: settingOf(config, settings.encrypting)?.text,
    onlyMatching: saysYes(settingOf(config, settings.onlyMatching)),
  };
}

/** All sources in the order in which Ansible tries them, each once. Throws `UsageError`. */
export function sourcesOf(options: VaultOptions, config: AnsibleConfig): VaultSource[] {
  const { identity } = vaultSettings(config);
  if (options.askVaultPassword === true && options.vaultPasswordFile !== undefined)
    throw new UsageError('give --vault-password-file or --ask-vault-password, not both');
  const list = settingOf(config, settings.list);
  const file = settingOf(config, settings.file);
  const asked = options.askVaultPassword === true || saysYes(settingOf(config, settings.ask));
  const all = [
    ...(list === undefined ? [] : listOf(list)).map((text) =>
      sourceOf(text, config, list?.from ?? '', false),
    ),
    ...(options.vaultId ?? []).map((text) => sourceOf(text, config, '--vault-id', true)),
    ...(options.vaultPasswordFile ?? []).map((text) =>
      fileSource(identity, text, config, '--vault-password-file'),
    ),
    ...(file === undefined
      ? []
      : [{ id: identity, isNamed: true, from: { file: pathOf(config, file) }, isTyped: false }]),
    ...(asked ? [askSource(config)] : []),
  ];
  return [...new Map(all.map((each) => [JSON.stringify([each.id, each.from]), each])).values()];
}

/** The question of `--ask-vault-password`. */
export function askSource(config: AnsibleConfig): VaultSource {
  const { identity } = vaultSettings(config);
  return { id: identity, isNamed: true, from: { question: 'vault password' }, isTyped: true };
}

/** A file that is given for the id that is meant where none is said. */
export function fileSource(
  id: string,
  text: string,
  { environment, folder }: AnsibleConfig,
  option: string,
): VaultSource {
  if (text === '') throw new UsageError(`${option} is followed by no file`);
  const file = expandPath(text, { environment, base: folder });
  return { id, isNamed: true, from: { file }, isTyped: true };
}

/** `name@source` or `source`; a source is a file, or `prompt`. Throws `UsageError`. */
export function sourceOf(text: string, config: AnsibleConfig, said: string, isTyped: boolean): VaultSource {
  const at = text.indexOf('@');
  const name = at < 0 ? '' : text.slice(0, at);
  const source = text.slice(at + 1);
  if (source === '')
    throw new UsageError(`${said}: ${JSON.stringify(text)} names no source; write NAME@FILE or NAME@prompt`);
  // Ansible writes others, and cannot read them again.
  if (/[^!-~]|;/.test(name))
    throw new UsageError(
      `${said}: ${JSON.stringify(name)} is no vault id: ASCII without white space and ; is one`,
    );
  const id = name === '' ? vaultSettings(config).identity : name;
  if (source === 'prompt')
    return { id, isNamed: name !== '', from: { question: `vault password (${id})` }, isTyped };
  const { environment, folder } = config;
  return {
    id,
    isNamed: name !== '',
    from: { file: expandPath(source, { environment, base: folder }) },
    isTyped,
  };
}
