import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { graph, listed, variablesOf } from '../../src/input/listing.ts';
import { readInventory } from '../../src/input/read-inventory.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { singleSecret } from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';

const root = mkdtempSync(join(tmpdir(), 'listing-'));
afterAll(() => rmSync(root, { recursive: true }));
const vaultPassword = new Secret('fake-vault-pw');

let count = 0;
async function read(files: Readonly<Record<string, string>>, password: Secret | 'closed' = 'closed') {
  count += 1;
  const folder = join(root, String(count));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return await readInventory(join(folder, 'inventory.yaml'), {
    vault: password === 'closed' ? password : singleSecret(password),
  });
}

const encrypted = encryptVault('fake-inner', vaultPassword);
const secrets = {
  'inventory.yaml': `all:
  hosts:
    km:
      ansible_user: wso2
      ansible_password: fake-login
      ansible_become_pass: 12345678
      vaulted_password: !vault |
          ${encrypted.trimEnd().replaceAll('\n', '\n          ')}
      apim:
        admin: { username: admin, password: env:ADMIN }
        keystore: { password: "{{ vaulted_password }}" }
        database: { password: file:secrets/db, tokens: { a: fake-token, used: true } }
        deployment_toml: { apim: { note: "password = fake-toml" } }
`,
};

describe('the variables of a host', () => {
  it('hide what may be a secret, and not where one is to be found', async () => {
    for (const password of ['closed', vaultPassword] as const) {
      const vars = variablesOf(await read(secrets, password), 'km', false);
      expect(vars).toEqual({
        ansible_user: 'wso2',
        ansible_password: '(secret)',
        ansible_become_pass: '(secret)',
        vaulted_password: { __ansible_vault: encrypted },
        apim: {
          admin: { username: 'admin', password: 'env:ADMIN' },
          keystore: { password: '{{ vaulted_password }}' },
          database: { password: 'file:secrets/db', tokens: { a: '(secret)', used: true } },
          deployment_toml: { apim: { note: 'password = (secret)' } },
        },
      });
    }
  });

  it('show it where that is wanted; but what is vaulted stays so', async () => {
    const vars = variablesOf(await read(secrets, vaultPassword), 'km', true);
    expect(vars).toMatchObject({
      ansible_password: 'fake-login',
      ansible_become_pass: 12345678,
      vaulted_password: { __ansible_vault: encrypted },
    });
    expect(JSON.stringify(vars)).not.toContain('fake-inner');
  });

  it('hide all of a file that is encrypted', async () => {
    const files = {
      'inventory.yaml': 'all: { hosts: { km: { plain: 1, own: { above: x } } } }',
      'group_vars/all/vault.yml': encryptVault(
        'own: { below: fake-one, list: [fake-two, true] }\nnumber: 4711\n',
        vaultPassword,
      ),
    };
    const written = await read(files, vaultPassword);
    expect(variablesOf(written, 'km', false)).toEqual({
      plain: 1,
      own: { above: 'x', below: '(secret)', list: ['(secret)', true] },
      number: '(secret)',
    });
    expect(variablesOf(written, 'km', true)).toMatchObject({ number: 4711 });
    const closed = await read(files);
    listed(closed, false);
    expect(closed.issues[0]?.message).toContain('this is encrypted with Ansible Vault');
  });

  it('read what ansible-inventory wrote in JSON', async () => {
    const json = {
      all: { hosts: { km: { a: { __ansible_vault: encrypted }, b: { __ansible_unsafe: '{{' } } } },
    };
    const vars = variablesOf(await read({ 'inventory.yaml': JSON.stringify(json) }), 'km', false);
    expect(vars).toEqual(json.all.hosts.km);
  });
});

describe('a graph', () => {
  const layers = (number: number) => {
    const lines = Array.from({ length: number }, (_, index) => [
      `a${index}: { children: { a${index + 1}: , b${index + 1}: } }`,
      `b${index}: { children: { a${index + 1}: , b${index + 1}: } }`,
    ]);
    return ['all: { hosts: { x: } }', ...lines.flat(), `a${number}: { hosts: { h: { v: 1 } } }`].join('\n');
  };

  it('of groups in very many others comes to an end', async () => {
    const { tree, groupsOf } = await read({ 'inventory.yaml': layers(60) });
    expect(groupsOf('h')).toHaveLength(122);
    expect(graph(tree, 'all')).toBeUndefined();
    expect(graph(tree, 'a58')?.split('\n')).toHaveLength(9);
  });
});
