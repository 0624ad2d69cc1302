import { pkiFiles } from '../apim/cluster/keystores.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { firstToEnd, type RotationPhase, rotationPhase, standings } from '../certificates/rotation.ts';
import { signingPhase, signingStandings } from '../certificates/signing.ts';
import { orInterrupted } from '../connection/or-interrupted.ts';
import { controller } from '../engine/controller.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import type { Asks } from '../engine/step.ts';
import { UsageError } from '../errors.ts';
import { loadPlaybook, type Playbook } from '../input/playbook.ts';
import { whoIsBehind } from '../steps/behind.ts';
import type { World } from '../steps/define.ts';
import { type RunCommandOptions, shippedPlaybook, tellDoubts, walk } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { isForPeople } from './for-people.ts';
import { interruptions } from './interruptions.ts';
import { primaryRotation, refuseWhileSigning, signingStatus } from './rotate-primary.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

/** How certificates are rotated. */
export interface RotateOptions extends RunCommandOptions {
  /** The authority, too. */
  readonly authority?: boolean;
  /** Ends once all trust the next authority. */
  readonly trustOnly?: boolean;
  /** Only tells how far a rotation is. */
  readonly status?: boolean;
  /** The key that signs tokens, and nothing else. */
  readonly primary?: boolean;
  /** What it was before is valid no more. */
  readonly withdraw?: boolean;
  /** Milliseconds: nothing is begun if all certificates are good for longer. */
  readonly ifExpiresWithin?: number;
  readonly dryRun?: boolean;
}

/** Replaces certificates so that nobody notices, or carries on a rotation that broke off. Exit code as of a run. */
export async function rotateCertificates(inventoryFile: string, options: RotateOptions): Promise<number> {
  refuseOptions(options);
  const session = await openSession(inventoryFile, options, `rotate-certs ${inventoryFile}`);
  const { world } = session;
  let told: Told | undefined;
  try {
    const asks = await asksOf(session);
    const material = await asks.once(readMaterial, world);
    if (options.status === true) return await showRotation(session, asks, material, options);
    told = await (options.primary === true
      ? toldPrimary(session, material, options)
      : toldCertificates(session, material, options));
    if (told === undefined) {
      await session.pool.close();
      return exitCodes.ok;
    }
  } catch (error) {
    await session.pool.close();
    throw error;
  }
  const { playbook, warnings } = told;
  return walk(session, world, playbook, options, options.dryRun === true, {
    warnings: () => warnings,
    later: [restartsIn(playbook, world)],
  });
}

/** They follow from keys that are not made yet. */
function restartsIn({ plays }: Playbook, { topology }: World): string {
  const times = plays.filter(({ steps }) => steps.some(({ step }) => step === 'start-server')).length;
  const often = times === 1 ? '' : times === 2 ? ', twice' : `, ${times} times`;
  return `then all ${topology.nodes.length} servers are restarted node by node${often}, as far as they have to be`;
}

/** What is to be run, and what people have to know before. */
interface Told {
  readonly playbook: Playbook;
  readonly warnings: readonly string[];
}

/** Certificates, and the authority if it is asked for; undefined if none is due. */
async function toldCertificates(
  { inventory, world }: Session,
  material: Material,
  options: RotateOptions,
): Promise<Told | undefined> {
  refuseWhileSigning(material);
  const { ifExpiresWithin } = options;
  const phase = rotationPhase(world, material);
  const succeeds = material.next !== undefined || material.retiring.length > 0;
  const authority = options.authority === true || succeeds;
  if (options.trustOnly === true && phase !== 'none' && phase !== 'trust')
    throw new UsageError(`the next authority issues already: ${phaseWords[phase]}; leave --trust-only out`);
  if (phase === 'none' && ifExpiresWithin !== undefined) {
    const good = firstToEnd(world, material, authority);
    if (good !== undefined && good.at.getTime() - world.now.getTime() > ifExpiresWithin) {
      say(
        options,
        `nothing to rotate: the first certificate to end is that of ${good.whose}, on ${day(good.at)}`,
      );
      return undefined;
    }
  }
  tellDoubts(inventory, world);
  if (phase !== 'none')
    process.stderr.write(`a rotation is under way and is carried on: ${phaseWords[phase]}\n`);
  const warnings = [
    ...interruptions(world, world.hosts),
    ...(authority && options.trustOnly !== true ? elsewhere(world, phase) : []),
  ];
  const whole = await loadPlaybook(shippedPlaybook(authority ? 'rotate-authority' : 'rotate-certificates'));
  return { playbook: options.trustOnly === true ? untilTrusted(whole) : whole, warnings };
}

