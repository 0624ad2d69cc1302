import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { graph, listed, sortedJson } from '../../src/input/listing.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { readInventory } from '../../src/input/read-inventory.ts';
import { encryptVault } from '../../src/input/vault.ts';
import { otherToAnsible } from '../../src/input/yaml-words.ts';
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
  'a group and a host that take back what they said, above another group': {
    'inventory.yaml': `all:
  vars: { one: { a: 1 } }
  children:
    east:
      vars: { one: { p: 1 } }
      children:
        gateway: { vars: { one: [1] }, hosts: { gw1: { two: [1] } } }
    west:
      children:
        gateway: { vars: { one: { q: 2 } }, hosts: { gw1: { two: { z: 1 } } } }
`,
  },
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

const ini: Readonly<Record<string, string>> = {
  'groups, children and variables, in any order': `lone
[late:children]
gw
last # note
[gw:vars]
n=1
[gw]
gw[1:2]
[gw] # again
gw3
[last]
x
gw1
[all:vars]
v=all
[gw:vars]
n=2
[late:vars]
n=3
m={'a': {'b': 1}}
[last:vars]
m={'a': {'c': 2}}
[nobody]
`,
  'names and ports': `gw[01:03].example.com:2222
x[1:2]y[a:c:2]
n[:2]
10.0.0.[1:3]:2200
[2001:db8::1]:22
2001:db8::2
[h2]:2022
h_1-x:22 ansible_port=23
h_1-x:99
Ünicode
_odd_
2001:db8::[a:c]
`,
  'quoting and comments': String.raw`# c
; c
   # c
a x="two words" y='one "two" three' z=a\ b w=a"b c"d
b x=a#b
c x="a#b" # y=1
d x=a=b=c y== z=
e x="\d" y='\d' z="a\\b" w="\""
f	x=1	y=2
g x="{'a': [1, {'b': 2}]}" y=[1,2] z="[1, 'a']"
h; x=1
[v:vars]
k = v w  # c
l=a # c
m=1 # c
n="quoted" # c
o='a' 'b'
p=
q=a=b
r = 'it''s'
s="
t=a;b
[v]
a
`,
  'types of values': `[v]
a
[v:vars]
${[
  ...[
    '1',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0644',
    '0',
    '00',
    '0x1f',
    '0o17',
    '0b1',
    '1_000',
    '1__0',
    '10:30',
    '1.2.3',
  ],
  ...[
    'True',
    'False',
    'None',
    'true',
    'yes',
    'no',
    'on',
    'null',
    '~',
    "'1'",
    '"a"',
    "u'a'",
    "r'\\n'",
    "'a\\tb'",
  ],
  ...[
    "'\\u00e9'",
    '[]',
    '[1, 2]',
    '(1, 2)',
    '1, 2',
    "'a', 'b'",
    '{}',
    "{'a': 1, 'b': [None, True]}",
    '{"a": true}',
  ],
  ...["{'a': b}", '2020-01-01', '12345678', '[1', 'a b', '{{ x }}', '"{{ x }}"', '- 1', '--1', '(1)', "f'x'"],
  ...[
    '/a/b',
    '~/x',
    '10.0.0.1',
    '.5',
    '5.',
    '1if',
    "'a' 'b'",
    "b'x'",
    '$HOME',
    '!vault',
    '%',
    '\\\\',
    "'\\\\'",
  ],
]
  .map((value, index) => `v${index}=${value}`)
  .join('\n')}
`,
  'ends of lines, blanks and what Unicode has of them':
    'a x=1\r\n\r\n  b x=2  \n\tc x=3\v[g]\fd\u2028e x=4\n\u00a0f\n',
};

/** What the real program refuses to read. */
const refusals: readonly string[] = [
  'a b\n',
  'a x="open\n',
  'a x=1 y\n',
  '[a b]\nc\n',
  '[a:hosts:x]\nb\n',
  '[a:none]\nb\n',
  '[a:vars]\nx=1\n[b]\nc\n',
  '[a:vars]\nx\n[a]\nc\n',
  '[a:children]\nb\n[c]\nd\n',
  '[a:children]\nb c\n[b]\n[c]\nd\n',
  '[a:children]\na\n[c]\nd\n',
  '[a:children]\nb\n[b:children]\na\n[c]\nd\n',
  'a[1]\n',
  'a[c:a]\n',
  'a[01:100]\n',
  'b\na:\n',
  'b\n---\n',
  '[a] ; c\nb\n',
  '""\n',
];

