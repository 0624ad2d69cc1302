import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/input/inventory.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { matchHosts } from '../../src/input/pattern.ts';
import { runProcess } from '../lab/process.ts';

/** Groups in groups, ranges, names with dots, dashes and colons, hosts in several groups and in none. */
const text = `
all:
  hosts:
    bastion: {}
    "2001:db8::1": {}
  children:
    key_manager: { hosts: { km: {}, km-2: {} } }
    apim:
      hosts: { extra: {} }
      children:
        publisher: { hosts: { pub.example.com: {}, pub2.example.com: {} } }
        gateway: { hosts: { "gw[1:4]": {}, gwx: {} } }
    east: { hosts: { gw2: {}, km: {}, pub.example.com: {} } }
    nobody: {}
`;

let folder: string;
let inventory: Inventory;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patterns-'));
  await writeFile(join(folder, 'inventory.yaml'), text);
  inventory = await loadInventory(join(folder, 'inventory.yaml'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What Ansible says, for many patterns in one go: null where it fails. */
async function ansible(patterns: readonly string[]): Promise<(readonly string[] | null)[]> {
  const script = resolve(import.meta.dirname, '../support/ansible-hosts.py');
  const input = JSON.stringify({ inventory: join(folder, 'inventory.yaml'), patterns });
  const outcome = await runProcess(['/usr/bin/python3', script], {
    input,
    environment: { LANG: 'C.UTF-8', HOME: folder },
  });
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout) as (readonly string[] | null)[];
}

/** Our hosts, or undefined where we refuse. */
function ours(pattern: string): readonly string[] | undefined {
  const { hosts, problems } = matchHosts(inventory, pattern);
  return problems.length > 0 ? undefined : hosts.map(({ name }) => name);
}

const words = [
  ...['all', '*', 'ungrouped', 'gateway', 'apim', 'east', 'key_manager', 'publisher', 'nobody'],
  ...['bastion', 'km', 'km-2', 'gw1', 'gw4', 'gwx', 'pub.example.com', 'extra', 'gw22', 'gatewya'],
  ...['gw*', '*.com', 'k?', 'gw[!1]', 'gw[12]', 'gw[1-3]*', '[gk]*', 'g*', 'ungr*', '*w[!2-3]', '[]g]*'],
  ...['~gw[12]', '~gw', '~.*\\.com', '~(km|gw1)$', '~^e', '~gw\\d$', '~[', '~gw(', '~(?P<a>km)', '~[^g]'],
] as const;
const subscripts = ['[0]', '[1]', '[-1]', '[-2]', '[0:1]', '[1:]', '[2:9]', '[7]', '[1:0]', '[0:0]'];

const part = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '&'),
    fc.constantFrom(...words),
    fc.option(fc.constantFrom(...subscripts), { freq: 3, nil: '' }),
  )
  .map(([sign, word, subscript]) => sign + word + (word.startsWith('~') ? '' : subscript));
const pattern = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom(',', ':', ', '))
  .map(([parts, join]) => parts.join(join));
/** Anything that such a pattern could be made of. */
const noise = fc
  .array(fc.constantFrom(...'gkwm12*?[]!&:,~-^().\\ @ab'), { minLength: 1, maxLength: 9 })
  .map((letters) => letters.join(''));

describe('host patterns, beside Ansible', () => {
  it.each([
    'gateway:!gateway[0]',
    'gw[!1]',
    'gateway[0],km',
    'gateway[0:1]',
    '~gw[1:2]',
    'all:!ungrouped',
    'all',
    '*',
    'apim',
    'east:gateway',
    'gateway:&east',
    '!gateway',
    '&east:!km',
    '2001:db8::1',
    '2001:db8::1,km',
    'km gw1',
    'g*[0:2]',
  ])('%s names the same hosts in the same order', async (each) => {
    expect([ours(each)]).toEqual(await ansible([each]));
  });

  it.each([
    ['parts of two kinds in one pattern', 'gateway:!gw2,km'],
    ['a part that leaves out nobody', 'gateway:!gw22'],
    ['a part that fits nobody beside one that does', 'gateway,gatewya'],
    ['positions with a dash', 'gateway[0-1]'],
    ['positions that end before they begin', 'gateway[1:0]'],
    ['a bracket that is not closed', 'gw[1'],
  ])('%s is refused, where Ansible takes it', async (_what, each) => {
    const [theirs] = await ansible([each]);
    expect(theirs).not.toBeNull();
    expect(ours(each)).toBeUndefined();
  });

  it('some thousand generated patterns name the same hosts in the same order, or are refused', async () => {
    const patterns = [
      ...fc.sample(pattern, { numRuns: 4_000, seed: 1 }),
      ...fc.sample(noise, { numRuns: 2_000, seed: 2 }),
    ];
    const theirs = await ansible(patterns);
    const taken = patterns.flatMap((each, index) => {
      const mine = ours(each);
      return mine === undefined ? [] : [{ each, mine, theirs: theirs[index] }];
    });
    expect(taken.filter(({ mine, theirs: other }) => mine.join() !== other?.join())).toEqual([]);
    // A test that refuses everything would pass as well.
    expect(taken.length).toBeGreaterThan(1_500);
    const whole = patterns.filter((each, index) => ours(each) === undefined && theirs[index] !== null);
    const reasons = whole.map((each) => matchHosts(inventory, each).problems.map(({ message }) => message));
    const allowed =
      /fits no host|two colons|nothing follows|two ways|ends before|bracket|names nothing|cannot be read|not supported|regular expression|not closed/;
    expect(reasons.flat().filter((reason) => !allowed.test(reason))).toEqual([]);
  });
});
