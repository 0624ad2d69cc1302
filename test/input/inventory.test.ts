import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import type { Host, Inventory } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { singleSecret } from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';

const root = mkdtempSync(join(tmpdir(), 'inventory-'));
const vaultPassword = new Secret('fake-vault-pw');
let count = 0;
let folder = root;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
});
afterAll(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function load(files: Readonly<Record<string, string>>, password?: Secret): Promise<Inventory> {
  write(files);
  const options = password === undefined ? {} : { vault: singleSecret(password) };
  return loadInventory(join(folder, 'inventory.yaml'), options);
}

async function refused(files: Readonly<Record<string, string>>, password?: Secret): Promise<string> {
  const error = await load(files, password).catch((each: unknown) => each);
  if (!(error instanceof KnownError)) throw new TypeError('it was not refused', { cause: error });
  return error.message.replaceAll(`${folder}/`, '');
}

function host(inventory: Inventory, name: string): Host {
  const found = inventory.hosts.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no host ${name}`);
  return found;
}

const nested = `all:
  vars: { level: all, apim: { memory: { initial: 1m, maximum: 1g } } }
  children:
    apim:
      vars: { level: apim }
      children:
        gateway:
          vars: { level: gateway, apim: { memory: { maximum: 2g } } }
          hosts:
            gw:
              ansible_host: 10.0.0.15
              apim: { offset: 4 }
        key_manager:
          hosts: { km: }
`;

function indented(text: string, by: number): string {
  return text.trimEnd().replaceAll('\n', `\n${' '.repeat(by)}`);
}

describe('groups', () => {
  it('may be in groups; a host is in all of them, the nearest first', async () => {
    const inventory = await load({ 'inventory.yaml': nested });
    expect(host(inventory, 'gw').groups).toEqual(['gateway', 'apim']);
    expect(Object.fromEntries(inventory.groups)).toEqual({
      all: ['gw', 'km'],
      ungrouped: [],
      apim: ['gw', 'km'],
      gateway: ['gw'],
      key_manager: ['km'],
    });
  });

  it('have their own hosts first, then those of groups below them, level by level, as Ansible has', async () => {
    const inventory = await load({
      'inventory.yaml': `all:
  children:
    site:
      children:
        pair: { hosts: { b: , c: } }
      hosts: { d: , b: }
    late: { hosts: { e: , a: } }
  hosts: { a: , alone: }
outside: { hosts: { x: } }
`,
    });
    expect(inventory.hosts.map(({ name }) => name)).toEqual(['b', 'c', 'd', 'e', 'a', 'alone', 'x']);
    expect(Object.fromEntries(inventory.groups)).toEqual({
      all: ['a', 'alone', 'd', 'b', 'e', 'x', 'c'],
      ungrouped: ['alone'],
      site: ['d', 'b', 'c'],
      pair: ['b', 'c'],
      late: ['e', 'a'],
      outside: ['x'],
    });
  });

  it('leave who is in none of them to the group ungrouped, with its variables', async () => {
    const inventory = await load({
      'inventory.yaml': 'all: { hosts: { alone: }, children: { some: { hosts: { one: } } } }',
      'group_vars/ungrouped.yaml': 'level: ungrouped',
    });
    expect(host(inventory, 'alone')).toMatchObject({ groups: ['ungrouped'], vars: { level: 'ungrouped' } });
    expect(host(inventory, 'one').groups).toEqual(['some']);
    const nowhere =
      'ungrouped has the hosts that are in no other group: it can neither be in one nor have any';
    const inGroup = {
      'inventory.yaml': 'all: { children: { some: { children: { ungrouped: { hosts: { one: } } } } } }',
    };
    expect(await refused(inGroup)).toContain(nowhere);
    const withGroup = { 'inventory.yaml': 'ungrouped: { children: { some: { hosts: { one: } } } }' };
    expect(await refused(withGroup)).toContain(nowhere);
  });

  it('may have ranges of hosts', async () => {
    const inventory = await load({
      'inventory.yaml': 'all: { hosts: { "gw[01:03]": , "db-[a:c:2]": , "x[1:2]y[1:2]": } }',
    });
    expect(inventory.hosts.map((each) => each.name)).toEqual([
      ...['gw01', 'gw02', 'gw03', 'db-a', 'db-c'],
      ...['x1y1', 'x1y2', 'x2y1', 'x2y2'],
    ]);
  });

  it.each([
    ['all: { hosts: { "gw[3:1]": } }', 'the range in "gw[3:1]" makes no sense'],
    ['all: { host: { gw: } }', 'inventory.yaml:1:8: all.host: unknown key'],
    ['all: { children: { a: { children: { all: } } } }', 'all is above every group'],
    ['a: { children: { b: { children: { a: { hosts: { x: } } } } } }', 'this group is inside itself'],
    ['all: { hosts: [gw] }', 'must be keys and values'],
    ['all: { hosts: { all: } }', '1:22: all.hosts.all: all is a group that there always is'],
    ['all: { hosts: { gw: 10.0.0.1 } }', 'must be keys and values'],
    ['', 'names no hosts'],
    ['all: [', 'inventory.yaml:1:'],
    ['all: { hosts: { a: , a: } }', 'unique'],
  ])('such as %j are refused', async (text, message) => {
    expect(await refused({ 'inventory.yaml': text })).toContain(message);
  });
});

describe('variables', () => {
  it('are nearer the nearer they are written to the host', async () => {
    const files: Record<string, string> = { 'inventory.yaml': nested };
    const level = async () => host(await load(files), 'gw').vars.level;
    expect(await level()).toBe('gateway');
    files['group_vars/all.yml'] = 'level: file of all';
    expect(await level()).toBe('file of all');
    files['group_vars/apim.yaml'] = 'level: file of apim';
    expect(await level()).toBe('file of apim');
    files['group_vars/gateway/main.yml'] = 'level: folder of gateway';
    expect(await level()).toBe('folder of gateway');
    files['inventory.yaml'] = nested.replace('ansible_host:', 'level: host\n              ansible_host:');
    expect(await level()).toBe('host');
    files['host_vars/gw'] = 'level: file of the host';
    expect(await level()).toBe('file of the host');
  });

  it('are merged key by key over all levels, as with hash_behaviour = merge', async () => {
    const inventory = await load({
      'inventory.yaml': nested,
      'group_vars/all.yml': 'other: { a: 1 }',
      'host_vars/gw.yml': 'other: { b: 2 }',
    });
    expect(host(inventory, 'gw').vars.apim).toEqual({ memory: { initial: '1m', maximum: '2g' }, offset: 4 });
    expect(host(inventory, 'km').vars.apim).toEqual({ memory: { initial: '1m', maximum: '1g' } });
    expect(host(inventory, 'gw').vars.other).toEqual({ a: 1, b: 2 });
  });

  it('know where they were written', async () => {
    const gw = host(
      await load({ 'inventory.yaml': nested, 'host_vars/gw.yml': 'apim:\n  user: wso2\n' }),
      'gw',
    );
    const position = (...path: string[]) => {
      const { file, line, column } = gw.position(path);
      return `${file.slice(folder.length + 1)}:${line}:${column}`;
    };
    expect(position('apim', 'user')).toBe('host_vars/gw.yml:2:9');
    expect(position('apim', 'offset')).toBe('inventory.yaml:12:31');
    expect(position('apim', 'memory', 'initial')).toBe('inventory.yaml:2:50');
    expect(position('nowhere')).toMatch(/^inventory\.yaml:10:/);
  });

  it('are filled in where they are named', async () => {
    const inventory = await load({
      'inventory.yaml':
        'all: { hosts: { km: { a: "{{ inventory_dir }}/x", b: "{{a}}/{{ inventory_hostname }}" } } }',
    });
    expect(host(inventory, 'km').vars).toMatchObject({ a: `${folder}/x`, b: `${folder}/x/km` });
  });

  it.each(['{{ a | default(1) }}', '{{ nobody }}', "{{ lookup('env', 'X') }}"])(
    'are not computed: %s is refused where it is used, and nobody’s business elsewhere',
    async (text) => {
      const message = await refused({
        'inventory.yaml': `all: { hosts: { km: { apim: { b: "${text}" } } } }`,
      });
      expect(message).toContain(`inventory.yaml:1:34: apim.b: ${text} cannot be filled in`);
      const unused = await load({ 'inventory.yaml': `all: { hosts: { km: { b: "${text}" } } }` });
      expect(host(unused, 'km').vars.b).toBe(text);
    },
  );

  it('that are vaulted are secrets wherever they are filled in; what is !unsafe is text', async () => {
    const vaulted = encryptVault('fake-inner', vaultPassword).trimEnd().replaceAll('\n', '\n          ');
    const inventory = await load(
      {
        'inventory.yaml': `all:
  hosts:
    km:
      ansible_password: "{{ own }}"
      own: !vault |
          ${vaulted}
      apim:
        url: "jdbc:{{ own }}"
        raw: !unsafe "{{ own }}"
`,
      },
      vaultPassword,
    );
    const { vars, login } = host(inventory, 'km');
    const { url, raw } = vars.apim as { url: Secret; raw: string };
    expect(url).toBeInstanceOf(Secret);
    expect(url.reveal()).toBe('jdbc:fake-inner');
    expect(raw).toBe('{{ own }}');
    expect(login.kind === 'ssh' && login.password?.reveal()).toBe('fake-inner');
  });

  it('in a file are keys and values', async () => {
    const message = await refused({ 'inventory.yaml': nested, 'group_vars/all.yml': '[1]' });
    expect(message).toBe('group_vars/all.yml:1:1: variables are keys and values');
  });
});

describe('a file that is no UTF-8', () => {
  const latin1 = Buffer.from('note: "P\xe4sswort"\n', 'latin1');
  const sound = 'all: { hosts: { a: { ansible_host: 10.0.0.1 } } }\n';

  it('is refused with its place, whether it is the inventory or holds variables', async () => {
    write({ 'inventory.yaml': sound });
    writeFileSync(
      join(folder, 'inventory.yaml'),
      Buffer.concat([Buffer.from('all:\n  vars:\n    '), latin1]),
    );
    await expect(loadInventory(join(folder, 'inventory.yaml'))).rejects.toThrow(
      'inventory.yaml:3:13: this is no UTF-8',
    );
    write({ 'inventory.yaml': sound, 'group_vars/all.yml': '' });
    writeFileSync(join(folder, 'group_vars/all.yml'), latin1);
    await expect(loadInventory(join(folder, 'inventory.yaml'))).rejects.toThrow(
      'all.yml:1:9: this is no UTF-8',
    );
  });
});

describe('a login', () => {
  it('is what the variables of Ansible say', async () => {
    const inventory = await load({
      'inventory.yaml': `all:
  hosts:
    here: { ansible_connection: local }
    km:
      ansible_host: 10.0.0.11
      ansible_port: "2222"
      ansible_user: wso2
      ansible_become: yes
      ansible_password: fake-login-pw
      ansible_ssh_private_key_file: ~/.ssh/key
      ansible_ssh_common_args: -o UserKnownHostsFile=known_hosts
`,
    });
    expect(host(inventory, 'here').login).toEqual({ kind: 'local' });
    expect(host(inventory, 'km').login).toMatchObject({
      kind: 'ssh',
      address: '10.0.0.11',
      port: 2222,
      user: 'wso2',
      become: true,
      keyFile: join(homedir(), '.ssh/key'),
      knownHosts: [join(folder, 'known_hosts'), '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    });
  });

  it('with a port that is none is refused', async () => {
    const message = await refused({ 'inventory.yaml': 'all: { hosts: { km: { ansible_port: 99999 } } }' });
    expect(message).toContain('inventory.yaml:1:37: ansible_port: must be at most 65535');
  });
});

describe('a variable of Ansible that is not honoured', () => {
  it('is refused at its position, once for all hosts that have it', async () => {
    const message = await refused({
      'inventory.yaml': `all:
  vars:
    ansible_ssh_common_args: -o RemoteCommand=tmux
  hosts:
    "gw[1:200]":
    km: { ansible_become_method: su, ansible_prot: 22 }
`,
      'group_vars/all.yml': 'ansible_ssh_extra_args: -o StrictHostKeyChecking=no\n',
    });
    expect(message.split('\n').map((line) => line.replace(/(: .*?: .*?)[:;] .*/, '$1'))).toEqual([
      'inventory.yaml:3:30: ansible_ssh_common_args: RemoteCommand is not supported',
      'group_vars/all.yml:1:25: ansible_ssh_extra_args: StrictHostKeyChecking=no is refused',
      'inventory.yaml:6:34: ansible_become_method: is not supported',
      'inventory.yaml:6:52: ansible_prot: no such variable of Ansible is known here',
    ]);
  });
});

describe('vaulted values', () => {
  const vaulted = (text: string) => `!vault |\n          ${indented(encryptVault(text, vaultPassword), 10)}`;

  it('are secrets', async () => {
    const files = { 'inventory.yaml': `all:\n  hosts:\n    km:\n      a: ${vaulted('fake-inner')}\n` };
    const { a } = host(await load(files, vaultPassword), 'km').vars;
    expect(a).toBeInstanceOf(Secret);
    expect((a as Secret).reveal()).toBe('fake-inner');
  });

  it('may be whole files', async () => {
    const files = {
      'inventory.yaml': nested,
      'group_vars/all/vault.yml': encryptVault('a: fake-inner\n', vaultPassword),
    };
    expect(host(await load(files, vaultPassword), 'km').vars.a).toBe('fake-inner');
    expect(await refused(files)).toBe(
      'group_vars/all/vault.yml:1:1: this is encrypted with Ansible Vault: give --vault-password-file, --vault-id or --ask-vault-password',
    );
    expect(await refused(files, new Secret('fake-wrong'))).toBe(
      'group_vars/all/vault.yml:1:1: the vault password (id default) does not open this',
    );
  });

  it('can be all of an inventory, and of the variables of a host', async () => {
    const files = {
      'inventory.yaml': encryptVault(nested, vaultPassword, 'prod'),
      'host_vars/km.yml': encryptVault('a: fake-inner\n', vaultPassword),
    };
    expect(host(await load(files, vaultPassword), 'km').vars.a).toBe('fake-inner');
    expect(await refused(files)).toBe(
      'inventory.yaml:1:1: this is encrypted with Ansible Vault: give --vault-password-file, --vault-id or --ask-vault-password',
    );
    expect(await refused(files, new Secret('fake-wrong'))).toBe(
      'inventory.yaml:1:1: the vault password (id default) does not open this; it is encrypted with the id prod',
    );
  });

  it('are told by their position when they do not open', async () => {
    const files = { 'inventory.yaml': `all:\n  hosts:\n    km:\n      a: ${vaulted('fake-inner')}\n` };
    expect(await refused(files, new Secret('fake-wrong'))).toBe(
      'inventory.yaml:4:17: all.hosts.km.a: the vault password (id default) does not open this',
    );
    expect(await refused(files)).toContain('all.hosts.km.a: this is encrypted with Ansible Vault');
  });
});

describe('an inventory', () => {
  it('that is not there is told so', async () => {
    expect(await refused({ other: '' })).toContain('there is no inventory inventory.yaml');
  });
});