describe('an inventory in INI', () => {
  it.each(Object.entries(ini))('is what ansible-inventory sees: %s', async (_, text) => {
    const file = join(written({ hosts: text }), 'hosts');
    const ours = await readInventory(file, { vault: 'closed' });
    expect(JSON.parse(sortedJson(listed(ours, true)))).toEqual(JSON.parse(referee(['-i', file, '--list'])));
    expect(ours.issues).toEqual([]);
    expect(`${graph(ours.tree, 'all')}\n`).toBe(referee(['-i', file, '--graph']));
  });

  it.each(refusals)('is refused where ansible-inventory refuses it: %j', async (text) => {
    const file = join(written({ hosts: text }), 'hosts');
    const ours = await readInventory(file, { vault: 'closed' });
    expect(ours.issues).not.toEqual([]);
    expect(() => referee(['-i', file, '--list'])).toThrow('Failed to parse');
  });
});

describe('an inventory', () => {
  it.each(Object.entries(inventories))('is what ansible-inventory sees: %s', async (_, files) => {
    const file = join(written(files), 'inventory.yaml');
    const ours = await readInventory(file, { vault: 'closed' });
    expect(`${sortedJson(listed(ours, true))}\n`).toBe(referee(['-i', file, '--list']));
    expect(ours.issues).toEqual([]);
    expect(`${graph(ours.tree, 'all')}\n`).toBe(referee(['-i', file, '--graph']));
  });
});

const answer = {
  dyn: {
    hosts: ['d1', 'gw1'],
    vars: { v: 'dyn', list: [1, null, true], t: { __ansible_unsafe: '{{ x }}' } },
  },
  flat: ['d2', 'd1'],
  solo: { x: 1 },
  top: { children: ['dyn', 'gw', 'later'] },
  later: { hosts: ['d3'] },
};
const script = (value: unknown) =>
  `#!/bin/sh\nif [ "$1" = --list ]; then printf %s '${JSON.stringify(value)}'; else printf %s "{\\"own\\": \\"$2\\"}"; fi\n`;

/** Files, and what is given as inventory, in this order. */
const places: Readonly<Record<string, readonly [Readonly<Record<string, string>>, ...string[]]>> = {
  'a folder': [
    {
      'f/01-hosts': '[gw]\ngw1\nn1\n[gw:vars]\nv=ini\nm={"a": 1}\n',
      'f/02.yaml':
        'all: { hosts: { km: { v: yaml, m: { b: 2 } } }, children: { gw: { vars: { v: yaml } } } }\n',
      'f/B.yml': 'b: { hosts: { n1: , gw1: { m: { c: 3 } } } }\n',
      'f/a.json': '{"a": {"hosts": {"n2": {"x": "json"}}}}',
      'f/sub/z/hosts': '[gw]\ngw7 z=1\n',
      'f/zz.sh': script(answer),
      'f/group_vars/all.yml': 'w: in\n',
      'f/group_vars/gw.yml': 'v: in\n',
      'f/host_vars/km.yml': 'm: { d: 4 }\n',
      'group_vars/all.yml': 'w: beside\n',
      ...{
        'f/README.md': 'a b',
        'f/hosts.bak': 'a b',
        'f/x.cfg': 'a b',
        'f/x.ini': 'a b',
        'f/.git/x': 'a b',
      },
    },
    'f',
  ],
  'several, files and folders': [
    {
      'a/hosts.yaml': 'gw: { hosts: { g1: { v: a } }, vars: { u: a, t: a } }\nsite: { children: { gw: } }\n',
      'a/group_vars/gw.yaml': 'w: beside a\nx: beside a\n',
      'a/group_vars/site.yaml': 'w: site beside a\ny: site beside a\n',
      'b/hosts': '[gw]\ng1 v=b\ng2\n[gw:vars]\nt=b\n[rack:children]\ngw\n[all:vars]\nz=b\n',
      'b/group_vars/all.yaml': 'w: all beside b\n',
      'b/group_vars/site.yaml': 'x: site beside b\ny: site beside b\n',
      'b/host_vars/g1.yaml': 'v: beside b\n',
      'c/h': 'lone\n',
      'c/host_vars/g1.yaml': 'v: beside c\n',
    },
    ...['a/hosts.yaml', 'b/hosts', 'c'],
  ],
  'a script that tells variables': [
    { 'hosts.sh': script({ ...answer, _meta: { hostvars: { d1: { own: { a: 1 } }, nobody: { x: 1 } } } }) },
    'hosts.sh',
  ],
  'a script that tells them one by one': [
    { 'x/hosts.sh': script(answer), 'x/group_vars/top.yaml': 'v: beside\n' },
    'x/hosts.sh',
  ],
};

