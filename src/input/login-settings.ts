import { Secret } from '../secret.ts';
import {
  type AnsibleConfig,
  pathOf,
  type Setting,
  type SettingName,
  saysYes,
  settingOf,
} from './ansible-config.ts';
import { names } from './ansible-variables.ts';
import type { Position } from './inventory.ts';
import type { VarSource } from './vars.ts';

/** Which settings of Ansible say for all hosts what a variable says for one. */
interface LoginSetting {
  readonly variable: string;
  /** Names of the same variable: any of them, at a host, counts instead. */
  readonly names: readonly string[];
  /** The later counts. */
  readonly settings: readonly SettingName[];
  value?(setting: Setting, config: AnsibleConfig): unknown;
}

const ssh = (variable: string, key: string): SettingName => ({ variable, section: 'ssh_connection', key });
const general = (variable: string, key: string): SettingName => ({ variable, section: 'defaults', key });
const become = (what: string, key: string): SettingName[] => [
  {
    variable: `ANSIBLE_BECOME_${what}`,
    section: 'privilege_escalation',
    key: `become_${what.toLowerCase()}`,
  },
  { variable: `ANSIBLE_SUDO_${what}`, section: 'sudo_become_plugin', key },
];
const alone = (variable: string, setting: SettingName | SettingName[]): LoginSetting => ({
  variable,
  names: [variable],
  settings: [setting].flat(),
});

const all: readonly LoginSetting[] = [
  {
    variable: 'ansible_connection',
    names: names.connection,
    settings: [general('ANSIBLE_TRANSPORT', 'transport')],
  },
  { variable: 'ansible_user', names: names.user, settings: [general('ANSIBLE_REMOTE_USER', 'remote_user')] },
  { variable: 'ansible_port', names: names.port, settings: [general('ANSIBLE_REMOTE_PORT', 'remote_port')] },
  {
    variable: 'ansible_private_key_file',
    names: names.keyFile,
    settings: [general('ANSIBLE_PRIVATE_KEY_FILE', 'private_key_file')],
    value: (setting, config) => pathOf(config, setting),
  },
  {
    variable: 'ansible_timeout',
    names: names.timeout,
    settings: [general('ANSIBLE_TIMEOUT', 'timeout'), ssh('ANSIBLE_SSH_TIMEOUT', 'timeout')],
  },
  {
    variable: 'ansible_become',
    names: names.become,
    settings: [{ variable: 'ANSIBLE_BECOME', section: 'privilege_escalation', key: 'become' }],
    value: saysYes,
  },
  {
    variable: 'ansible_become_password',
    names: names.becomePassword,
    settings: become('PASS', 'password'),
    value: ({ text }) => new Secret(text),
  },
  alone('ansible_become_method', {
    variable: 'ANSIBLE_BECOME_METHOD',
    section: 'privilege_escalation',
    key: 'become_method',
  }),
  alone('ansible_become_user', become('USER', 'user')),
  alone('ansible_become_exe', become('EXE', 'executable')),
  alone('ansible_become_flags', become('FLAGS', 'flags')),
  alone('ansible_ssh_args', ssh('ANSIBLE_SSH_ARGS', 'ssh_args')),
  alone('ansible_ssh_common_args', ssh('ANSIBLE_SSH_COMMON_ARGS', 'ssh_common_args')),
  alone('ansible_ssh_extra_args', ssh('ANSIBLE_SSH_EXTRA_ARGS', 'ssh_extra_args')),
  alone('ansible_ssh_executable', ssh('ANSIBLE_SSH_EXECUTABLE', 'ssh_executable')),
  alone('ansible_ssh_pkcs11_provider', ssh('ANSIBLE_PKCS11_PROVIDER', 'pkcs11_provider')),
];

/**
 * What `ansible.cfg` and the environment say of how servers are entered, as variables that count where a host has none. What
 * cannot be honoured is refused by whoever reads them, as if it stood at the host.
 */
export function loginSettings(config: AnsibleConfig): VarSource {
  const found = all.flatMap(({ variable, settings, value }) => {
    const setting = settings.map((each) => settingOf(config, each)).findLast((each) => each !== undefined);
    if (setting === undefined) return [];
    return [
      [variable, { value: value?.(setting, config) ?? setting.text, place: placeOf(setting) }],
    ] as const;
  });
  const places = new Map(found.map(([variable, { place }]) => [variable, place]));
  return {
    values: Object.fromEntries(found.map(([variable, { value }]) => [variable, value])),
    position: ([variable]) => places.get(String(variable)) ?? { file: '', line: 1, column: 1 },
  };
}

/** The variables of a host with those settings that count for it, and where each stands. */
export function withSettings(own: VarSource, settings: VarSource | undefined): VarSource {
  const counting = Object.entries(settings?.values ?? {}).filter(([variable]) => {
    const same = all.find((each) => each.variable === variable)?.names ?? [];
    return !same.some((name) => own.values[name] !== undefined);
  });
  if (settings === undefined || counting.length === 0) return own;
  const set = new Set(counting.map(([variable]) => variable));
  return {
    values: { ...Object.fromEntries(counting), ...own.values },
    position: (path) => (set.has(String(path[0])) ? settings.position(path) : own.position(path)),
  };
}

const toldOnly: readonly { readonly settings: readonly SettingName[]; readonly why: string }[] = [
  {
    settings: [general('ANSIBLE_ASK_PASS', 'ask_pass')],
    why: '-k asks for the password of the login, or it stands in the inventory, as ansible_password',
  },
  {
    settings: [general('ANSIBLE_CONNECTION_PASSWORD_FILE', 'connection_password_file')],
    why: '-k asks for the password of the login, or it stands in the inventory, as ansible_password',
  },
  {
    settings: [
      { variable: 'ANSIBLE_BECOME_ASK_PASS', section: 'privilege_escalation', key: 'become_ask_pass' },
    ],
    why: '-K asks for the password of sudo, or it stands in the inventory, as ansible_become_password',
  },
  {
    settings: [general('ANSIBLE_BECOME_PASSWORD_FILE', 'become_password_file')],
    why: '-K asks for the password of sudo, or it stands in the inventory, as ansible_become_password',
  },
];

/** What is set, not honoured and no danger: somebody may wonder. */
export function settingsNotHonoured(config: AnsibleConfig): string[] {
  const checking = [
    general('ANSIBLE_HOST_KEY_CHECKING', 'host_key_checking'),
    ssh('ANSIBLE_SSH_HOST_KEY_CHECKING', 'host_key_checking'),
  ].flatMap((each) => settingOf(config, each) ?? []);
  const unchecked = checking.filter((each) => !saysYes(each));
  const told = toldOnly.flatMap(({ settings, why }) =>
    settings.flatMap((each) => {
      const setting = settingOf(config, each);
      return setting === undefined || /^(n|no|false|off|0|f)$/i.test(setting.text)
        ? []
        : [`${setting.from} is not honoured: ${why}`];
    }),
  );
  return [
    ...unchecked.map(({ from }) => `${from} is not honoured: the keys of servers are always checked`),
    ...told,
  ];
}

function placeOf({ from, written }: Setting): Position {
  return written?.position ?? { file: `${from} in the environment`, line: 1, column: 1 };
}
