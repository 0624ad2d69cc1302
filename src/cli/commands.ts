import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { lintTopology } from '../apim/checks/lint/topology-lint.ts';
import { balancerGroup } from '../apim/release/roles.ts';
import { createRenderer, type OutputKind } from '../display/index.ts';
import type { Preview } from '../engine/preview.ts';
import { runPlays } from '../engine/run.ts';
import { schedule } from '../engine/schedule.ts';
import { startingAt } from '../engine/start-at.ts';
import type { AnyStep } from '../engine/step.ts';
import { LockHeld, UsageError } from '../errors.ts';
import type { Batch } from '../input/batch.ts';
import type { Inventory } from '../input/inventory.ts';
import { loadPlaybook, type Playbook } from '../input/playbook.ts';
import { journalOf } from '../record/server-journal.ts';
import type { Surroundings, World } from '../steps/define.ts';
import { register } from '../steps/index.ts';
import { misplaced } from '../steps/places.ts';
import { asker, drawnBy } from './asker.ts';
import { consentOf } from './consent.ts';
import { exitCodes } from './exit-codes.ts';
import { isForPeople } from './for-people.ts';
import { interruptionsBy } from './interruptions.ts';
import { refuseKeyFiles } from './key-files.ts';
import { isListing, type ListOptions, listOf } from './lists.ts';
import { waitForLocks } from './lock-wait.ts';
import { lockOf } from './locks.ts';
import { type RecordingOptions, recordingOf, whatWasTyped } from './recording.ts';
import {
  type CommonOptions,
  deploymentOf,
  describesDeployment,
  type HostSession,
  knownGroups,
  openHosts,
  openSession,
  operator,
  poolOf,
} from './session.ts';

/** How a run is shown. */
export interface RunCommandOptions extends CommonOptions, RecordingOptions, ListOptions {
  readonly output: OutputKind;
  /** How much more than usual is told, from 0 to 3. */
  readonly verbose?: number;
  readonly diff?: boolean;
  readonly color?: boolean;
  /** How long other runs at the same servers are waited for, in milliseconds. */
  readonly lockWait?: number;
  /** How many nodes that serve may be away at a time, instead of what the playbook says. */
  readonly batch?: Batch;
  /** The first step of a playbook that is done; what comes before is left out. */
  readonly startAtStep?: string;
  /** Whether nobody is to be asked if servers may be altered. */
  readonly yes?: boolean;
}

const playbooks = resolve(import.meta.dirname, '../../playbooks');

/** Where a playbook of ours stands, by its name. */
export function shippedPlaybook(name: string): string {
  return resolve(playbooks, `${name}.yaml`);
}

/** What a command adds to the run of its playbook. */
export interface RunMore {
  /** What it is called, where that is not the name of the playbook. */
  readonly command?: string;
  /** What users notice of what the run would do, where that is more than of any run. */
  warnings?(world: World, preview: Preview): readonly string[];
}

/** Runs a playbook, or only tells what it would do. Returns the exit code. */
export async function runPlaybook(
  file: string,
  inventoryFile: string,
  options: RunCommandOptions,
  dryRun: boolean,
  more: RunMore = {},
): Promise<number> {
  if (!existsSync(file)) throw new UsageError(`there is no playbook ${file}`);
  const name = more.command ?? basename(file, '.yaml');
  const playbook = await loadPlaybook(file);
  const session = await openHosts(inventoryFile, options, `${dryRun ? 'plan' : name} ${inventoryFile}`);
  const isOurs = dirname(resolve(file)) === playbooks;
  if (!isOurs && !(needsDeployment(playbook) && describesDeployment(session.inventory)))
    return walk(session, session.surroundings, playbook, options, dryRun, { warnings: () => [] });
  const world = deploymentOf(session);
  tellDoubts(session.inventory, world);
  const { warnings = interruptionsBy } = more;
  return walk(session, world, playbook, options, dryRun, { warnings: (preview) => warnings(world, preview) });
}

function needsDeployment({ plays }: Playbook): boolean {
  return plays.some(({ steps }) => steps.some(({ step }) => (register.get(step)?.at ?? 'any') !== 'any'));
}

/** Doubts do not stop anybody, but nobody should have to ask for them. */
export function tellDoubts(inventory: Inventory, { topology }: World): void {
  const doubts = lintTopology(topology);
  if (doubts.length === 0) return;
  const codes = [...new Set(doubts.map(({ code }) => code))].join(', ');
  process.stderr.write(
    `${doubts.length === 1 ? 'one thing is' : `${doubts.length} things are`} doubtful (${codes}); see: apim-orchestrate validate ${inventory.file}\n`,
  );
}