describe('an inventory of several files', () => {
  it.each(Object.entries(places))('is what ansible-inventory sees: %s', async (_, [files, ...given]) => {
    const folder = written(files);
    const [first = '', ...more] = given.map((name) => join(folder, name));
    const words = [first, ...more].flatMap((path) => ['-i', path]);
    const ours = await readInventory(first, { vault: 'closed', more });
    expect(`${sortedJson(listed(ours, true))}\n`).toBe(referee([...words, '--list']));
    expect(ours.issues).toEqual([]);
    expect(`${graph(ours.tree, 'all')}\n`).toBe(referee([...words, '--graph']));
  });
});

const plain = [
  ...[
    'yes',
    'Yes',
    'YES',
    'yEs',
    'no',
    'on',
    'off',
    'y',
    'n',
    'true',
    'True',
    'tRUE',
    'false',
    '~',
    'null',
    'Null',
  ],
  ...[
    '0',
    '00',
    '-0',
    '+0',
    '07',
    '08',
    '0644',
    '-0644',
    '+12',
    '1_000',
    '_1',
    '1__0',
    '1_',
    '0_7',
    '0x1F',
    '0x1_f',
  ],
  ...[
    '0b11',
    '0b1_1',
    '-0b1',
    '0o17',
    '10:30',
    '1:60',
    '0:30',
    '-1:30',
    '10:30:59',
    '1:2:3:4',
    '10:30.5',
    '0:1.5',
  ],
  ...[
    '1.5',
    '-1.5',
    '+1.5',
    '.5',
    '-.5',
    '1.',
    '1_0.5',
    '1.5_0',
    '1e3',
    '1.0e3',
    '1.0e+3',
    '1.5E-3',
    '.5e+1',
    '1e+3',
  ],
  ...[
    '2020-01-31',
    '2020-1-31',
    '2020-1-31 10:30:00',
    '2020-01-31T10:30:00Z',
    '2020-01-31 10:30:00.5 +01:00',
  ],
  ...[
    '3.2.0',
    '10m',
    '10.0.0.1',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    'a',
    '/x',
    '0x',
    '0b2',
    '12a',
    '1,000',
    '<',
  ],
  ...[
    '9007199254740991',
    '-9007199254740991',
    '0777777',
    '1.0',
    '100.0',
    '0.1',
    '-0.0',
    '00.5',
    '1-2',
    '--1',
    '+',
    '.',
  ],
];

describe('what stands without quotes', () => {
  it('is what Ansible reads, or it is known what that is', async () => {
    const lines = plain.map((text, index) => `  v${index}: ${text}\n`).join('');
    const file = join(
      written({ 'inventory.yaml': `all:\n hosts: { a: }\n vars:\n${lines}` }),
      'inventory.yaml',
    );
    const { hosts } = await loadInventory(file);
    const theirs = JSON.parse(referee(['-i', file, '--host', 'a'])) as Record<string, unknown>;
    const wrong = plain.filter((text, index) => {
      const name = `v${index}`;
      const ours = hosts[0]?.vars[name];
      const other = otherToAnsible(text, ours);
      const same = theirs[name] === ours;
      if (other === undefined) return !same;
      if (other === 'a date') return typeof theirs[name] !== 'string';
      const told =
        typeof theirs[name] === 'string' ? `the text ${JSON.stringify(theirs[name])}` : String(theirs[name]);
      return same || other !== told;
    });
    expect(wrong).toEqual([]);
  });
});
