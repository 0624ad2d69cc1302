import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** An inventory and the variables beside it: each file, and its name from the folder of the inventory on. */
export function inventoryFiles(inventoryFile: string): { readonly path: string; readonly name: string }[] {
  const folder = dirname(resolve(inventoryFile));
  const beside = ['group_vars', 'host_vars'].flatMap((name) => filesBelow(join(folder, name)));
  return [
    { path: resolve(inventoryFile), name: basename(inventoryFile) },
    ...beside.map((path) => ({ path, name: relative(folder, path) })),
  ];
}

function filesBelow(folder: string): string[] {
  const found = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!found) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}
