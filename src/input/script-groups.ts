import { InputError, type Issue } from '../errors.ts';
import type { TreeBuilder } from './group-tree.ts';
import type { Position } from './inventory.ts';
import { askInventoryScript } from './inventory-script.ts';
import { isMap } from './untemplated.ts';
import type { VarSource } from './vars.ts';
import { type Opening, unlocked } from './yaml.ts';

/**
 * Asks an inventory script, as Ansible does: `--list`, and `--host NAME` for each host unless the first answer has variables
 * under `_meta`. Mistakes are added to `issues`, with what they are about in the answer; throws `UsageError` if it fails.
 */
export async function readScriptGroups(
  file: string,
  vault: Opening | undefined,
  tree: TreeBuilder,
  issues: Issue[],
): Promise<void> {
  const position: Position = { file, line: 1, column: 1 };
  const say = (path: string, message: string) => issues.push({ ...position, path, message });
  const source = (values: Record<string, unknown>): VarSource => ({ values, position: () => position });
  const ask = async (words: readonly string[]): Promise<unknown> =>
    unlocked(await askInventoryScript(file, words), [], () => position, issues, vault);

  const answer = await ask(['--list']);
  if (!isMap(answer))
    throw new InputError([
      { ...position, path: '--list', message: 'must be answered by keys and values: groups, and _meta' },
    ]);
  const hosts = new Set<string>();
  for (const [group, written] of Object.entries(answer)) {
    if (group === '_meta') continue;
    const data = simplified(group, written);
    tree.addGroup(group);
    for (const host of texts(data.hosts, `${group}.hosts`, 'names of hosts')) {
      hosts.add(host);
      tree.addHost(group, host, { ...position, path: `${group}.hosts` });
    }
    if (isMap(data.vars)) tree.addGroupVars(group, source(data.vars));
    else if (data.vars !== undefined) say(`${group}.vars`, 'must be keys and values');
    for (const child of texts(data.children, `${group}.children`, 'names of groups')) {
      if (child !== 'all') tree.addGroup(child);
      tree.addChild(group, child, { ...position, path: `${group}.children` });
    }
  }
  const meta = isMap(answer._meta) ? answer._meta.hostvars : undefined;
  for (const host of hosts) {
    const vars = meta === undefined ? await ask(['--host', host]) : isMap(meta) ? meta[host] : undefined;
    if (isMap(vars)) tree.addHostVars(host, source(vars));
    else if (vars !== undefined && vars !== null)
      say(meta === undefined ? `--host ${host}` : `_meta.hostvars.${host}`, 'must be keys and values');
  }

  function texts(value: unknown, path: string, what: string): readonly string[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')) return value;
    say(path, `must be a list of ${what}`);
    return [];
  }
}

/** A list is hosts; and what has neither hosts, variables nor children is the variables of a host of that name. */
function simplified(group: string, data: unknown): Record<string, unknown> {
  if (!isMap(data)) return { hosts: data };
  const isGroup = ['hosts', 'vars', 'children'].some((key) => key in data);
  return isGroup ? data : { hosts: [group], vars: data };
}
