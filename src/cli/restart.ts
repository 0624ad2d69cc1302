import { type Node, softwareOf } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { factsOf, roles } from '../apim/release/roles.ts';
import { UsageError } from '../errors.ts';
import type { Batch } from '../input/batch.ts';
import { suggestion } from '../input/decode.ts';
import type { World } from '../steps/define.ts';
import { hooksOf } from '../steps/hooks.ts';
import { type RunCommandOptions, runPlaybook, shippedPlaybook } from './commands.ts';
import { confirm } from './prompt.ts';

/** How a restart is done. */
export interface RestartOptions extends RunCommandOptions {
  readonly role?: string;
  readonly batch?: Batch;
  readonly onlyIfNeeded?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Restarts servers node by node, so that others serve meanwhile. Exit code as of a run. */
export async function restartNodes(inventoryFile: string, options: RestartOptions): Promise<number> {
  const limit = limitOf(options);
  const dryRun = options.dryRun === true;
  const playbook = shippedPlaybook(options.onlyIfNeeded === true ? 'start' : 'rolling-restart');
  return runPlaybook(
    playbook,
    inventoryFile,
    { ...options, ...(limit === undefined ? {} : { limit }) },
    dryRun,
    {
      command: 'restart',
      async before(world) {
        const warnings = interruptions(world);
        if (warnings.length === 0 || dryRun) return;
        await confirm(warnings, options.yes === true);
      },
    },
  );
}

/** `--role` and `--limit` together. */
function limitOf({ role, limit }: RestartOptions): string | undefined {
  if (role === undefined) return limit;
  const found = roles.find((each) => each.role === role || each.group === role);
  if (found === undefined) {
    const known = roles.map((each) => each.role);
    throw new UsageError(
      `there is no role ${role}${suggestion(role, known)}; there are: ${known.join(', ')}`,
    );
  }
  return limit === undefined ? found.group : `${limit}:&${found.group}`;
}

/** What users of the cluster will notice of a restart of these hosts, in sentences. */
function interruptions({ topology, hosts }: World): string[] {
  const going = topology.nodes.filter(({ host }) => hosts.has(host.name));
  const lone = going.filter((node) => twinsOf(topology, node).length === 0);
  const paired = going.filter((node) => !lone.includes(node));
  const unaware =
    softwareOf(topology) === undefined &&
    topology.settings.loadBalancer !== undefined &&
    hooksOf(topology) === undefined &&
    paired.length > 0;
  return [
    ...lone.map((node) => `${nameOf(node)} has no twin: nobody serves in its place while it is restarted`),
    ...(unaware
      ? [
          `the external load balancer is not told that ${paired.map(({ host }) => host.name).join(', ')} go and come back, so requests can fail: apim.load_balancer.hooks would tell it`,
        ]
      : []),
  ];
}

function nameOf({ host, role }: Node): string {
  return `${host.name} (${factsOf(role).title})`;
}