/** Has the balancers send nothing new to some nodes, or send to them again; exit code as of a run. */
export async function drainNodes(
  inventoryFile: string,
  nodes: readonly string[],
  options: RunCommandOptions,
  back: boolean,
): Promise<number> {
  const session = await openSession(inventoryFile, options, `drain ${inventoryFile}`);
  const { balancers, settings } = session.world.topology;
  const [balancer] = balancers;
  if (balancer === undefined)
    throw new UsageError(
      settings.loadBalancer === undefined
        ? 'there is no load balancer in this inventory'
        : 'the load balancer is external: drain the node there',
    );
  const position = () => balancer.host.position([]);
  const name = back ? 'Take nodes back' : 'Drain nodes';
  const step = { step: 'drain-nodes', params: { nodes, back }, position };
  const play = {
    name,
    hosts: [balancerGroup],
    order: 'sequence',
    steps: [step],
    position: position(),
  } as const;
  const playbook = { file: inventoryFile, name, plays: [play] };
  return walk(session, session.world, playbook, options, false, { warnings: () => [] });
}

/** What else a walk is told. */
export interface WalkMore {
  /** The steps that the playbook names; those of the register, unless told otherwise. */
  readonly steps?: ReadonlyMap<string, AnyStep<World>>;
  /** What users notice of what would be done. Without this nobody is asked whether it may be. */
  warnings?(preview: Preview): readonly string[];
  /** What people are told besides, where they are asked. */
  readonly later?: readonly string[];
}

/**
 * Walks through a playbook of steps that are in the register, or of others, and closes the session. Without a deployment
 * in what steps know, those that need one are refused.
 */
export async function walk(
  session: HostSession,
  world: Surroundings & Partial<World>,
  playbook: Playbook,
  options: RunCommandOptions,
  dryRun: boolean,
  more: WalkMore = {},
): Promise<number> {
  const { inventory, limit } = session;
  const all = schedule<Surroundings>(playbook, more.steps ?? register, {
    inventory,
    known: knownGroups,
    misplaced: (step, hosts) => misplaced(step, hosts, world.topology),
    ...(limit === undefined ? {} : { limit }),
    ...(options.batch === undefined ? {} : { batch: options.batch }),
  });
  const plays = options.startAtStep === undefined ? all : startingAt(all, options.startAtStep);
  if (isListing(options)) {
    process.stdout.write(listOf(plays, options));
    return exitCodes.ok;
  }
  await refuseKeyFiles(
    plays.flatMap(({ hosts }) => hosts),
    asker(session.stop),
  );
  const recording = recordingOf(session, world.topology, options, dryRun);
  const renderer = createRenderer({
    // Where a cursor cannot be moved.
    output: options.output === 'auto' && process.env.TERM === 'dumb' ? 'lines' : options.output,
    stdout: process.stdout,
    others: [process.stdout, process.stderr].filter(({ isTTY }) => isTTY),
    color: options.color !== false && process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    verbose: options.verbose ?? 0,
    diff: options.diff ?? true,
    command: whatWasTyped(),
    clock: () => performance.now(),
    now: () => new Date(),
  });
  const { warnings } = more;
  const consent =
    warnings === undefined
      ? undefined
      : consentOf({
          ...more,
          warnings,
          yes: options.yes === true,
          aside: renderer.aside,
          stop: session.stop,
        });
  drawnBy(renderer.aside);
  const lock = lockOf(session, world);
  let { pool } = session;
  try {
    if (options.lockWait !== undefined && !dryRun)
      pool = await waitForLocks(pool, {
        lock,
        hosts: [...new Set(plays.flatMap(({ hosts }) => hosts))],
        waitMs: options.lockWait,
        stop: session.stop,
        open: () => poolOf(options, session.stop),
        say: (text) => process.stderr.write(`${text}\n`),
      });
    const result = await runPlays({
      name: playbook.name,
      plays,
      world,
      pool,
      emit: (event) => {
        recording.emit(event);
        renderer.emit(event);
      },
      dryRun,
      stop: session.stop,
      abort: session.abort,
      lock,
      ...(consent === undefined ? {} : { confirm: consent.confirm }),
      journal: journalOf(`${operator()}, process ${process.pid}, ${whatWasTyped()}`, () => new Date()),
      now: () => new Date(),
    });
    const refusal = consent?.refusal();
    if (refusal !== undefined) throw refusal;
    if (result.outcome === 'interrupted' || result.outcome === 'declined') return exitCodes.interrupted;
    if (result.outcome === 'failed')
      return result.failures.every(({ error }) => error instanceof LockHeld)
        ? exitCodes.locked
        : exitCodes.failed;
    return dryRun && result.changed > 0 ? exitCodes.changes : exitCodes.ok;
  } finally {
    await renderer.done();
    const said = await recording.end();
    if (said !== undefined) (isForPeople(options) ? process.stdout : process.stderr).write(`${said}\n`);
    await pool.close();
  }
}
