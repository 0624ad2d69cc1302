import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import type { Inventory } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { matchHosts, selectHosts } from '../../src/input/pattern.ts';
import { tries } from '../support/fuzz.ts';

interface Answer {
  readonly hosts: readonly string[];
  readonly warnings: readonly string[];
  readonly error?: string;
}

interface Answers {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly answers: readonly { readonly listed: Answer; readonly limited: Answer }[];
}

const folder = mkdtempSync(join(tmpdir(), 'patterns-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** What Debian's `ansible-core` says of patterns. */
function ansible(inventory: string, patterns: readonly string[]): Answers {
  const script = resolve(import.meta.dirname, '../support/ansible-hosts.py');
  const text = execFileSync('/usr/bin/python3', ['-W', 'ignore', script], {
    input: JSON.stringify({ inventory: file(inventory), patterns }),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    // Only what is installed decides, nobody's own settings.
    env: { HOME: folder, PATH: process.env.PATH, ANSIBLE_CONFIG: file('ansible.cfg'), LC_ALL: 'C.UTF-8' },
  });
  return JSON.parse(text) as Answers;
}

// Ansible keeps the groups of one level in a set, so where two of them have groups below them, the order of those
// differs from run to run. Here only one of each level has.
const nested = `
all:
  hosts:
    bastion:
    db-1.example.com:
  children:
    components:
      children:
        key_manager: { hosts: { km: } }
        gateway:
          hosts:
            gw[1:3]:
          children:
            canary:
              hosts: { gw9: , gw2: }
              children:
                newest: { hosts: { gw-new.eu: } }
        publisher: { hosts: { pub: , pub-b: } }
    east: { hosts: { gw2: , km: , gw1: } }
    west: { hosts: { gw3: , "node[01:12:5]": } }
    empty: {}
    key_manager:
    six:
      hosts:
        "2001:db8::1":
        "2001:db8::2":
        "fe80::a:1":
    gw-group: { hosts: { "x[a:c]": } }
four:
  hosts: { 10.0.0.1: , 10.0.0.12: , gw1: }
`;

const branching = `
all:
  children:
    one: { children: { a: { hosts: { h3: , h1: } }, b: { hosts: { h2: } } } }
    two: { children: { b: , c: { hosts: { h4: , h1: } }, d: { children: { e: { hosts: { h5: } } } } } }
    127.0.0.1_group: { hosts: { 127.0.0.1: } }
  hosts: { h6: , h2: }
`;

beforeAll(() => {
  writeFileSync(file('ansible.cfg'), '');
  writeFileSync(file('nested.yaml'), nested);
  writeFileSync(file('branching.yaml'), branching);
  writeFileSync(file('hosts.txt'), 'gw3\n\n  gateway  \n!gw2\n');
  writeFileSync(file('wrong.txt'), 'gw3\ngw33\n');
  writeFileSync(file('signs.txt'), '!gateway\n&east\n');
});

/** Names, globs, expressions, subscripts, and joints between them; sound ones, and what slips of the hand make of them. */
function patterns(names: readonly string[], seed: number, count: number): string[] {
  const name = fc.constantFrom(...names);
  const piece = (text: string) => {
    const characters = [...text];
    return fc
      .tuple(fc.nat(characters.length), fc.nat(characters.length))
      .map(([a, b]) => characters.slice(Math.min(a, b), Math.max(a, b)).join(''));
  };
  const wild = fc.constantFrom(
    '*',
    '?',
    '**',
    '[!1]',
    '[12]',
    '[a-g]',
    '[!a-g]',
    '[]1]',
    '[^1]',
    '[1-]',
    '[3-1]',
    '.',
  );
  const globbed = fc
    .tuple(name.chain(piece), wild, name.chain(piece), fc.option(wild, { nil: '' }))
    .map((parts) => parts.join(''));
  const expression = fc.constantFrom(
    ...[
      'gw',
      'gw[12]',
      'gw[1-3]$',
      '(km|pub)',
      '.*',
      '.',
      '(?i)GW',
      '^g',
      'gw.$',
      '[^g]',
      'node\\d+',
      '\\w+-b',
    ],
    ...[
      '\\W',
      '(?P<x>gw)\\d',
      '(?P<x>g)(?P<x>w)',
      'gw\\Z',
      'gw1\\Z',
      '\\Agw',
      '(',
      '[',
      'gw(',
      '*',
      'gw**',
      'gw*?$',
    ],
    ...[
      'gw{2}',
      'n{1}o',
      'gw{',
      'x{,1}',
      '(?=gw).*1',
      '(?!gw)',
      '(?<=g)w',
      '(g)\\1',
      'gw++',
      '\\q',
      '(?x)g w',
      'gw+?',
    ],
    ...[
      '\\bkm\\b',
      'k\\Bm',
      '[\\w.]+$',
      '[\\d-]+',
      '[\\W\\d]+',
      '[z-a]',
      '[]a]',
      '(?:gw)[23]',
      'a|',
      '|',
      '()',
      'gw1|',
      '(?#c)gw',
    ],
    ...[
      '[[]',
      'gw\\',
      '\\x67w',
      '(?s).',
      '$',
      '2001.db8',
      '[0-9a-f]+',
      '\\.',
      '10\\.',
      '(gw|km)[0]',
      'gw[0]',
      '(?i)',
    ],
  );
  const subscript = fc.constantFrom(
    '[0]',
    '[1]',
    '[-1]',
    '[2]',
    '[7]',
    '[-9]',
    '[0:1]',
    '[1:]',
    '[0:0]',
    '[2:1]',
    '[1:0]',
    '[0-1]',
    '[0:99]',
    '[5:]',
    '[:2]',
    '[]',
  );
  const base = fc.oneof(
    { weight: 6, arbitrary: name },
    { weight: 2, arbitrary: globbed },
    { weight: 2, arbitrary: expression.map((text) => `~${text}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'all',
        '*',
        'ungrouped',
        'localhost',
        '127.0.0.1',
        '::1',
        'gw22',
        'gatewya',
        '',
        '@',
        '~',
      ),
    },
  );
  const part = fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: fc.constant('') },
        { weight: 4, arbitrary: fc.constantFrom('!', '&', '!!', '&!') },
      ),
      base,
      fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 2, arbitrary: subscript }),
    )
    .map((parts) => parts.join(''));
  const sound = fc
    .tuple(
      fc.constantFrom('', '', '', '!', '&'),
      fc.oneof(
        { weight: 4, arbitrary: fc.tuple(name, fc.constantFrom('', '', '', '[0]', '[-1]', '[0:1]', '[0:]')) },
        {
          weight: 1,
          arbitrary: fc.tuple(name, fc.constantFrom('*', '?*')).map(([text, end]) => [text.slice(0, 2), end]),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(name, fc.constantFrom('.*', '', '.+$'))
            .map(([text, end]) => ['~', text.slice(0, 3), end]),
        },
      ),
    )
    .map(([sign, words]) => `${sign}${words.join('')}`);
  const joined = (each: fc.Arbitrary<string>, joints: readonly string[]) =>
    fc
      .tuple(fc.array(each, { minLength: 1, maxLength: 4 }), fc.constantFrom(...joints))
      .map(([parts, joint]) => parts.join(joint));
  const noise = fc.string({ unit: fc.constantFrom(...'gwkm012[]()!&~:,.*?-@\\^$ {}'), maxLength: 12 });
  const whole = fc.oneof(
    { weight: 8, arbitrary: joined(sound, [':', ',']) },
    { weight: 8, arbitrary: joined(part, [':', ':', ',', ', ', ' ', '::', ',:']) },
    { weight: 1, arbitrary: noise },
  );
  return [...new Set(fc.sample(whole, { seed, numRuns: count }))];
}

/** Where we refuse what Ansible lets pass, each with the reason. Nothing else may differ. */
const stricter: readonly { readonly says: RegExp; readonly because: string }[] = [
  { says: /names nothing/, because: 'Ansible takes a pattern without any name for all hosts' },
  {
    says: /this \[ is not closed|this \] closes nothing/,
    because: 'Ansible leaves out the bracket and reads on',
  },
  { says: /a regular expression is to follow the ~/, because: 'an empty expression fits every host' },
  { says: /takes nothing: /, because: 'a range of nobody is left out in silence' },
  { says: /ends before it begins/, because: 'Ansible takes [1:0] for [1], and [2:1] for nobody' },
  {
    says: /is no longer written so/,
    because: 'Ansible says that [0-1] has been removed, and takes it still',
  },
  {
    says: /the range .* holds nothing/,
    because: 'Python drops the range in silence, and what follows may change its meaning',
  },
  {
    says: /refers to a group, which is not possible here/,
    because: 'JavaScript lets a group that took no part be nothing',
  },
  {
    says: /\(\?[<(>-]?.? cannot be used here|the flag . cannot be used here|\+ cannot be used here/,
    because: 'JavaScript has no such thing, or another',
  },
  { says: /cannot stand between brackets here/, because: 'JavaScript has no opposite of a set within a set' },
];

function ours(inventory: Inventory, pattern: string): { hosts: readonly string[]; error?: string } {
  try {
    return { hosts: selectHosts(inventory, pattern).map((host) => host.name) };
  } catch (error) {
    if (!(error instanceof KnownError) || error.exitCode !== 64) throw error;
    return { hosts: [], error: error.message };
  }
}

/** How an answer of ours differs from Ansible's, beyond what may. */
function difference(pattern: string, own: ReturnType<typeof ours>, theirs: Answer, order: boolean): string[] {
  const show = (why: string) => [
    `${pattern}: ${why}; ours: ${JSON.stringify(own)}; theirs: ${JSON.stringify(theirs)}`,
  ];
  if (own.error === undefined) {
    if (theirs.error !== undefined) return show('Ansible refuses it');
    if (theirs.warnings.length > 0) return show('Ansible warns');
    const sorted = (names: readonly string[]) => (order ? names : [...names].sort()).join(' ');
    return sorted(own.hosts) === sorted(theirs.hosts) ? [] : show('other hosts, or another order');
  }
  if (theirs.error !== undefined || theirs.hosts.length === 0) return [];
  if (theirs.warnings.some((warning) => warning.startsWith('Could not match'))) return [];
  return stricter.some(({ says }) => says.test(own.error ?? '')) ? [] : show('we refuse it');
}

describe('host patterns, beside Ansible', () => {
  it('the groups have the same hosts in the same order', async () => {
    const { groups } = ansible('nested.yaml', []);
    expect(Object.fromEntries((await loadInventory(file('nested.yaml'))).groups)).toEqual(groups);
    const unordered = (each: object) =>
      Object.fromEntries(
        Object.entries(each).map(([name, members]) => [name, [...(members as string[])].sort()]),
      );
    expect(unordered(Object.fromEntries((await loadInventory(file('branching.yaml'))).groups))).toEqual(
      unordered(ansible('branching.yaml', []).groups),
    );
  });

  it('thousands of patterns take the same hosts in the same order, or are refused for a reason that stands here', async () => {
    const inventory = await loadInventory(file('nested.yaml'));
    const names = [...inventory.groups.keys(), ...inventory.hosts.map((host) => host.name)];
    const { seed, numRuns } = tries(6_000, 20_260_801);
    const asked = patterns(names, seed, numRuns);
    const { answers } = ansible('nested.yaml', asked);
    const results = asked.map((pattern) => ours(inventory, pattern));
    const wrong = asked.flatMap((pattern, index) => {
      const [own, theirs] = [results[index], answers[index]?.listed];
      if (own === undefined || theirs === undefined) throw new Error('an answer is missing');
      return difference(pattern, own, theirs, true);
    });
    expect({ seed, wrong: wrong.slice(0, 10) }).toEqual({ seed, wrong: [] });
    expect(results.filter(({ error }) => error === undefined).length).toBeGreaterThan(1_000);
    const unused = stricter.filter(({ says }) => !results.some(({ error }) => says.test(error ?? '')));
    expect(unused).toEqual([]);
  });

  it('where the order is not Ansible’s own, they are the same hosts', async () => {
    const inventory = await loadInventory(file('branching.yaml'));
    const names = [...inventory.groups.keys(), ...inventory.hosts.map((host) => host.name)];
    const { seed, numRuns } = tries(1_500, 7);
    const asked = patterns(names, seed, numRuns).filter((pattern) => !/\[-?\d/.test(pattern));
    const { answers } = ansible('branching.yaml', asked);
    const wrong = asked.flatMap((pattern, index) =>
      difference(
        pattern,
        ours(inventory, pattern),
        answers[index]?.listed ?? { hosts: [], warnings: [] },
        false,
      ),
    );
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  it('a --limit leaves the same hosts, files of hosts included', async () => {
    const inventory = await loadInventory(file('nested.yaml'));
    const asked = ['hosts.txt', 'wrong.txt', 'signs.txt', 'missing.txt'].map((name) => `@${file(name)}`);
    asked.push(
      `km:@${file('hosts.txt')}`,
      `@${file('hosts.txt')},!gw1`,
      `!@${file('hosts.txt')}`,
      `@${folder}`,
    );
    asked.push('gateway:!gw2', 'gateway:&east', 'gw1,km', 'localhost');
    const all = inventory.groups.get('all') ?? [];
    const wrong = ansible('nested.yaml', asked).answers.flatMap(({ limited }, index) => {
      const pattern = asked[index] ?? '';
      const { hosts, ...rest } = ours(inventory, pattern);
      return difference(
        pattern,
        { hosts: all.filter((name) => hosts.includes(name)), ...rest },
        limited,
        true,
      );
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  it('several patterns of a play are read as one', async () => {
    const inventory = await loadInventory(file('nested.yaml'));
    const { hosts } = matchHosts(inventory, ['gateway', '!gw2', 'km']);
    expect(hosts.map((host) => host.name)).toEqual(['gw1', 'gw3', 'gw9', 'gw-new.eu', 'km']);
  });
});
