import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Inventory } from '../input/inventory.ts';

/** Inventories and the variables beside them: each file, and its name from the folder of its inventory on. */
export function inventoryFiles({ sources }: Inventory): { readonly path: string; readonly name: string }[] {
  const named = sources.flatMap(({ folder, files }, index) => {
    const beside = ['group_vars', 'host_vars'].flatMap((name) => filesBelow(join(folder, name)));
    const within = index === 0 ? '' : `more-${index}`;
    return [...files.map((file) => resolve(file)), ...beside].map((path) => ({
      path,
      name: join(within, relative(folder, path)),
    }));
  });
  // Inventories of one folder share what lies beside them.
  return [...new Map(named.reverse().map((each) => [each.path, each])).values()].reverse();
}

function filesBelow(folder: string): string[] {
  const found = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!found) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}
