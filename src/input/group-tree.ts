import { InputError, type Issue } from '../errors.ts';
import type { Position } from './inventory.ts';
import type { VarSource } from './vars.ts';

/** One group: its variables, wherever they were written, and the groups around it. */
interface Group {
  readonly vars: VarSource[];
  /** Among groups of the same depth the one with the greater number wins. */
  priority: number;
  readonly parents: Set<string>;
  /** The groups right below it, in Ansible's order. */
  readonly children: Set<string>;
  readonly hosts: Set<string>;
}

/** What the inventory itself says; not the files of variables beside it. */
export interface GroupTree {
  readonly groups: ReadonlyMap<string, Group>;
  /** Every host, in the order written, and where it was written first. */
  readonly hosts: ReadonlyMap<string, Position>;
  readonly hostVars: ReadonlyMap<string, readonly VarSource[]>;
}

/** Groups and hosts as they are read: from any form, and from any number of files. Mistakes are kept as issues. */
export interface TreeBuilder {
  has(group: string): boolean;
  addGroup(group: string): void;
  addChild(group: string, child: string, at: WrittenAt): void;
  /** The group has to be there. The port is that of its name, which counts where the host is new. */
  addHost(group: string, host: string, at: WrittenAt, port?: number): void;
  addGroupVars(group: string, source: VarSource): void;
  addHostVars(host: string, source: VarSource): void;
  /** What there is once everything is read. */
  settled(): GroupTree;
}

/** Where something was written, and what it is called there. */
interface WrittenAt extends Position {
  readonly path: string;
}

/** Ranges make many of few lines; this is more than can be worked with. */
const mostHosts = 100_000;

/** An empty tree. Throws `InputError` for more hosts than anybody has; any other mistake is added to `issues`. */
export function createTree(issues: Issue[]): TreeBuilder {
  const groups = new Map<string, Group>();
  const hosts = new Map<string, Position>();
  const hostVars = new Map<string, VarSource[]>();
  const groupNamed = (name: string): Group => {
    const known = groups.get(name) ?? {
      vars: [],
      priority: 1,
      parents: new Set(name === 'all' ? [] : ['all']),
      children: new Set(),
      hosts: new Set(),
    };
    groups.set(name, known);
    return known;
  };
  const addHostVars = (host: string, source: VarSource) => {
    const known = hostVars.get(host);
    if (known === undefined) hostVars.set(host, [source]);
    else known.push(source);
  };
  groupNamed('all').children.add('ungrouped');
  groupNamed('ungrouped');
  return {
    has: (group) => groups.has(group),
    addGroup: (group) => void groupNamed(group),
    addChild(group, child, at) {
      const refuse = (message: string) => issues.push({ ...at, message });
      if (child === 'all') refuse('all is above every group and cannot be in one');
      else if (group === 'ungrouped' || (child === 'ungrouped' && group !== 'all'))
        refuse('ungrouped has the hosts that are in no other group: it can neither be in one nor have any');
      else if (child === group || isAbove(groups, child, group))
        refuse(`${child} cannot be in ${group}: this group is inside itself`);
      else {
        groupNamed(group).children.add(child);
        groupNamed(child).parents.add(group);
      }
    },
    addHost(group, host, { path, ...position }, port) {
      if (!hosts.has(host)) {
        if (host === 'all' || host === 'ungrouped')
          issues.push({
            ...position,
            path,
            message: `${host} is a group that there always is, and no name of a host`,
          });
        if (hosts.size >= mostHosts)
          throw new InputError([
            {
              ...position,
              path: '',
              message: `is one of more than ${mostHosts} hosts, and no more are read`,
            },
          ]);
        hosts.set(host, position);
        if (port !== undefined)
          addHostVars(host, { values: { ansible_port: port }, position: () => position });
      }
      groupNamed(group).hosts.add(host);
    },
    addGroupVars(name, source) {
      const group = groupNamed(name);
      const { ansible_group_priority: priority, ...values } = source.values;
      if (priority !== undefined) {
        const number = /^[+-]?\d+$/.test(String(priority)) ? Number(priority) : undefined;
        if (number === undefined)
          issues.push({
            ...source.position(['ansible_group_priority']),
            path: 'ansible_group_priority',
            message: 'must be a whole number',
          });
        else group.priority = number;
      }
      group.vars.push({ ...source, values });
    },
    addHostVars,
    settled() {
      const tree = { groups, hosts, hostVars };
      settle(tree);
      return tree;
    },
  };
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
      level = [...new Set(next.flatMap((each) => [...(groups.get(each)?.children ?? [])]))];
    }
    return [...found];
  };
  return new Map([...groups.keys()].map((name) => [name, members(name)]));
}

/** Finds the groups of a host in Ansible's order: `all` first, then by depth, priority and name; so the later wins. */
export function groupsIn({ groups }: GroupTree): (host: string) => string[] {
  const own = new Map<string, string[]>();
  for (const [name, group] of groups)
    for (const host of group.hosts) {
      const known = own.get(host);
      if (known === undefined) own.set(host, [name]);
      else known.push(name);
    }
  const depths = new Map<string, number>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const found = Math.max(-1, ...[...(groups.get(name)?.parents ?? [])].map(depth)) + 1;
    depths.set(name, found);
    return found;
  };
  const priority = (name: string) => groups.get(name)?.priority ?? 1;
  return (host) => {
    const found = new Set<string>(['all']);
    const add = (name: string) => {
      if (found.has(name)) return;
      found.add(name);
      for (const parent of groups.get(name)?.parents ?? []) add(parent);
    };
    for (const name of own.get(host) ?? []) add(name);
    return [...found].sort((a, b) => depth(a) - depth(b) || priority(a) - priority(b) || (a < b ? -1 : 1));
  };
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
