import type { Issue } from '../errors.ts';
import type { Place } from './inventory.ts';
import { expandRange } from './range.ts';
import type { VarSource } from './vars.ts';
import type { YamlDocument } from './yaml.ts';

/** One group: its variables, wherever they were written, and the groups above it. */
export interface Group {
  readonly vars: VarSource[];
  readonly parents: Set<string>;
  /** Groups right below it, in the order written. */
  readonly children: Set<string>;
  readonly hosts: Set<string>;
}

/** What the inventory file itself says. */
export interface GroupTree {
  readonly groups: ReadonlyMap<string, Group>;
  /** Every host, in the order written, and where it was written first. */
  readonly hosts: ReadonlyMap<string, Place>;
  readonly hostVars: ReadonlyMap<string, readonly VarSource[]>;
}

type Path = readonly (string | number)[];

/** Reads the groups of an inventory document. Mistakes of form are added to `issues`. */
export function readGroups(document: YamlDocument, file: string, issues: Issue[]): GroupTree {
  const groups = new Map<string, Group>();
  const hosts = new Map<string, Place>();
  const hostVars = new Map<string, VarSource[]>();
  const say = (path: Path, message: string) =>
    issues.push({ ...document.place(path), path: path.join('.'), message });

  const groupNamed = (name: string): Group => {
    const known = groups.get(name) ?? {
      vars: [],
      parents: new Set(name === 'all' ? [] : ['all']),
      children: new Set(),
      hosts: new Set(),
    };
    groups.set(name, known);
    return known;
  };

  const mapping = (value: unknown, path: Path, form: string): [string, unknown][] => {
    if (value === null || value === undefined) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return Object.entries(value);
    say(path, `must be keys and values, such as ${form}`);
    return [];
  };

  const readHosts = (group: Group, value: unknown, path: Path) => {
    for (const [pattern, vars] of mapping(value, path, '{ km: { ansible_host: 10.0.0.11 } }')) {
      const at = [...path, pattern];
      const names = expandRange(pattern);
      if (names === undefined) {
        say(at, `the range in "${pattern}" makes no sense; write gw[1:3] or gw[a:c]`);
        continue;
      }
      const entries = mapping(vars, at, '{ ansible_host: 10.0.0.11 }');
      for (const name of names) {
        if (!hosts.has(name)) hosts.set(name, document.place(at));
        group.hosts.add(name);
        if (entries.length > 0)
          hostVars.set(name, [
            ...(hostVars.get(name) ?? []),
            sourceAt(document, Object.fromEntries(entries), at),
          ]);
      }
    }
  };

  const readGroup = (name: string, value: unknown, path: Path, parent: string | undefined) => {
    const group = groupNamed(name);
    if (parent !== undefined) group.parents.add(parent);
    for (const [key, inner] of mapping(value, path, '{ hosts: { … }, children: { … }, vars: { … } }')) {
      const at = [...path, key];
      if (key === 'hosts') readHosts(group, inner, at);
      else if (key === 'vars')
        group.vars.push(sourceAt(document, Object.fromEntries(mapping(inner, at, '{ name: value }')), at));
      else if (key === 'children')
        for (const [child, below] of mapping(inner, at, '{ gateway: { hosts: … } }')) {
          if (child === 'all') say([...at, child], 'all is above every group and cannot be in one');
          else {
            readGroup(child, below, [...at, child], name);
            group.children.add(child);
          }
        }
      else say(at, `unknown key; a group has hosts, children and vars`);
    }
  };

  groupNamed('all');
  for (const [name, value] of mapping(document.value, [], `{ all: { … } }`))
    readGroup(name, value, [name], undefined);
  for (const name of groups.keys()) {
    if (isAbove(groups, name, name))
      issues.push({ file, line: 1, column: 1, path: name, message: 'this group is inside itself' });
  }
  return { groups, hosts, hostVars };
}

/** The groups of a host in Ansible's order: `all` first, then by depth, then by name; so the later wins. */
export function groupsOf({ groups }: GroupTree, host: string): string[] {
  const found = new Set<string>(['all']);
  const add = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    for (const parent of groups.get(name)?.parents ?? []) add(parent);
  };
  for (const [name, group] of groups) if (group.hosts.has(host)) add(name);
  // A group inside itself is told of elsewhere; here it must only come to an end.
  const depth = (name: string, below: readonly string[] = []): number => {
    const parents = [...(groups.get(name)?.parents ?? [])].filter((parent) => !below.includes(parent));
    return parents.length === 0
      ? 0
      : 1 + Math.max(...parents.map((parent) => depth(parent, [...below, name])));
  };
  const priority = (name: string): number =>
    Number(
      groups
        .get(name)
        ?.vars.map((source) => source.values.ansible_group_priority)
        .findLast((each) => each !== undefined) ?? 1,
    );
  return [...found].sort((a, b) => depth(a) - depth(b) || priority(a) - priority(b) || (a < b ? -1 : 1));
}

/**
 * The members of every group in Ansible's order: its own, then those of the groups below it, level by level. `all` and
 * `ungrouped` are there in any case, and come first.
 */
export function membersOf(tree: GroupTree): Map<string, readonly string[]> {
  const { groups, hosts } = tree;
  const inNone = [...hosts.keys()].filter(
    (host) => ![...groups].some(([name, group]) => !general.includes(name) && group.hosts.has(host)),
  );
  const own = (name: string): readonly string[] =>
    name === 'ungrouped' ? inNone : [...(groups.get(name)?.hosts ?? [])];
  const below = (name: string): readonly string[] => {
    const { children = [] } = groups.get(name) ?? {};
    if (name !== 'all') return [...children];
    // Whatever is below nothing else is below `all`, after what was written there.
    const top = [...groups].filter(([each, { parents }]) => each !== 'all' && parents.size === 1);
    return [...new Set(['ungrouped', ...children, ...top.map(([each]) => each)])];
  };
  const names = new Set([...general, ...groups.keys()]);
  return new Map(
    [...names].map((name) => {
      const walked = new Set<string>();
      for (let level: readonly string[] = [name]; level.length > 0; ) {
        for (const each of level) walked.add(each);
        level = level.flatMap(below).filter((each) => !walked.has(each));
      }
      return [name, [...new Set([...walked].flatMap(own))]];
    }),
  );
}

const general: readonly string[] = ['all', 'ungrouped'];

function isAbove(
  groups: ReadonlyMap<string, Group>,
  above: string,
  name: string,
  seen = new Set<string>(),
): boolean {
  for (const parent of groups.get(name)?.parents ?? []) {
    if (parent === above) return true;
    if (seen.has(parent)) continue;
    seen.add(parent);
    if (isAbove(groups, above, parent, seen)) return true;
  }
  return false;
}

function sourceAt(document: YamlDocument, values: Record<string, unknown>, base: Path): VarSource {
  return { values, place: (path) => document.place([...base, ...path]) };
}
