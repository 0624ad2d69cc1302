import { roles } from '../apim/release/roles.ts';
import { UsageError } from '../errors.ts';
import type { Batch } from '../input/batch.ts';
import { suggestion } from '../input/decode.ts';
import { withinGroup } from '../input/pattern.ts';
import { type RunCommandOptions, runPlaybook, shippedPlaybook } from './commands.ts';
import { interruptionsBy, lossesByForce } from './interruptions.ts';

/** How a restart is done. */
export interface RestartOptions extends RunCommandOptions {
  readonly role?: string;
  readonly batch?: Batch;
  readonly onlyIfNeeded?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Restarts servers node by node, so that others serve meanwhile. Exit code as of a run. */
export async function restartNodes(inventoryFile: string, options: RestartOptions): Promise<number> {
  if (options.force === true) refuseForce(options);
  const limit = limitOf(options);
  const dryRun = options.dryRun === true;
  const playbook = shippedPlaybook(playbookOf(options));
  return runPlaybook(
    playbook,
    inventoryFile,
    { ...options, ...(limit === undefined ? {} : { limit }) },
    dryRun,
    {
      command: 'restart',
      warnings: (world, preview) => [
        ...interruptionsBy(world, preview),
        ...(options.force === true ? lossesByForce(world, preview) : []),
      ],
    },
  );
}

function playbookOf({ force, onlyIfNeeded }: RestartOptions): string {
  if (force === true) return 'forced-restart';
  return onlyIfNeeded === true ? 'start' : 'rolling-restart';
}

/** What spares nobody is for servers that were named. */
function refuseForce({ limit, onlyIfNeeded }: RestartOptions): void {
  if (limit === undefined)
    throw new UsageError(
      '--force restarts also what nobody stands in for, so it needs --limit: say which servers, such as --limit gw1',
    );
  if (onlyIfNeeded === true)
    throw new UsageError('--force restarts whether it is needed or not; leave out --only-if-needed');
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
  return limit === undefined ? found.group : withinGroup(limit, found.group);
}
