import { dirname, resolve } from 'node:path';
import type { Issue } from '../errors.ts';
import { membersOf } from './group-tree.ts';
import type { Host, Inventory, Position } from './inventory.ts';
import { inventoryFolder } from './inventory-paths.ts';
import { loginFrom } from './login.ts';
import { withSettings } from './login-settings.ts';
import { type InventoryOptions, readInventory, refuseIssues } from './read-inventory.ts';
import { layVars } from './vars.ts';

/**
 * Reads an Ansible inventory with the `group_vars/` and `host_vars/` beside it. Throws `InputError` with every
 * issue of form, and `UsageError` if there is no such file. What variables mean is checked later.
 */
export async function loadInventory(file: string, options: InventoryOptions = {}): Promise<Inventory> {
  const written = await readInventory(file, options);
  const { tree } = written;
  const issues: Issue[] = [];
  const folder = inventoryFolder(file);
  const hosts = [...tree.hosts].map(([name, place]): Host => {
    const vars = layVars(written.sourcesOf(name), {
      inventory_dir: dirname(resolve(place.file)),
      inventory_file: resolve(place.file),
      inventory_hostname: name,
    });
    issues.push(...vars.issues);
    const position = (path: readonly (string | number)[]): Position => vars.position(path) ?? place;
    const entered = withSettings({ values: vars.values, position }, options.loginSettings);
    return {
      name,
      groups: written
        .groupsOf(name)
        .filter((group) => group !== 'all')
        .reverse(),
      vars: vars.values,
      position,
      written: vars.written,
      login: loginFrom(name, entered.values, entered.position, folder, issues),
    };
  });
  refuseIssues([...written.issues, ...issues]);
  return { file, sources: written.sources, hosts, groups: membersOf(tree) };
}
