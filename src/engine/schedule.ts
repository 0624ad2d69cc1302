import { InputError, type Issue, UsageError } from '../errors.ts';
import type { Batch } from '../input/batch.ts';
import { decode } from '../input/decode.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import { matchHosts } from '../input/pattern.ts';
import type { Play, Playbook, PlayName, StepCall } from '../input/playbook.ts';
import { controller, controllerName } from './controller.ts';
import type { AnyStep } from './step.ts';

/** A step with its settings, checked. */
export interface Call<World> {
  readonly step: AnyStep<World>;
  readonly params: unknown;
  /** Plays that have to be done at all of their hosts before, by their number in the playbook. */
  readonly after?: readonly number[];
}

/** A play whose hosts and steps are known. */
export interface ScheduledPlay<World> {
  readonly name: string;
  readonly hosts: readonly Host[];
  readonly calls: readonly Call<World>[];
  /** One group after another; the hosts of a group go at the same time, each through all the calls at its own pace. */
  readonly groups: readonly (readonly Host[])[];
  /** Whether the steps say who of a group goes apart from the others. */
  readonly waves?: boolean;
  /** In waves: how many of those who may be away together are. One, unless told otherwise. */
  readonly batch?: Batch;
  /** Whether the next play begins together with this one. */
  readonly beside?: boolean;
  /** Who of the hosts has a part in it: those for whom this plans something, or those for whom it plans nothing. */
  readonly condition?: { readonly call: Call<World>; readonly holds: boolean };
}

/** What a playbook is scheduled for. */
export interface ScheduleOptions<World> {
  readonly inventory: Inventory;
  /** Hosts outside of it are left out; the controller never is. */
  readonly limit?: Limit;
  /** Names of groups that a playbook may name, even if this inventory has no such group. */
  readonly known?: readonly string[];
  /** How many nodes that serve may be away at a time, instead of what playbooks say. */
  readonly batch?: Batch;
  /** Why a step cannot be at some hosts, if it cannot. */
  misplaced?(step: AnyStep<World>, hosts: readonly Host[]): string | undefined;
}

/** The hosts that the operator wants to work on, and the pattern that said so. */
export interface Limit {
  readonly pattern: string;
  readonly hosts: ReadonlySet<string>;
}

/**
 * Puts names to things: every step of a playbook found in the register, every pattern of hosts in the inventory. Throws
 * `InputError` with every name that is not known and every step that is where it does not belong, and if the playbook
 * is for nobody; `UsageError` if the limit leaves nobody.
 */
export function schedule<World>(
  playbook: Playbook,
  register: ReadonlyMap<string, AnyStep<World>>,
  options: ScheduleOptions<World>,
): readonly ScheduledPlay<World>[] {
  const { limit } = options;
  const issues: Issue[] = [];
  const named = playbook.plays.map((play) => hostsOf(play, options, issues));
  const together = besides(playbook, issues);
  /** One call for each step that plays ask, so that what it found is asked for once. */
  const judges = new Map<string, Call<World>>();
  const plays = playbook.plays.map((play, index): ScheduledPlay<World> => {
    const batch = options.batch ?? play.batch;
    const there = (named[index] ?? []).filter(
      (host) => limit === undefined || isController(host) || limit.hosts.has(host.name),
    );
    const hosts = play.order === 'once' ? there.slice(0, 1) : there;
    const placed = (call: StepCall) => {
      const found = resolve(call, register, issues);
      for (const { step } of found) {
        const message = options.misplaced?.(step, hosts);
        if (message !== undefined) issues.push({ ...call.position([]), path: call.step, message });
      }
      return found;
    };
    const calls = play.steps.flatMap((call) => {
      const after = (call.after ?? []).map((name) => earlierPlay(playbook, index, name, issues));
      return placed(call).map((each) => (after.length === 0 ? each : { ...each, after }));
    });
    return {
      name: play.name,
      hosts,
      calls,
      groups: groupsOf(play, hosts, options),
      waves: play.order === 'waves',
      ...(batch === undefined ? {} : { batch }),
      beside: together.has(index),
      ...conditionOf(play, placed, judges),
    };
  });
  if (issues.length > 0) throw new InputError(issues);
  refuseNobody(playbook, named.flat(), plays, options);
  return plays;
}

function conditionOf<World>(
  { condition }: Play,
  placed: (call: StepCall) => readonly Call<World>[],
  judges: Map<string, Call<World>>,
): Pick<ScheduledPlay<World>, 'condition'> {
  if (condition === undefined) return {};
  const { step, holds } = condition;
  const [found] = placed(step);
  const call = judges.get(step.step) ?? found;
  if (call === undefined) return {};
  judges.set(step.step, call);
  return { condition: { call, holds } };
}

