import type { ScheduledPlay } from '../engine/schedule.ts';
import { UsageError } from '../errors.ts';

/** What is listed instead of a run. */
export interface ListOptions {
  readonly listHosts?: boolean;
  readonly listSteps?: boolean;
  readonly output?: string;
}

/** Whether something is to be listed, and nothing done. Throws `UsageError` for both at once. */
export function isListing({ listHosts, listSteps }: ListOptions): boolean {
  if (listHosts === true && listSteps === true)
    throw new UsageError('give --list-hosts or --list-steps, not both');
  return listHosts === true || listSteps === true;
}

/** The plays of a run in their order, each with its hosts or with its steps; no server is asked. */
export function listOf(
  plays: readonly Pick<ScheduledPlay<never>, 'name' | 'hosts' | 'calls'>[],
  { listSteps, output }: ListOptions,
): string {
  const lists = plays.map(({ name, hosts, calls }) => ({
    name,
    inside: listSteps === true ? calls.map(({ step }) => step.name) : hosts.map((host) => host.name),
  }));
  if (output === 'json') {
    const what = listSteps === true ? 'steps' : 'hosts';
    const found = lists.map(({ name, inside }) => ({ play: name, [what]: inside }));
    return `${JSON.stringify(found, undefined, 2)}\n`;
  }
  return lists
    .map(({ name, inside }) => {
      return `${[`${name} (${inside.length})`, ...inside.map((each) => `  ${each}`)].join('\n')}\n`;
    })
    .join('');
}
