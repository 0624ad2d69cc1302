import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildTopology } from '../../src/apim/build.ts';
import { KnownError } from '../../src/errors.ts';
import { listed, sortedJson } from '../../src/input/listing.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { loadPlaybook } from '../../src/input/playbook.ts';
import { readInventory, refuseIssues } from '../../src/input/read-inventory.ts';
import { ask, samples, shortest } from '../support/fuzz.ts';

const root = mkdtempSync(join(tmpdir(), 'fuzz-inventories-'));
afterAll(() => rmSync(root, { recursive: true }));
const project = resolve(import.meta.dirname, '../..');

/** Values that mean the same in YAML 1.1 and 1.2. */
const scalar = fc.oneof(
  fc.constantFrom(
    1,
    0,
    -5,
    1.5,
    true,
    false,
    null,
    '',
    'text',
    'a b',
    'grüße',
    '1',
    'true',
    'null',
    '# no',
    "it's",
    '"',
    'a: b',
    '- a',
    '{',
    '%',
    '&a',
    '*a',
    '!a',
    'a\nb\n',
    '\\',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !/[{}\p{Cc}\p{Zl}\p{Zp}\ufeff]/u.test(text)),
);
const value = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), scalar, { maxKeys: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b'), fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 }), {
    maxKeys: 2,
  }),
);
const vars = fc.dictionary(
  fc.constantFrom('one', 'two', 'apim', 'three_3', 'ansible_group_priority_'),
  value,
  {
    maxKeys: 3,
  },
);
const host = fc.constantFrom(
  'gw1',
  'gw2',
  'km',
  'tm-1.example.com',
  '10.0.0.1',
  'n[1:3]',
  'n[01:03:2]',
  'x[a:c]y',
  'gw1:2222',
  'GW1',
  'a_b',
);
const group = fc.constantFrom('gateway', 'key_manager', 'east', 'west', 'all', 'ungrouped', 'a-b', 'leaf');
const hosts = fc.dictionary(host, fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, vars), {
  maxKeys: 4,
});

