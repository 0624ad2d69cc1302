import type { Issue } from '../errors.ts';
import type { TreeBuilder } from './group-tree.ts';
import { namesIn } from './host-names.ts';
import type { VarSource } from './vars.ts';
import type { YamlDocument } from './yaml.ts';

type Path = readonly (string | number)[];

/** Reads the groups of an inventory document. Mistakes of form are added to `issues`. */
export function readYamlGroups(
  document: YamlDocument,
  tree: TreeBuilder,
  issues: Issue[],
  isVaulted = false,
): void {
  const sourceAt = (values: Record<string, unknown>, base: Path): VarSource => ({
    values,
    isVaulted,
    position: (path) => document.position([...base, ...path]),
    written: (path) => document.written([...base, ...path]),
  });
  const placeOf = (path: Path) => ({ ...document.position(path), path: path.join('.') });
  const say = (path: Path, message: string) => issues.push({ ...placeOf(path), message });

  const mapping = (value: unknown, path: Path, form: string): [string, unknown][] => {
    if (value === null || value === undefined) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return Object.entries(value);
    say(path, `must be keys and values, such as ${form}`);
    return [];
  };

  const readHosts = (group: string, value: unknown, path: Path) => {
    for (const [pattern, vars] of mapping(value, path, '{ km: { ansible_host: 10.0.0.11 } }')) {
      const at = [...path, pattern];
      const { names, port, wrong } = namesIn(pattern);
      if (wrong !== undefined) {
        say(at, wrong);
        continue;
      }
      const entries = mapping(vars, at, '{ ansible_host: 10.0.0.11 }');
      const source = sourceAt(Object.fromEntries(entries), at);
      const place = placeOf(at);
      for (const name of names) {
        tree.addHost(group, name, place, port);
        if (entries.length > 0) tree.addHostVars(name, source);
      }
    }
  };

  const readGroup = (name: string, value: unknown, path: Path) => {
    tree.addGroup(name);
    for (const [key, inner] of mapping(value, path, '{ hosts: { … }, children: { … }, vars: { … } }')) {
      const at = [...path, key];
      if (key === 'hosts') readHosts(name, inner, at);
      else if (key === 'vars')
        tree.addGroupVars(name, sourceAt(Object.fromEntries(mapping(inner, at, '{ name: value }')), at));
      else if (key === 'children')
        for (const [child, below] of mapping(inner, at, '{ gateway: { hosts: … } }')) {
          if (child !== 'all') readGroup(child, below, [...at, child]);
          tree.addChild(name, child, placeOf([...at, child]));
        }
      else say(at, `unknown key; a group has hosts, children and vars`);
    }
  };

  for (const [name, value] of mapping(document.value, [], `{ all: { … } }`)) readGroup(name, value, [name]);
}
