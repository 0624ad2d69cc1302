import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { inventoryFiles } from '../../src/cli/inventory-files.ts';
import { folderOf } from '../../src/cli/runs.ts';
import { KnownError } from '../../src/errors.ts';
import { askInventoryScript } from '../../src/input/inventory-script.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { singleSecret } from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';

const root = mkdtempSync(join(tmpdir(), 'sources-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    if (text.startsWith('#!')) chmodSync(join(folder, name), 0o755);
  }
}

const load = (name = '', ...more: readonly string[]) =>
  loadInventory(join(folder, name), { more: more.map((each) => join(folder, each)) });

async function refused(action: Promise<unknown>): Promise<string> {
  const error = await action.catch((each: unknown) => each);
  if (!(error instanceof KnownError)) throw new TypeError('it was not refused', { cause: error });
  return error.message.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
}

describe('a folder as inventory', () => {
  it('has all that is in it, by name, and variables of its own; what is no inventory is passed over', async () => {
    write({
      '01-hosts': '[gateway]\ngw\n[gateway:vars]\nv=first\n',
      '02.yaml': 'gateway: { vars: { v: second, w: "{{ inventory_dir }}" } }\n',
      'sub/10.yml': 'key_manager: { hosts: { km: { w: "{{ inventory_file }}" } } }\n',
      'group_vars/all.yaml': 'x: beside\n',
      'host_vars/km.yaml': 'y: 1\n',
      ...{ 'README.md': 'a b', 'ansible.cfg': '[defaults]\n', 'notes~': 'a b', '.hidden': 'a b' },
      ...{ 'wso2am.zip': 'PK', 'tls.pem': 'a b', 'pki/ca.srl': 'a b', 'runs/x': 'a b', 'backups/y': 'a b' },
    });
    const inventory = await load();
    expect(inventory.hosts.map(({ name, vars }) => [name, vars])).toEqual([
      ['gw', { v: 'second', w: folder, x: 'beside' }],
      ['km', { w: join(folder, 'sub/10.yml'), x: 'beside', y: 1 }],
    ]);
    expect(inventory.file).toBe(join(folder, ''));
    expect(inventoryFiles(inventory).map(({ name }) => name)).toEqual([
      ...['01-hosts', '02.yaml', 'sub/10.yml', 'group_vars/all.yaml', 'host_vars/km.yaml'],
    ]);
  });

  it('is where its records lie', () => {
    write({ hosts: 'a' });
    expect(folderOf(folder)).toBe(join(folder, 'runs'));
    expect(folderOf(join(folder, 'hosts'))).toBe(join(folder, 'runs'));
  });

  it('tells what cannot be read in it', async () => {
    write({ hosts: 'a b\n', 'sub/group_vars/all.yaml': 'x: 1' });
    symlinkSync('nowhere', join(folder, 'gone'));
    symlinkSync('.', join(folder, 'round'));
    expect((await refused(load())).split('\n')).toEqual([
      'gone:1:1: is a link to nothing that can be read',
      'round:1:1: is a folder within itself, by a link',
      'sub/group_vars:1:1: is read by nobody: Ansible reads it in the folder that is given as inventory only',
      'hosts:1:3: this is no name=value; what has blanks in it stands in quotes: name="two words"',
    ]);
  });

  it('without hosts is told so', async () => {
    expect(await refused(load())).toContain('names no hosts');
  });
});

describe('several inventories', () => {
  it('are laid over each other, and so are the variables beside them', async () => {
    write({
      'a/hosts.yaml': 'gateway: { hosts: { gw: { v: a } }, vars: { u: a } }\n',
      'a/group_vars/gateway.yaml': 'w: beside a\nx: beside a\n',
      'b/hosts': 'km\n[gateway]\ngw v=b\n',
      'b/group_vars/all.yaml': 'w: beside b, of all\n',
      'b/group_vars/gateway.yaml': 'x: beside b\n',
    });
    const inventory = await load('a/hosts.yaml', 'b/hosts');
    expect(inventory.hosts.map(({ name, vars }) => [name, vars])).toEqual([
      ['gw', { u: 'a', v: 'b', w: 'beside a', x: 'beside b' }],
      ['km', { w: 'beside b, of all' }],
    ]);
    expect(inventoryFiles(inventory).map(({ name }) => name)).toEqual([
      ...['hosts.yaml', 'group_vars/gateway.yaml'],
      ...['more-1/hosts', 'more-1/group_vars/all.yaml', 'more-1/group_vars/gateway.yaml'],
    ]);
  });

  it('are told apart from a list with commas, and each has to be there', async () => {
    write({ hosts: 'a\n' });
    expect(await refused(load('hosts,more'))).toContain('each of several has a -i of its own');
    expect(await refused(load('hosts', 'more'))).toContain('there is no inventory more');
  });
});

const script = (list: string, host = 'exit 9') =>
  `#!/bin/sh\nif [ "$1" = --list ]; then ${list}; else ${host}; fi\n`;
const prints = (value: unknown) => `printf %s '${JSON.stringify(value)}'`;

