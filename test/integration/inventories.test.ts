import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { graph, listed, sortedJson } from '../../src/input/listing.ts';
import { readInventory } from '../../src/input/read-inventory.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { Secret } from '../../src/secret.ts';

const root = mkdtempSync(join(tmpdir(), 'inventories-'));
const elsewhere = join(root, 'elsewhere');
mkdirSync(elsewhere);
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
function written(files: Readonly<Record<string, string>>): string {
  count += 1;
  const folder = join(root, String(count));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    if (text.startsWith('#!')) chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** What the real program prints; it reads `group_vars/` of the folder it works in as well, so it works in an empty one. */
function referee(words: readonly string[]): string {
  return execFileSync('ansible-inventory', words, {
    cwd: elsewhere,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: elsewhere,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_HASH_BEHAVIOUR: 'merge',
      ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const inline = (text: string, by: number) =>
  encryptVault(text, new Secret('fake-vault-pw'))
    .trimEnd()
    .replaceAll('\n', `\n${' '.repeat(by)}`);

const inventories: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'levels of one variable': {
    'inventory.yaml': `all:
  vars: { level: all, apim: { memory: { initial: 1m, maximum: 1g }, trust: [a.pem, b.pem] }, other: { a: 1 } }
  children:
    apim:
      vars: { level: apim, apim: { memory: { maximum: 2g }, jwt: { header: X } } }
      children:
        gateway:
          vars: { level: gateway, apim: { trust: [c.pem], jwt: ~ }, other: { b: { c: 2 } } }
          hosts:
            gw: { ansible_host: 10.0.0.15, apim: { offset: 4 }, other: { b: { d: 3 } } }
            gw2: { other: none }
        key_manager: { hosts: { km: } }
`,
    'group_vars/all.yml': 'level: file of all\napim: { memory: { maximum: 3g } }\nother: { z: 26 }\n',
    'group_vars/apim/main.yaml': 'apim: { user: wso2 }\n',
    'host_vars/km.json': '{"apim": {"offset": 1}, "text": "\\u00e4 \\" \\\\"}',
  },
  'groups in several groups, on several levels, in any order': {
    'inventory.yaml': `late: { hosts: { a: }, vars: { v: late } }
all:
  children:
    site: { children: { pair: { hosts: { b: , c: } }, late: }, hosts: { d: , b: }, vars: { v: site } }
    rack: { children: { pair: }, vars: { v: rack } }
    deep: { children: { deeper: { children: { pair: , deepest: { hosts: { c: , x: } } } } }, vars: { v: deep } }
    nobody:
  hosts: { alone: , a: }
  vars: { v: all }
outside: { hosts: { y: { v: own } } }
ungrouped: { hosts: { b: , z: }, vars: { loose: 1 } }
`,
  },
  'the order of equal groups, and their priority': {
    'inventory.yaml': `all:
  children:
    c1: { hosts: { a: , b: }, vars: { v: 1, w: 1 } }
    c2: { hosts: { a: , b: }, vars: { v: 2, w: 2, ansible_group_priority: 10 } }
    c3: { hosts: { a: , b: { ansible_group_priority: 7 } }, vars: { v: 3, w: 3, ansible_group_priority: "5" } }
`,
    'group_vars/c1.yml': 'w: file of 1\nansible_group_priority: 99\n',
    'group_vars/c3.yml': 'w: file of 3\n',
  },
  'names, ranges and ports': {
    'inventory.yaml': `all:
  hosts:
    "gw[01:03].example.com": { r: 1 }
    "x[1:2]y[a:c:2]": { r: 2 }
    "n[:2]": 
    "p[1:2]:2222": { r: 3 }
    "h:22": { ansible_host: 10.0.0.1 }
    "own:22": { ansible_port: 23 }
    "10.0.0.[1:3]:2200": 
    "[2001:db8::1]:22": 
    "2001:db8::2": 
    "[h2]:2022": 
    "2001:db8::[a:c]": 
    h_1-x: 
    Ünicode: 
  children:
    again: { hosts: { h: , "gw02.example.com:99": } }
`,
  },
  'values that stay as they are': {
    'inventory.yaml': `all:
  hosts:
    a:
      own: !vault |
        ${inline('fake-inner', 8)}
      raw: !unsafe "{{ own }}"
      template: "{{ own }}/{{ own | default('x') }}{% if x %}"
      list: [1, 2.5, true, ~, "", {}, [], "text \\u00e9 \\n", { deep: !unsafe x }]
      "10": ten
      "9": nine
      long: >-
        folded
        text
    b:
`,
  },
  'aliases and merge keys': {
    'inventory.yaml': `x: &common { hosts: { a: &own { v: 1, m: { n: 1 } } } }
y: *common
z: { hosts: { b: { <<: *own, v: 2 } } }
`,
  },
};

describe('an inventory', () => {
  it.each(Object.entries(inventories))('is what ansible-inventory sees: %s', async (_, files) => {
    const file = join(written(files), 'inventory.yaml');
    const ours = await readInventory(file, { vault: 'closed' });
    expect(`${sortedJson(listed(ours, true))}\n`).toBe(referee(['-i', file, '--list']));
    expect(ours.issues).toEqual([]);
    expect(`${graph(ours.tree, 'all')}\n`).toBe(referee(['-i', file, '--graph']));
  });
});
