import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type ShowInventoryOptions, showInventory } from '../../src/cli/show-inventory.ts';
import { UsageError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'show-inventory-'));
const file = join(folder, 'hosts');
const more = join(folder, 'more.yaml');
writeFileSync(file, '[gateway]\ngw1 ansible_password=fake-one\n[site:children]\ngateway\n');
writeFileSync(more, 'gateway: { hosts: { gw2: { ansible_prot: 1 } } }\n');
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function shown(options: ShowInventoryOptions): Promise<string> {
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await showInventory(file, options)).toBe(0);
  const text = said.mock.calls.map(([part]) => String(part)).join('');
  said.mockRestore();
  return text;
}

describe('an inventory is shown', () => {
  it('as a list, with those that are added, whatever is wrong in a login', async () => {
    expect(JSON.parse(await shown({ list: true, inventory: [more] }))).toEqual({
      _meta: { hostvars: { gw1: { ansible_password: '(secret)' }, gw2: { ansible_prot: 1 } } },
      all: { children: ['ungrouped', 'site'] },
      gateway: { hosts: ['gw1', 'gw2'] },
      site: { children: ['gateway'] },
    });
  });

  it('by a host, with passwords only where that is wanted', async () => {
    expect(JSON.parse(await shown({ host: 'gw1' }))).toEqual({ ansible_password: '(secret)' });
    expect(JSON.parse(await shown({ host: 'gw1', reveal: true }))).toEqual({ ansible_password: 'fake-one' });
  });

  it('as a picture, of all or below a group', async () => {
    expect(await shown({ graph: true })).toBe(
      '@all:\n  |--@ungrouped:\n  |--@site:\n  |  |--@gateway:\n  |  |  |--gw1\n',
    );
    expect(await shown({ graph: 'gateway' })).toBe('@gateway:\n  |--gw1\n');
  });

  it.each<[ShowInventoryOptions, string]>([
    [{}, 'nothing is asked for: --list, --host NAME or --graph [GROUP]'],
    [{ list: true, graph: true }, 'one of them at a time: --list, --host NAME or --graph [GROUP]'],
    [{ host: 'gw2' }, 'has no host "gw2"; did you mean "gw1"?'],
    [{ graph: 'gatway' }, 'has no group "gatway"; did you mean "gateway"?'],
  ])('but not for %j', async (options, message) => {
    const asked = showInventory(file, options);
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toBeInstanceOf(UsageError);
  });
});
