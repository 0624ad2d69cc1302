import type { Issue } from '../errors.ts';
import type { Position } from './inventory.ts';
import { expandRange } from './range.ts';
import type { VarSource } from './vars.ts';
import type { YamlDocument } from './yaml.ts';

/** One group: its variables, wherever they were written, and the groups above it. */
interface Group {
  readonly vars: VarSource[];
  readonly parents: Set<string>;
  /** The groups right below it, in Ansible's order. */
  readonly children: Set<string>;
  readonly hosts: Set<string>;
}

/** What the inventory file itself says. */
export interface GroupTree {
  readonly groups: ReadonlyMap<string, Group>;
  /** Every host, in the order written, and where it was written first. */
  readonly hosts: ReadonlyMap<string, Position>;
  readonly hostVars: ReadonlyMap<string, readonly VarSource[]>;
}

type Path = readonly (string | number)[];

/** Reads the groups of an inventory document. Mistakes of form are added to `issues`. */
export function readGroups(document: YamlDocument, file: string, issues: Issue[]): GroupTree {
  const groups = new Map<string, Group>();
  const hosts = new Map<string, Position>();
  const hostVars = new Map<string, VarSource[]>();
  const say = (path: Path, message: string) =>
    issues.push({ ...document.position(path), path: path.join('.'), message });

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
        if (!hosts.has(name)) hosts.set(name, document.position(at));
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

  groupNamed('all').children.add('ungrouped');
  groupNamed('ungrouped');
  for (const [name, value] of mapping(document.value, [], `{ all: { … } }`))
    readGroup(name, value, [name], undefined);
  for (const name of groups.keys()) {
    if (isAbove(groups, name, name))
      issues.push({ file, line: 1, column: 1, path: name, message: 'this group is inside itself' });
  }
  const tree = { groups, hosts, hostVars };
  settle(tree);
  return tree;
}

/** What Ansible does once everything is read: `all` is above every group, and `ungrouped` has who is in no other. */
function settle({ groups, hosts }: GroupTree): void {
  const all = groups.get('all');
  const ungrouped = groups.get('ungrouped');
  const below = new Set([...groups.values()].flatMap((group) => [...group.children]));
  for (const name of groups.keys()) if (name !== 'all' && !below.has(name)) all?.children.add(name);
  const grouped = new Set(
    [...groups].flatMap(([name, group]) => (name === 'all' || name === 'ungrouped' ? [] : [...group.hosts])),
  );
  for (const name of hosts.keys())
    if (grouped.has(name)) ungrouped?.hosts.delete(name);
    else ungrouped?.hosts.add(name);
}

/** The hosts of every group in Ansible's order: its own, then those of the groups below it, level by level. */
export function membersOf({ groups }: GroupTree): Map<string, readonly string[]> {
  const members = (name: string): string[] => {
    const seen = new Set<string>();
    const found = new Set<string>();
    for (let level = [name]; level.length > 0; ) {
      const next = level.filter((each) => !seen.has(each));
      for (const each of next) seen.add(each);
      for (const each of next) for (const host of groups.get(each)?.hosts ?? []) found.add(host);
      level = next.flatMap((each) => [...(groups.get(each)?.children ?? [])]);
    }
    return [...found];
  };
  return new Map([...groups.keys()].map((name) => [name, members(name)]));
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
  return { values, position: (path) => document.position([...base, ...path]) };
}