interface Written {
  hosts?: unknown;
  vars?: unknown;
  children?: unknown;
}
const odd = fc.constantFrom<unknown>(null, [], {}, 'text', 1, ['gw1'], true);
/** Mostly as it should be. */
const mostly = (sound: fc.Arbitrary<unknown>) => fc.oneof({ weight: 30, arbitrary: sound }, odd);
const { body } = fc.letrec<{ body: Written | null }>((tie) => ({
  body: fc.option(
    fc.record(
      {
        hosts: mostly(hosts),
        vars: mostly(vars),
        children: mostly(fc.dictionary(group, tie('body'), { maxKeys: 3, depthSize: 'small' } as object)),
      },
      { requiredKeys: [] },
    ),
    { freq: 6, depthSize: 'small', maxDepth: 3 },
  ),
}));
const tree = fc.oneof(
  { weight: 6, arbitrary: fc.record({ all: body }) },
  fc.dictionary(group, body, { minKeys: 1, maxKeys: 3 }),
);
const style = fc.record({
  indent: fc.constantFrom(2, 4),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
} as const);
const cases = fc
  .record({
    tree,
    style,
    groupVars: fc.dictionary(group, vars, { maxKeys: 2 }),
    hostVars: fc.dictionary(fc.constantFrom('gw1', 'km', 'n2'), vars, { maxKeys: 2 }),
    json: fc.boolean(),
  })
  .map((each) => {
    const text = each.json
      ? JSON.stringify(each.tree)
      : stringify(each.tree, { ...each.style, version: '1.1', aliasDuplicateObjects: false });
    return {
      'inventory.yaml': text,
      ...Object.fromEntries(
        Object.entries(each.groupVars).map(([name, own]) => [
          `group_vars/${name}.yml`,
          stringify(own, { version: '1.1' }),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(each.hostVars).map(([name, own]) => [`host_vars/${name}.json`, JSON.stringify(own)]),
      ),
    };
  });

let count = 0;
function written(files: Readonly<Record<string, string>>): string {
  count += 1;
  const folder = join(root, String(count));
  for (const kind of ['group_vars', 'host_vars']) mkdirSync(join(folder, kind), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What we see in an inventory, in Ansible's form, or why we refuse it. Anything else than a refusal is thrown. */
async function seen(file: string): Promise<{ value?: unknown; error?: string }> {
  try {
    const own = await readInventory(file, { vault: 'closed' });
    const value: unknown = JSON.parse(sortedJson(listed(own, true)));
    refuseIssues(own.issues);
    return { value };
  } catch (error) {
    if (error instanceof KnownError) return { error: error.message };
    throw error;
  }
}

/** What we refuse although Ansible does not: it passes over it, or over the whole file. */
const stricter: readonly RegExp[] = [
  /: names no hosts: put them under/,
  /: ungrouped has the hosts that are in no other group/,
  /: all is above every group and cannot be in one/,
  /: must be keys and values, such as /,
  /: \S+ cannot be in \S+: this group is inside itself/,
];

describe('an inventory in YAML', () => {
  it('is what ansible-inventory sees, with its variables, or is refused', async () => {
    const { all, from } = samples(cases, 250);
    const folders = all.map(written);
    const answers = ask<string, { value?: unknown; error?: string }>(
      'inventories',
      folders.map((folder) => join(folder, 'inventory.yaml')),
      { HOME: root, ANSIBLE_HASH_BEHAVIOUR: 'merge', ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true' },
    );
    const wrong: unknown[] = [];
    let both = 0;
    for (const [index, files] of all.entries()) {
      const own = await seen(join(folders[index] ?? '', 'inventory.yaml'));
      const answer = answers[index];
      if (own.value === undefined) {
        const strict = stricter.some((each) => each.test(own.error ?? ''));
        if (answer?.error === undefined && !strict) wrong.push({ files, own, answer });
      } else if (sortedJson(own.value) !== sortedJson(answer?.value)) wrong.push({ files, own, answer });
      else both += 1;
    }
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
    expect(both).toBeGreaterThan(all.length / 5);
  });
});

const iniWord = fc.constantFrom(
  ...['a=1', 'b=text', "c='a b'", 'd="x y"', 'e=True', 'f=None', 'g=0644', "h='[1, 2]'", 'i={"k":1}', 'j='],
  ...[
    'ansible_host=10.0.0.9',
    'k="it\'s"',
    'l=a#b',
    'm=a\\ b',
    'n=grüße',
    'o=-1.5',
    'p=a=b',
    'word',
    'q="',
    '#',
    '# c',
  ],
);
const iniHost = fc.constantFrom(
  'gw1',
  'gw2',
  'km',
  'n[1:3]',
  'n[01:03:2]',
  '10.0.0.1',
  'gw1:2222',
  'x[a:c]',
  'a_b',
);
const iniGroup = fc.constantFrom('gateway', 'key_manager', 'east', 'west', 'ungrouped', 'leaf');
const iniLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(iniHost, fc.array(iniWord, { maxLength: 3 }))
      .map(([name, words]) => [name, ...words].join(' ')),
  },
  { weight: 4, arbitrary: iniGroup.map((name) => `[${name}]`) },
  fc
    .tuple(iniGroup, fc.array(iniGroup, { minLength: 1, maxLength: 2 }))
    .map(([name, below]) => [`[${name}:children]`, ...below].join('\n')),
  fc
    .tuple(iniGroup, fc.array(iniWord, { minLength: 1, maxLength: 3 }))
    .map(([name, words]) => [`[${name}:vars]`, ...words].join('\n')),
  fc.constantFrom('', '# a comment', '; a comment', '   ', '[all:vars]', '[gateway] # c'),
);
const iniCases = fc
  .tuple(fc.array(iniLine, { minLength: 1, maxLength: 8 }), fc.constantFrom('\n', '\n', '\r\n'))
  .map(([lines, end]) => `${lines.join('\n')}\n`.replaceAll('\n', end));

describe('an inventory in INI', () => {
  it('is what ansible-inventory sees, with its variables, or is refused', async () => {
    const { all, from } = samples(iniCases, 250);
    const files = all.map((text) => join(written({ hosts: text }), 'hosts'));
    const answers = ask<string, { value?: unknown; error?: string }>('inventories', files, {
      ...{ HOME: root, ANSIBLE_HASH_BEHAVIOUR: 'merge', ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true' },
    });
    const wrong: unknown[] = [];
    let both = 0;
    for (const [index, text] of all.entries()) {
      const own = await seen(files[index] ?? '');
      const answer = answers[index];
      if (own.value === undefined) {
        const strict = stricter.some((each) => each.test(own.error ?? ''));
        if (answer?.error === undefined && !strict) wrong.push({ text, own, answer });
      } else if (sortedJson(own.value) !== sortedJson(answer?.value)) wrong.push({ text, own, answer });
      else both += 1;
    }
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
    expect(both).toBeGreaterThan(all.length / 10);
  });
});

/** A text with some of it doubled, taken away, or something else in its place. */
function altered(text: string): fc.Arbitrary<string> {
  const words = [
    '\n',
    ' ',
    '  ',
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|',
    '&a ',
    '*a',
    '<<: ',
    '!vault ',
    '!unsafe ',
    '{{ x }}',
    '~',
    '0',
    '-1',
    'yes',
    '\t',
    '\u0000',
    'ä',
    '#',
    '%',
    '1e999',
    '.nan',
    '__proto__',
    'constructor',
    'null',
    '@',
    '`',
    '99999999999999999999',
  ];
  const edit = fc.tuple(
    fc.nat(text.length),
    fc.nat(40),
    fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 3 })),
    fc.constantFrom('put', 'cut', 'double', 'line'),
  );
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((now, [at, long, word, how]) => {
      const from = at % (now.length + 1);
      if (how === 'put') return now.slice(0, from) + word + now.slice(from);
      if (how === 'cut') return now.slice(0, from) + word + now.slice(from + long);
      if (how === 'double') return now.slice(0, from + long) + now.slice(from);
      const begin = now.lastIndexOf('\n', from) + 1;
      const end = (now.indexOf('\n', from) + 1 || now.length) as number;
      return now.slice(0, begin) + now.slice(end);
    }, text),
  );
}