function isController(host: Host): boolean {
  return host.name === controllerName;
}

function hostsOf<World>(
  play: Play,
  { inventory, known = [] }: ScheduleOptions<World>,
  issues: Issue[],
): readonly Host[] {
  const { hosts, mistakes } = matchHosts(inventory, play.hosts, { known, others: [controller] });
  for (const { index, message } of mistakes)
    issues.push({ ...(play.hostPositions?.[index] ?? play.position), path: 'hosts', message });
  return hosts;
}

/** Hosts of a play in the groups in which they go. In waves, whoever one entry of `hosts` names is a group. */
function groupsOf<World>(
  play: Play,
  hosts: readonly Host[],
  { inventory, known = [] }: ScheduleOptions<World>,
): readonly (readonly Host[])[] {
  if (play.order === 'sequence') return hosts.map((host) => [host]);
  if (play.order !== 'waves') return hosts.length === 0 ? [] : [hosts];
  const left = new Set(hosts);
  const groups = play.hosts
    .filter((pattern) => !/^[!&]/.test(pattern))
    .map((pattern) => {
      const named = matchHosts(inventory, [pattern], { known, others: [controller] }).hosts;
      const group = hosts.filter((host) => left.has(host) && named.includes(host));
      for (const host of group) left.delete(host);
      return group;
    });
  return [...groups, [...left]].filter((group) => group.length > 0);
}

/** The plays that the next one does not wait for: from each that is beside a later one up to that. */
function besides({ plays }: Playbook, issues: Issue[]): ReadonlySet<number> {
  const found = new Set<number>();
  plays.forEach(({ beside }, index) => {
    if (beside === undefined) return;
    const other = plays.findIndex(({ name }, later) => later > index && name === beside.name);
    if (other === -1) issues.push(noSuchPlay('beside', beside, 'later', plays.slice(index + 1)));
    for (let each = index; each < other; each += 1) found.add(each);
  });
  return found;
}

/** The number of a play before this one. Only those can be waited for, so nobody waits for one another. */
function earlierPlay({ plays }: Playbook, index: number, wanted: PlayName, issues: Issue[]): number {
  const found = plays.findLastIndex(({ name }, earlier) => earlier < index && name === wanted.name);
  if (found === -1) issues.push(noSuchPlay('after', wanted, 'earlier', plays.slice(0, index)));
  return found;
}

function noSuchPlay(path: string, { name, position }: PlayName, when: string, plays: readonly Play[]): Issue {
  const there = plays.map((play) => play.name).join(', ');
  return {
    ...position,
    path,
    message: `no ${when} play is called ${JSON.stringify(name)}; there are: ${there || 'none'}`,
  };
}

function refuseNobody<World>(
  playbook: Playbook,
  named: readonly Host[],
  plays: readonly ScheduledPlay<World>[],
  { inventory, limit }: ScheduleOptions<World>,
): void {
  if (named.length === 0)
    throw new InputError(
      playbook.plays.map((play) => ({
        ...(play.hostPositions?.[0] ?? play.position),
        path: 'hosts',
        message: `${play.hosts.join(', ')} leaves no host of ${inventory.file}, so there is nobody to work on`,
      })),
    );
  const wanted = [...new Set(named.filter((host) => !isController(host)).map((host) => host.name))];
  const left = plays.some((play) => play.hosts.some((host) => !isController(host)));
  if (limit !== undefined && wanted.length > 0 && !left)
    throw new UsageError(
      `--limit ${JSON.stringify(limit.pattern)} leaves none of the hosts that "${playbook.name}" is for: ${wanted.join(', ')}`,
    );
}

function resolve<World>(
  call: StepCall,
  register: ReadonlyMap<string, AnyStep<World>>,
  issues: Issue[],
): Call<World>[] {
  const step = register.get(call.step);
  if (step === undefined) {
    const known = [...register.keys()].join(', ');
    issues.push({ ...call.position([]), path: call.step, message: `no such step; there are: ${known}` });
    return [];
  }
  // The settings that steps have name no files beside the playbook.
  const origin = { position: call.position, baseDirectory: '.', path: [] };
  const params = decode(step.params, call.params ?? {}, origin);
  if (params.issues.length === 0) return [{ step, params: params.value }];
  issues.push(
    ...params.issues.map(({ path, ...issue }) => ({
      ...issue,
      path: path === '' ? call.step : `${call.step}.${path}`,
    })),
  );
  return [];
}