/** What each phase is, in words for people. */
const phaseWords: Readonly<Record<RotationPhase, string>> = {
  none: 'no rotation is under way',
  trust: 'all nodes are to trust the next authority before it issues anything',
  replace: 'certificates are being replaced; those of before and the new ones are trusted',
  withdraw: 'every certificate is replaced, and the authority before is still to be withdrawn',
  finish: 'every certificate is replaced, and all nodes are to run with what there is',
};

/** The key that signs tokens. */
async function toldPrimary(
  { inventory, world }: Session,
  material: Material,
  options: RotateOptions,
): Promise<Told> {
  const { playbook, phase, warnings } = await primaryRotation(world, material, options.withdraw === true);
  tellDoubts(inventory, world);
  if (phase !== undefined) process.stderr.write(`a rotation is under way and is carried on: ${phase}\n`);
  return { playbook, warnings: [...interruptions(world, world.hosts), ...warnings] };
}

function refuseOptions(options: RotateOptions): void {
  const { limit, trustOnly, authority, status, primary, withdraw, ifExpiresWithin } = options;
  if (primary === true && (authority === true || trustOnly === true || ifExpiresWithin !== undefined))
    throw new UsageError(
      '--primary is about the key that signs tokens alone: leave --authority, --trust-only and --if-expires-within out',
    );
  if (withdraw === true && primary !== true)
    throw new UsageError(
      '--withdraw is about the key that signed tokens before, and is given with --primary',
    );
  if (limit !== undefined && status !== true)
    throw new UsageError(
      'a rotation is for all nodes, so --limit cannot be given; restart --limit restarts some of them',
    );
  if (trustOnly === true && authority !== true)
    throw new UsageError('--trust-only is about the next authority, and is given with --authority');
}

/** The plays until all trust the next authority. */
function untilTrusted(playbook: Playbook): Playbook {
  const end = playbook.plays.findIndex(({ steps }) =>
    steps.some(({ step }) => step === 'replace-certificates'),
  );
  return { ...playbook, plays: playbook.plays.slice(0, end) };
}

/** Who else has to trust the next authority, and is not asked by this tool. */
function elsewhere({ topology }: World, phase: RotationPhase): string[] {
  if (phase !== 'none' && phase !== 'trust') return [];
  const files = pkiFiles(topology);
  const shown = topology.balancers.some(({ certificate }) => certificate === undefined);
  const external = topology.settings.loadBalancer !== undefined && topology.balancers.length === 0;
  return [
    ...(shown
      ? [
          `clients that trust ${files.authority.certificate} have to trust ${files.next.certificate} as well, before the load balancer shows a certificate of it: with --trust-only this run ends before that`,
        ]
      : []),
    ...(external
      ? [
          `the external load balancer has to trust ${files.next.certificate} before nodes show certificates of it: with --trust-only this run ends before that`,
        ]
      : []),
  ];
}

/** Tells how far a rotation is, and which hosts do not run yet with what there is. Exit code 1 if one of them does not. */
async function showRotation(
  session: Session,
  asks: Asks,
  material: Material,
  { primary = false, output }: RotateOptions,
): Promise<number> {
  const { world } = session;
  const found = await orInterrupted(session.stop, whoIsBehind(world, asks));
  const behind = new Map(found.map(({ host, why }) => [host, why]));
  const hosts = standings(world, material);
  if (output === 'json') {
    const phase = primary ? signingPhase(material) : rotationPhase(world, material);
    const keys = primary ? { keys: signingStandings(material) } : {};
    const found = hosts.map((each) => ({ ...each, behind: behind.get(each.host) ?? null }));
    process.stdout.write(`${JSON.stringify({ phase, ...keys, hosts: found }, undefined, 2)}\n`);
  } else {
    const rows = hosts.map(({ host, certificate, until }) => [
      host,
      certificate,
      until === undefined ? '-' : day(until),
      behind.get(host) ?? 'runs with what there is',
    ]);
    const text = table(['host', 'certificate', 'until', ''], rows);
    const phase = primary ? signingStatus(material) : `${phaseWords[rotationPhase(world, material)]}\n`;
    process.stdout.write(`${phase}\n${text}\n`);
  }
  await session.pool.close();
  return behind.size === 0 ? exitCodes.ok : exitCodes.failed;
}

async function asksOf({ pool }: Session): Promise<Asks> {
  const looker = createLooker((host) => pool.connect(host.login), createLedger());
  return looker.from(controller, await pool.connect(controller.login));
}

function say(options: RunCommandOptions, line: string): void {
  (isForPeople(options) ? process.stdout : process.stderr).write(`${line}\n`);
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