async function faultOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof KnownError && error.exitCode === 64) return undefined;
    return error instanceof Error ? error.stack : error;
  }
}

describe('what people wrote', () => {
  it('as an inventory is understood, or refused with exit code 64: never a fault of ours', async () => {
    const example = readFileSync(join(project, 'inventory.example.yaml'), 'utf8').replaceAll(
      /env:\w+/g,
      'fake-word-1A',
    );
    const { all, from } = samples(altered(example), 150);
    const file = join(root, 'altered.yaml');
    const wrong: unknown[] = [];
    for (const text of all) {
      writeFileSync(file, text);
      const fault = await faultOf(async () => buildTopology(await loadInventory(file), root));
      if (fault !== undefined) wrong.push({ fault, text });
    }
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });

  it('as a playbook is understood, or refused with exit code 64: never a fault of ours', async () => {
    const shipped = readdirSync(join(project, 'playbooks')).map((name) =>
      readFileSync(join(project, 'playbooks', name), 'utf8'),
    );
    const { all, from } = samples(fc.constantFrom(...shipped).chain(altered), 200);
    const file = join(root, 'altered-playbook.yaml');
    const wrong: unknown[] = [];
    for (const text of all) {
      writeFileSync(file, text);
      const fault = await faultOf(() => loadPlaybook(file));
      if (fault !== undefined) wrong.push({ fault, text });
    }
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });
});