const deepAnswer = `#!/bin/sh
many() { head -c 100000 /dev/zero | tr '\\0' "$1"; }
printf '{"g": ["a"], "_meta": {"hostvars": {"a": {"x": %s%s}}}}' "$(many [)" "$(many ])"
`;

describe('an inventory script', () => {
  it('is asked once where it tells all variables', async () => {
    const password = new Secret('fake-vault-pw');
    const vaulted = { __ansible_vault: encryptVault('fake-inner', password) };
    const answer = {
      _meta: { hostvars: { gw: { ansible_port: 2222, ansible_password: vaulted }, other: { x: 1 } } },
      gateway: { hosts: ['gw'], vars: { raw: { __ansible_unsafe: '{{ x }}' } } },
      plain: ['gw', 'gw2'],
      site: { children: ['gateway'] },
      alone: { x: 1 },
    };
    write({ 'hosts.sh': script(prints(answer)) });
    const inventory = await loadInventory(join(folder, 'hosts.sh'), { vault: singleSecret(password) });
    expect(inventory.hosts.map(({ name, groups }) => [name, groups])).toEqual([
      ['gw', ['gateway', 'site', 'plain']],
      ['gw2', ['plain']],
      ['alone', ['alone']],
    ]);
    const [gw] = inventory.hosts;
    expect(gw?.login).toMatchObject({ port: 2222 });
    expect(gw?.login.kind === 'ssh' && gw.login.password?.reveal()).toBe('fake-inner');
    expect(gw?.vars.raw).toBe('{{ x }}');
  });

  it('is asked for each host where it does not', async () => {
    write({
      'hosts.sh': script(prints({ all: ['a', 'b'] }), '[ "$2" = b ] || printf %s "{\\"own\\": \\"$2\\"}"'),
    });
    const { hosts } = await load('hosts.sh');
    expect(hosts.map(({ vars }) => vars)).toEqual([{ own: 'a' }, {}]);
  });

  it.each<[string, string]>([
    [script('echo nothing there >&2; exit 3'), '--list exited with 3\n  | nothing there\n  → run it by hand'],
    [script('kill -9 $$'), '--list was ended by SIGKILL'],
    [script('echo {'), '--list prints what is no JSON'],
    [script(String.raw`printf '{"a": "\344"}'`), '--list prints what is no UTF-8'],
    [script('true'), '--list: must be answered by keys and values'],
    [script(prints({ g: { hosts: { a: 1 } } })), 'g.hosts: must be a list of names of hosts'],
    [
      script(prints({ g: { hosts: ['a'], vars: [1] }, _meta: { hostvars: {} } })),
      'g.vars: must be keys and values',
    ],
    [
      script(prints({ g: { hosts: ['a'], children: ['all'] }, _meta: { hostvars: {} } })),
      'g.children: all is above every group',
    ],
    [
      script(prints({ g: ['a'], _meta: { hostvars: { a: 1 } } })),
      '_meta.hostvars.a: must be keys and values',
    ],
    [script(prints(['a'])), '--list: must be answered by keys and values'],
    [script(prints({ g: ['a'] })), '--host a exited with 9'],
    ['#!/nowhere/python\n', '--list cannot be run'],
    [deepAnswer, 'is nested too deeply to be read'],
    ['#!/bin/sh\nhead -c 30000000 /dev/zero\n', '--list prints more than 20 MB'],
  ])('that answers wrongly is told of: %j', async (text, message) => {
    write({ 'hosts.sh': text });
    expect(await refused(load('hosts.sh'))).toContain(message);
  });

  it('that does not end is ended, with all that holds its output', async () => {
    write({ 'hosts.sh': '#!/bin/sh\necho waiting >&2\nsleep 30 &\nsleep 30\n' });
    const asked = askInventoryScript(join(folder, 'hosts.sh'), ['--list'], 300);
    expect(await refused(asked)).toContain('did not end within 0.3 s, and was ended\n  | waiting');
  });

  it('has to be one: what only may be executed is read, and a program that may not be is told of', async () => {
    write({ 'hosts.yaml': 'all: { hosts: { a: } }\n', 'hosts.py': '#!/usr/bin/python3\n' });
    chmodSync(join(folder, 'hosts.yaml'), 0o755);
    chmodSync(join(folder, 'hosts.py'), 0o644);
    expect((await load('hosts.yaml')).hosts).toHaveLength(1);
    expect(await refused(load('hosts.py'))).toBe(
      'hosts.py begins as a program, and may not be executed: chmod +x hosts.py',
    );
  });
});

describe('what is set up for plugins of Ansible', () => {
  it('is refused by name, with what to do', async () => {
    write({ 'aws.yaml': 'plugin: aws_ec2\n', 'hosts.toml': '[all]\n' });
    expect(await refused(load('aws.yaml'))).toContain(
      'aws.yaml:1:9: plugin: this sets up an inventory plugin',
    );
    expect(await refused(load('hosts.toml'))).toContain('hosts.toml:1:1: is TOML, which is not read here');
  });
});
