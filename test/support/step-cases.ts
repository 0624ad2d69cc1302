import type { Topology } from '../../src/apim/cluster/topology.ts';
import { controller } from '../../src/engine/controller.ts';
import type { Action, Change, Place } from '../../src/engine/plan.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import type { Company } from '../../src/engine/waves.ts';
import { KnownError } from '../../src/errors.ts';
import type { Host } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import type { Command } from '../../src/shell/command.ts';
import type { World } from '../../src/steps/define.ts';

/** What there is, and what is done about it: a step proven as data, without a server. */
export interface StepCase {
  /** What is so: `as wanted`, `half done`. */
  readonly when: string;
  readonly topology: Topology;
  /** The host of the step, by its name in the topology, or `controller`. */
  readonly at: string;
  /** As a playbook says them. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Names of the hosts in this run; without it, all. */
  readonly hosts?: readonly string[];
  readonly facts: unknown;
  /** What is planned: each change as its summary, with a line for each of its actions. */
  readonly plans?: Readonly<Record<string, readonly (string | RegExp)[]>>;
  /** How it may go with others in waves: what it says of itself. */
  readonly company?: Company;
  /** Why nothing can be planned, in the words of the failure. */
  readonly refuses?: RegExp;
  /** What is tried out at every run, a line for each action. */
  readonly proves?: readonly (string | RegExp)[];
}

/** The present time in all cases. */
export const caseTime = new Date('2026-03-01T12:00:00Z');

/** What a step does about a case, in the form in which cases tell it. A refusal is the text of its failure. */
export function planned(step: AnyStep<World>, each: StepCase): Record<string, string[]> | string {
  try {
    return shown(step.plan(spotOf(step, each), each.facts));
  } catch (error) {
    if (error instanceof KnownError) return error.message;
    throw error;
  }
}

/** What a step plans, as it is. */
export function plannedChanges(step: AnyStep<World>, each: StepCase): readonly Change[] {
  return each.refuses === undefined ? step.plan(spotOf(step, each), each.facts) : [];
}

/** What a step tries out at every run. */
export function proven(step: AnyStep<World>, each: StepCase): string[] {
  return (step.verify?.(spotOf(step, each), each.facts) ?? []).map(lineOf);
}

/** What a step says of its company. */
export function companyOf(step: AnyStep<World>, each: StepCase): Company {
  return step.company?.(spotOf(step, each), each.facts) ?? {};
}

function spotOf(step: AnyStep<World>, { topology, at, params = {}, hosts }: StepCase) {
  const all = [...topology.nodes, ...topology.balancers].map(({ host }) => host);
  const world: World = {
    topology,
    now: caseTime,
    baseDirectory: '/srv/apim',
    hosts: new Set(hosts ?? all.map(({ name }) => name)),
  };
  return { host: hostAt(all, at), world, params: step.params.parse(params) };
}

function hostAt(all: readonly Host[], name: string): Host {
  const found = name === controller.name ? controller : all.find((host) => host.name === name);
  if (found === undefined) throw new Error(`the topology has no host ${name}`);
  return found;
}

function shown(changes: readonly Change[]): Record<string, string[]> {
  return Object.fromEntries(
    changes.map(({ summary, actions, needs }) => [
      summary,
      [...(needs === undefined ? [] : [`after ${needs}`]), ...actions.map(lineOf)],
    ]),
  );
}

/** What is amiss with how changes are told: whoever reads a plan or a failure must be able to go on. */
export function untold(changes: readonly Change[]): string[] {
  return changes.flatMap(({ summary, diff, actions, needs }) => [
    ...(summary === '' ? ['a change without a summary'] : []),
    ...(diff === undefined || (typeof diff.before === 'string' && typeof diff.after === 'string')
      ? []
      : [`${summary}: a diff of nothing`]),
    ...(actions.length > 0 || needs !== undefined ? [] : [`${summary}: neither done nor waited for`]),
    ...actions.flatMap((action) => untoldOf(action).map((what) => `${summary}: ${what} (${lineOf(action)})`)),
  ]);
}

function untoldOf(action: Action): string[] {
  const empty = Object.entries(action).filter(([, value]) => value === '');
  const nobody = commandsOf(action).filter(({ user, text }) => user === '' || text === '');
  const found = [
    ...empty.filter(([name]) => name !== 'content').map(([name]) => `an empty ${name}`),
    ...nobody.map(() => 'a command of nobody, or none'),
  ];
  if (action.kind === 'run') {
    const { shown, command } = action;
    const isPlain = command.text.length <= longestPlain && !command.text.includes('\n');
    if (shown === undefined ? !isPlain : shown.includes('\n')) found.push('people would see a script');
  }
  if (action.kind === 'wait') {
    if (action.until.some(({ what }) => what === '')) found.push('a check without a name');
    if (!(action.timeoutMs > 0)) found.push('no end to it');
  }
  return found;
}

/** A command of more characters needs a name. */
const longestPlain = 240;

function commandsOf(action: Action): Command[] {
  if (action.kind === 'run') return [action.command];
  if (action.kind !== 'wait') return [];
  const checks = action.until.flatMap((check) => ('command' in check ? [check.command] : []));
  return [...checks, action.tail, action.alive].filter((each) => each !== undefined);
}

/** An action on one line: what a person would want to see of it. */
export function lineOf(action: Action): string {
  return action.at === undefined ? deedOf(action) : `at ${nameOf(action.at)}: ${deedOf(action)}`;
}

function nameOf(place: Place): string {
  return 'sharedFiles' in place ? place.sharedFiles : place.name;
}

function deedOf(action: Action): string {
  if (action.kind === 'run') return `run ${userOf(action.command.user)}${action.command.text}`;
  if (action.kind === 'put')
    return `put ${userOf(action.user)}${action.path} ${action.mode.toString(8)} ${contentOf(action.content)}`;
  if (action.kind === 'wait') {
    const stages = [action.first, action.until].filter((checks) => checks !== undefined);
    return `wait for ${action.what}: ${stages.map((checks) => checks.map(({ what }) => what).join(', ')).join('; then ')}`;
  }
  if (action.kind === 'receive') return `receive ${action.path}: ${action.command.text}`;
  if (action.kind === 'feed') return `feed ${action.path} to ${action.command.text}`;
  return `sql ${action.database.username}@${action.database.host}/${action.database.name ?? ''} ${action.shown}`;
}

function userOf(user: string | undefined): string {
  return user === undefined ? '' : `(${user}) `;
}

function contentOf(content: Extract<Action, { kind: 'put' }>['content']): string {
  if (typeof content === 'function') return '(made then)';
  if (content instanceof Secret) return content.face;
  if (content instanceof Uint8Array) return `(${content.length} bytes)`;
  return typeof content === 'string' ? JSON.stringify(content) : `(file ${content.file})`;
}
