import { suggestion } from './decode.ts';

/** Variables of Ansible that mean one thing here. Of several names the last that is set counts, as in Ansible. */
export const names = {
  connection: ['ansible_connection'],
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  keyFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  password: ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'],
  timeout: ['ansible_timeout', 'ansible_ssh_timeout'],
  become: ['ansible_become'],
  becomePassword: ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'],
  arguments: ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'],
  groupPriority: ['ansible_group_priority'],
} as const;

/** Variables that may stand there if they say what is done anyway. */
export interface FixedVariable {
  readonly names: readonly string[];
  /** The values that may stand there, as texts. */
  readonly values: readonly string[];
  /** Why another value is refused, and what to do. */
  readonly why: string;
  readonly fix: string;
}

export const fixed: readonly FixedVariable[] = [
  {
    names: ['ansible_become_method'],
    values: ['sudo', 'ansible.builtin.sudo'],
    why: 'other users are had through sudo only',
    fix: 'allow sudo there, and take this out',
  },
  {
    names: ['ansible_become_user', 'ansible_sudo_user'],
    values: ['root'],
    why: 'who runs a command is said by the step that needs it',
    fix: 'say who runs the servers by apim.user, or give exec --user; and take this out',
  },
  {
    names: ['ansible_become_exe', 'ansible_sudo_exe'],
    values: ['sudo', '/usr/bin/sudo'],
    why: 'sudo is found in the PATH of the login',
    fix: 'have it there, and take this out',
  },
  {
    names: ['ansible_become_flags', 'ansible_sudo_flags'],
    values: ['', ...combinations(['-H', '-S', '-n'])],
    why: 'sudo is always asked in the same way, without a terminal',
    fix: 'let sudoers of that server say what these say, and take this out',
  },
  {
    names: ['ansible_shell_type'],
    values: ['sh'],
    why: 'all commands are for sh',
    fix: 'take this out; the login needs a shell that can start sh',
  },
  {
    names: ['ansible_shell_executable'],
    values: ['/bin/sh', '/usr/bin/sh', 'sh'],
    why: 'all commands are run by sh',
    fix: 'take this out',
  },
  {
    names: ['ansible_ssh_executable'],
    values: ['ssh', '/usr/bin/ssh'],
    why: 'the program ssh is not used, so nothing can stand in its place',
    fix: 'run this tool where it reaches the servers directly, and take this out',
  },
  {
    names: ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'],
    values: ['true', 'yes', 'on', '1'],
    why: 'a server whose key is not known could be anybody',
    fix: 'name the file with the keys: ansible_ssh_common_args: -o UserKnownHostsFile=FILE',
  },
  {
    names: ['ansible_ssh_pkcs11_provider', 'ansible_sshpass_prompt'],
    values: [''],
    why: 'keys on a card are had through ssh-agent only',
    fix: 'load it: ssh-add -s PROVIDER; leave the key file and this out',
  },
  {
    names: ['ansible_sftp_extra_args', 'ansible_scp_extra_args'],
    values: ['', '-O'],
    why: 'files travel over the connection that commands have',
    fix: 'take this out',
  },
];

/** Variables that change nothing in how a server is entered, so that an inventory can serve Ansible as well. */
export const harmless: readonly { readonly names: readonly string[]; readonly why: string }[] = [
  {
    names: [
      ...['ansible_python_interpreter', 'ansible_*_interpreter', 'ansible_interpreter_python_fallback'],
      ...['ansible_python_module_rlimit_nofile', 'ansible_module_compression', 'ansible_facts_modules'],
      ...['ansible_no_target_syslog', 'ansible_remote_tmp', 'ansible_system_tmpdirs', 'ansible_async_dir'],
      ...['ansible_common_remote_group', 'ansible_admin_users', 'ansible_shell_allow_world_readable_temp'],
      'ansible_win_async_startup_timeout',
    ],
    why: 'about the modules that Ansible sends to servers; none is sent',
  },
  {
    names: [
      ...['ansible_pipelining', 'ansible_ssh_pipelining', 'ansible_ssh_use_tty', 'ansible_ssh_retries'],
      ...['ansible_ssh_transfer_method', 'ansible_scp_if_ssh', 'ansible_sftp_batch_mode'],
      ...['ansible_scp_executable', 'ansible_sftp_executable'],
      ...['ansible_control_path', 'ansible_control_path_dir'],
    ],
    why: 'how Ansible goes about with the programs ssh, scp and sftp; none of them is used',
  },
  {
    names: [
      ...['ansible_winrm_*', 'ansible_psrp_*', 'ansible_network_*', 'ansible_httpapi_*', 'ansible_netconf_*'],
      ...['ansible_persistent_*', 'ansible_libssh_*', 'ansible_docker_*', 'ansible_podman_*'],
      ...['ansible_kubectl_*', 'ansible_lxc_*', 'ansible_lxd_*', 'ansible_aws_ssm_*'],
      ...['ansible_su_*', 'ansible_runas_*', 'ansible_doas_*', 'ansible_dzdo_*', 'ansible_ksu_*'],
      ...['ansible_pbrun_*', 'ansible_pfexec_*', 'ansible_pmrun_*', 'ansible_sesu_*', 'ansible_machinectl_*'],
    ],
    why: 'read by Ansible only with another `ansible_connection` or `ansible_become_method`, and those are refused',
  },
];

/** Read by one way of connecting that is taken for `ssh` here. */
const paramiko = 'ansible_paramiko_';

/** What is wrong with a variable because of its name, or because its value cannot be honoured; undefined if nothing is. */
export function refusalOf(name: string, value: unknown): string | undefined {
  const rule = fixed.find((each) => each.names.includes(name));
  if (rule !== undefined) {
    const text = ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : undefined;
    const accepted = rule.values.some((each) => each.toLowerCase() === text?.toLowerCase());
    return accepted ? undefined : `is not supported: ${rule.why}; ${rule.fix}`;
  }
  if (isHonoured(name) || harmlessPatterns.some((pattern) => pattern.test(name))) return undefined;
  if (name.startsWith(paramiko))
    return `is not supported: paramiko is not used; say it by ansible_${name.slice(paramiko.length)} if there is such a variable`;
  const near = suggestion(name, known);
  return `no such variable of Ansible is known here${near.includes('did you mean') ? near : '; one of your own needs a name that does not begin with ansible_'}`;
}

const honoured: readonly string[] = Object.values(names).flat();
const harmlessPatterns = harmless
  .flatMap((each) => each.names)
  .map((name) => new RegExp(`^${name.replace('*', '\\w+')}$`));
const known = [
  ...honoured,
  ...fixed.flatMap((each) => each.names),
  ...harmless.flatMap((each) => each.names),
];

function isHonoured(name: string): boolean {
  return honoured.includes(name);
}

function combinations(flags: readonly string[]): string[] {
  return flags.flatMap((flag) => {
    const others = combinations(flags.filter((each) => each !== flag));
    return [flag, ...others.map((other) => `${flag} ${other}`)];
  });
}
