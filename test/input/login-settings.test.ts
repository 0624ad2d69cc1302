import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readAnsibleConfig } from '../../src/input/ansible-config.ts';
import type { SshLogin } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { loginSettings, settingsNotHonoured } from '../../src/input/login-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'login-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inside = join(folder, 'configured');
mkdirSync(inside);
const inventory = join(folder, 'inventory.yaml');

function config(text: string, environment: NodeJS.ProcessEnv = {}) {
  writeFileSync(join(inside, 'ansible.cfg'), text);
  return readAnsibleConfig({ HOME: folder, ...environment }, inside, join(folder, 'none.cfg'));
}

/** The login of the one host, as an inventory with its variables and settings make it; or what is wrong. */
async function login(vars: string, text: string, environment: NodeJS.ProcessEnv = {}) {
  writeFileSync(inventory, `all: { hosts: { gw: { ${vars} } } }\n`);
  try {
    const { hosts } = await loadInventory(inventory, {
      loginSettings: loginSettings(config(text, environment)),
    });
    const found = hosts[0]?.login;
    if (found?.kind !== 'ssh') return found?.kind;
    return { ...found, knownHosts: [], becomePassword: found.becomePassword?.reveal() };
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
}

const usual = `[defaults]
remote_user = deploy
remote_port = 2222
private_key_file = keys/deploy
timeout = 30
[privilege_escalation]
become = True
become_method = sudo
[sudo_become_plugin]
password = fake-sudo
[ssh_connection]
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s
pipelining = True
`;

describe('what ansible.cfg says of logins', () => {
  it('counts where a host says nothing', async () => {
    const { asked: _asked, ...found } = (await login('', usual)) as Partial<SshLogin>;
    expect(found).toEqual({
      kind: 'ssh',
      address: 'gw',
      port: 2222,
      user: 'deploy',
      become: true,
      becomePassword: 'fake-sudo',
      knownHosts: [],
      keyFiles: [],
      keyFile: join(inside, 'keys/deploy'),
      timeoutMs: 30_000,
    });
    expect(await login('ansible_host: gw', '[defaults]\ntransport = local\n')).toBe('local');
  });

  it('does not count where a host says something, by whatever name', async () => {
    const own =
      'ansible_ssh_user: own, ansible_ssh_port: 22, ansible_become: false, ansible_ssh_private_key_file: k';
    expect(await login(own, usual)).toMatchObject({
      ...{ user: 'own', port: 22, become: false, keyFile: join(folder, 'k') },
    });
  });

  it('comes after the environment', async () => {
    expect(await login('', usual, { ANSIBLE_REMOTE_USER: 'other', ANSIBLE_BECOME: 'no' })).toMatchObject({
      user: 'other',
      become: false,
    });
  });

  it('is refused at its place if it cannot be honoured', async () => {
    const text =
      '[privilege_escalation]\nbecome_method = su\n[ssh_connection]\nssh_common_args =\n  -o RemoteCommand=fake-jump\n';
    const said = await login('', text);
    expect(said).toContain(
      'configured/ansible.cfg:2:1: ansible_become_method: is not supported: other users are had through sudo only',
    );
    expect(said).toContain(
      'configured/ansible.cfg:4:1: ansible_ssh_common_args: RemoteCommand is not supported',
    );
    expect(await login('', '', { ANSIBLE_SSH_ARGS: '-N' })).toContain(
      'ANSIBLE_SSH_ARGS in the environment:1:1: ansible_ssh_args: -N is not supported',
    );
    expect(await login('ansible_ssh_common_args: "", ansible_become_method: sudo', text)).toMatchObject({
      kind: 'ssh',
    });
  });

  it('is told if it is not honoured and no danger', () => {
    const text =
      '[defaults]\nhost_key_checking = False\nask_pass = no\n[privilege_escalation]\nbecome_ask_pass = True\n';
    const file = join(inside, 'ansible.cfg');
    expect(settingsNotHonoured(config(text))).toEqual([
      `host_key_checking in ${file} is not honoured: the keys of servers are always checked`,
      `become_ask_pass in ${file} is not honoured: -K asks for the password of sudo, or it stands in the inventory, as ansible_become_password`,
    ]);
    expect(settingsNotHonoured(config(usual))).toEqual([]);
    expect(settingsNotHonoured(config('', { ANSIBLE_HOST_KEY_CHECKING: '0' }))).toEqual([
      'ANSIBLE_HOST_KEY_CHECKING is not honoured: the keys of servers are always checked',
    ]);
  });
});
