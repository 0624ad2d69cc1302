import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { backupFiles, type Manifest, namedNodes, type SavedFile } from '../apim/cluster/backup.ts';
import { sharedDirectories } from '../apim/cluster/shared.ts';
import { databaseNeeds } from '../apim/database/databases.ts';
import { roles } from '../apim/release/roles.ts';
import { controllerName } from '../engine/controller.ts';
import type { AnyStep } from '../engine/step.ts';
import { UsageError } from '../errors.ts';
import type { Play } from '../input/playbook.ts';
import { recordName } from '../record/recorder.ts';
import { backupDatabases, type ProgramAt } from '../steps/backup-databases.ts';
import { backupFilesOf } from '../steps/backup-files.ts';
import type { World } from '../steps/define.ts';
import { finishBackup } from '../steps/finish-backup.ts';
import { listBackup } from '../steps/list-backup.ts';
import { type BackupPlace, prepareBackup } from '../steps/prepare-backup.ts';
import { type RunCommandOptions, walk } from './commands.ts';
import { findProgram, spokenType } from './database-programs.ts';
import { isForPeople } from './for-people.ts';
import { openSession, operator, type Session, withinLimit } from './session.ts';

/** What a backup is to hold, and where it goes. */
export interface BackupOptions extends RunCommandOptions {
  readonly out?: string;
  readonly databases: boolean;
}

/** Keeps what the controller and the nodes own, and the databases, in a folder of its own. Exit code as of a run. */
export async function backUp(
  inventoryFile: string,
  options: BackupOptions,
  version: string,
): Promise<number> {
  const session = await openSession(inventoryFile, options, `backup ${inventoryFile}`);
  const { world } = session;
  const { topology } = world;
  const nodes = withinLimit(
    session,
    topology.nodes.map(({ host }) => host),
    'the nodes',
  );
  const place = placeFor(session, options.out);
  if (options.databases) spokenType(topology);
  let dumper: ProgramAt | undefined;
  try {
    dumper = options.databases ? await findProgram(session, 'dump') : undefined;
  } catch (error) {
    await session.pool.close();
    throw error;
  }
  const lacks = lackingIn(world, nodes.length, options.databases);
  const manifestOf = (files: readonly SavedFile[]): Manifest => ({
    format: 1,
    id: place.id,
    by: operator(),
    version,
    inventory: basename(inventoryFile),
    release: topology.settings.version,
    pack: topology.settings.pack.sha256,
    nodes: namedNodes(topology, new Set(nodes.map(({ name }) => name))),
    databases: dumper === undefined ? [] : savedDatabases(world),
    lacks,
    files: [...files],
  });
  const steps: AnyStep<World>[] = [
    prepareBackup(place),
    backupFilesOf(place),
    ...(dumper === undefined ? [] : [backupDatabases(place, dumper)]),
    listBackup(place),
    finishBackup(place, manifestOf),
  ];
  const position = { file: inventoryFile, line: 1, column: 1 };
  const play = (name: string, hosts: readonly string[], ...names: readonly string[]): Play => ({
    name,
    hosts,
    order: 'parallel',
    steps: names.map((step) => ({ step, params: undefined, position: () => position })),
    position,
  });
  const playbook = {
    file: inventoryFile,
    name: 'Back up',
    plays: [
      play('Keys and certificates', [controllerName], 'prepare-backup'),
      play('What the nodes own', groups, 'backup-files'),
      ...(dumper === undefined ? [] : [play('Databases', [controllerName], 'backup-databases')]),
      play('The backup', [controllerName], 'list-backup', 'finish-backup'),
    ],
  };
  let whole = false;
  try {
    const register = new Map(steps.map((step) => [step.name, step]));
    const code = await walk(session, world, playbook, options, false, { steps: register });
    whole = existsSync(join(place.folder, backupFiles.seal));
    if (isForPeople(options)) tell(place, whole, lacks);
    return code;
  } finally {
    // What is not whole is no backup, and holds keys.
    if (!whole) rmSync(place.partial, { recursive: true, force: true });
  }
}

/** Groups of all components, in the order in which they start. */
export const groups: readonly string[] = roles.map(({ group }) => group);

/** A name that no backup has yet, in the folder that was named or beside the inventory. Throws `UsageError`. */
function placeFor({ world }: Session, out: string | undefined): BackupPlace {
  const parent = resolve(out ?? join(world.baseDirectory, 'backups'));
  if (existsSync(parent) && !statSync(parent).isDirectory()) throw new UsageError(`${parent} is no folder`);
  const first = recordName(world.now, 'backup').replace(/-backup$/, '');
  let id = first;
  for (let number = 2; existsSync(join(parent, id)); number += 1) id = `${first}-${number}`;
  // Only those of this cluster and this machine, which one run at a time is at work on: others may be under way in this folder.
  const ours = `${hostname()} ${world.topology.settings.certificates.directory}`;
  const of = createHash('sha256').update(ours).digest('hex');
  const leftovers = `.partial-${of.slice(0, 12)}-`;
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UsageError(`${parent} cannot be made: ${(error as Error).message}`);
  }
  return {
    id,
    parent,
    folder: join(parent, id),
    partial: join(parent, `${leftovers}${id}-${process.pid}`),
    leftovers,
  };
}

function savedDatabases({ topology }: World): Manifest['databases'] {
  return databaseNeeds(topology).map(({ which, name }) => ({
    which,
    name,
    type: topology.settings.database.type,
  }));
}

/** What whoever brings all back needs beside the backup. */
function lackingIn({ topology }: World, saved: number, databases: boolean): string[] {
  const shared = new Set(
    topology.nodes.flatMap((node) =>
      sharedDirectories(topology, node).map(({ kind, mount }) => `${kind} in ${mount.source}`),
    ),
  );
  const { apim, shared: other, type } = topology.settings.database;
  return [
    'the inventory, and the files and passwords that it names',
    ...(saved < topology.nodes.length ? [`nodes that --limit left out`] : []),
    ...(databases ? [] : [`the databases ${other.name} and ${apim.name} (${type})`]),
    ...[...shared].map((each) => `what nodes share: ${each}`),
  ];
}

function tell({ folder }: BackupPlace, whole: boolean, lacks: readonly string[]): void {
  const lines = whole
    ? [`the backup: ${folder}`, ...lacks.map((each) => `not in it: ${each}`)]
    : ['there is no backup: what was brought was removed again'];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
