import { InputError, type Issue, UsageError } from '../errors.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import type { Play, Playbook, StepCall } from '../input/playbook.ts';
import type { AnyStep } from './step.ts';

/** A step with its settings, checked. */
export interface Call<World> {
  readonly step: AnyStep<World>;
  readonly params: unknown;
}

/** Hosts that go at the same time, each through all the calls at its own pace. */
export interface Batch<World> {
  readonly play: string;
  readonly hosts: readonly Host[];
  readonly calls: readonly Call<World>[];
}

/** A play whose hosts and steps are known. Batches follow one another. */
export interface ScheduledPlay<World> {
  readonly name: string;
  readonly hosts: readonly Host[];
  readonly batches: readonly Batch<World>[];
  readonly calls: readonly Call<World>[];
}

/** The name under which playbooks speak of the machine we run on. */
export const controllerName = 'controller';

/** The machine we run on, as a host that steps can be at. */
export const controller: Host = {
  name: controllerName,
  groups: [],
  login: { kind: 'local' },
  vars: {},
  place: () => ({ file: controllerName, line: 1, column: 1 }),
};

/**
 * Puts names to things: every step of a playbook found in the register, every host found in the inventory. Hosts
 * outside `limit` are left out; the controller never is. Throws `InputError` with every unknown name.
 */
export function schedule<World>(
  playbook: Playbook,
  register: ReadonlyMap<string, AnyStep<World>>,
  inventory: Inventory,
  limit: ReadonlySet<string> = new Set(inventory.hosts.map((host) => host.name)),
): readonly ScheduledPlay<World>[] {
  const issues: Issue[] = [];
  const plays = playbook.plays.map((play): ScheduledPlay<World> => {
    const there = hostsOf(play, inventory, issues).filter(
      (host) => host.name === controllerName || limit.has(host.name),
    );
    const hosts = play.order === 'once' ? there.slice(0, 1) : there;
    const calls = play.steps.flatMap((call) => resolve(call, register, issues));
    const together = play.order === 'sequence' ? hosts.map((host) => [host]) : [hosts];
    const batches = together
      .filter((each) => each.length > 0)
      .map((each) => ({ play: play.name, hosts: each, calls }));
    return { name: play.name, hosts, batches, calls };
  });
  if (issues.length > 0) throw new InputError(issues);
  if (plays.every((play) => play.hosts.every((host) => host.name === controllerName)) && limit.size === 0)
    throw new UsageError('no host is left to work on');
  return plays;
}

function hostsOf(play: Play, inventory: Inventory, issues: Issue[]): Host[] {
  const byName = new Map(inventory.hosts.map((host) => [host.name, host]));
  const names = play.hosts.flatMap((wanted): readonly string[] => {
    if (wanted === controllerName) return [controllerName];
    if (wanted === 'all') return [...byName.keys()];
    const members = inventory.groups.get(wanted);
    if (members !== undefined) return members;
    if (byName.has(wanted)) return [wanted];
    // A group that nobody is in is no mistake: a playbook may name a component that this deployment lacks.
    return [];
  });
  if (play.hosts.length === 0) issues.push({ ...play.place, path: play.name, message: 'names no hosts' });
  return [...new Set(names)].map((name) => byName.get(name) ?? controller);
}

function resolve<World>(
  call: StepCall,
  register: ReadonlyMap<string, AnyStep<World>>,
  issues: Issue[],
): Call<World>[] {
  const step = register.get(call.step);
  if (step === undefined) {
    const known = [...register.keys()].join(', ');
    issues.push({ ...call.place([]), path: call.step, message: `no such step; there are: ${known}` });
    return [];
  }
  const params = step.params.safeParse(call.params ?? {});
  if (params.success) return [{ step, params: params.data }];
  for (const issue of params.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    issues.push({ ...call.place(path), path: [call.step, ...path].join('.'), message: issue.message });
  }
  return [];
}
