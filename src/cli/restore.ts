import { existsSync } from 'node:fs';
import { backupFiles, type Manifest, otherCluster } from '../apim/cluster/backup.ts';
import { pkiFiles } from '../apim/cluster/keystores.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { databaseNeeds, databasePlace } from '../apim/database/databases.ts';
import { lookAtHome, readHome } from '../apim/server/home.ts';
import { controllerName } from '../engine/controller.ts';
import type { AnyStep } from '../engine/step.ts';
import { KnownError, StepFailed, UsageError } from '../errors.ts';
import type { Play } from '../input/playbook.ts';
import { oneLine } from '../secret.ts';
import type { ProgramAt } from '../steps/backup-databases.ts';
import type { World } from '../steps/define.ts';
import { restoreDatabases } from '../steps/restore-databases.ts';
import { restoreFiles } from '../steps/restore-files.ts';
import { restorePki } from '../steps/restore-pki.ts';
import { asker } from './asker.ts';
import { groups } from './backup.ts';
import { openBackup } from './backup-folder.ts';
import { type RunCommandOptions, walk } from './commands.ts';
import { findProgram, spokenType } from './database-programs.ts';
import { isForPeople } from './for-people.ts';
import { refuseKeyFiles } from './key-files.ts';
import { confirm } from './prompt.ts';
import { openSession, type Session } from './session.ts';

/** What is put back besides keys and what nodes owned, and whether anybody is asked. */
export interface RestoreOptions extends RunCommandOptions {
  readonly databases?: boolean;
  readonly dryRun?: boolean;
}

/** Puts back what a backup holds, as far as nothing stands in its place; a deploy does the rest. Exit code as of a run. */
export async function restore(
  inventoryFile: string,
  folder: string,
  options: RestoreOptions,
): Promise<number> {
  const { folder: root, manifest } = await openBackup(folder);
  const session = await openSession(inventoryFile, options, `restore ${inventoryFile}`);
  const { world } = session;
  const others = otherCluster(world.topology, manifest);
  if (others.length > 0)
    throw new UsageError(
      `the backup ${root} is of another cluster than ${inventoryFile} describes:\n${others.map((each) => `  | ${each}`).join('\n')}`,
    );
  if (options.databases === true) {
    spokenType(world.topology);
    if (manifest.databases.length === 0) throw new UsageError(`there is no database in the backup ${root}`);
  }
  const dryRun = options.dryRun === true;
  let loader: ProgramAt | undefined;
  try {
    loader = options.databases === true ? await findProgram(session, 'load') : undefined;
    const standing = await standingNodes(session);
    if (!dryRun) await confirm(whatItMeans(world, manifest, loader, standing), options.yes === true);
  } catch (error) {
    await session.pool.close();
    throw error;
  }
  const sound = { id: manifest.id, folder: root, files: manifest.files };
  const steps: AnyStep<World>[] = [
    restorePki(sound),
    restoreFiles(sound),
    ...(loader === undefined ? [] : [restoreDatabases(sound, manifest.databases, loader)]),
  ];
  const position = { file: inventoryFile, line: 1, column: 1 };
  const play = (name: string, hosts: readonly string[], step: string): Play => ({
    name,
    hosts,
    order: 'parallel',
    steps: [{ step, params: undefined, position: () => position }],
    position,
  });
  const plays = [
    play('Keys and certificates', [controllerName], 'restore-pki'),
    // Before the databases: what a deploy that comes too early installs takes this over.
    play('What the nodes owned', groups, 'restore-files'),
    ...(loader === undefined ? [] : [play('Databases', [controllerName], 'restore-databases')]),
  ];
  const register = new Map(steps.map((step) => [step.name, step]));
  const playbook = { file: inventoryFile, name: 'Restore', plays };
  const code = await walk(session, world, playbook, options, dryRun, { steps: register });
  if (code === 0 && !dryRun && isForPeople(options))
    process.stdout.write(`what is left to do: apim-orchestrate deploy ${inventoryFile}\n`);
  return code;
}

/** Nodes of the run whose home is there. Throws if not all can be asked: then nothing is written anywhere. */
async function standingNodes({ world, pool, hosts, stop }: Session): Promise<Node[]> {
  const nodes = world.topology.nodes.filter(({ host }) => hosts.some(({ name }) => name === host.name));
  await refuseKeyFiles(
    nodes.map(({ host }) => host),
    asker(stop),
  );
  const silent: string[] = [];
  const found = await Promise.all(
    nodes.map(async (node) => {
      try {
        const connection = await pool.connect(node.host.login);
        return readHome((await connection.ask(lookAtHome(node))).stdout).kind === 'none' ? [] : [node];
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        silent.push(`${node.host.name}: ${oneLine(error)}`);
        return [];
      }
    }),
  );
  if (silent.length === 0) return found.flat();
  throw new StepFailed({
    cause: 'not all servers can be asked what stands there, so nothing was written',
    tail: silent,
    hint: 'mend these, or leave them out by --limit',
  });
}

/** What somebody should know before it is done. */
function whatItMeans(
  { topology, hosts }: World,
  { id, by, nodes, databases, files }: Manifest,
  loader: ProgramAt | undefined,
  standing: readonly Node[],
): string[] {
  const { directory } = pkiFiles(topology);
  const here = topology.nodes.map(({ host }) => host.name).filter((name) => hosts.has(name));
  const saved = new Set(nodes.flatMap((node) => (node.saved ? [node.name] : [])));
  const due = here.filter((name) => saved.has(name) && !standing.some(({ host }) => host.name === name));
  const without = here.filter((name) => !saved.has(name));
  const keys = files.filter(({ path }) => path.startsWith(`${backupFiles.pki}/`)).length;
  const names = databaseNeeds(topology)
    .filter(({ which }) => databases.some((each) => each.which === which))
    .map(databasePlace);
  return [
    `the backup ${id}, made by ${by}: all ${files.length} files are as they were written`,
    `${directory}: ${existsSync(directory) ? `${keys} files are put there; one that is there and says something else stays beside as ….kept-…` : `is made, with ${keys} files`}`,
    ...(due.length === 0
      ? []
      : [
          `${due.join(', ')}: what ${due.length === 1 ? 'this node' : 'these nodes'} owned is put back, for deploy to install the archive around it`,
        ]),
    ...standing.map(
      ({ host, home }) =>
        `${host.name}: ${home} stands already and is left as it is; to have what the backup has of it, stop that node, move the folder away there, and restore again`,
    ),
    ...(without.length === 0 ? [] : [`${without.join(', ')}: there is nothing of it in the backup`]),
    loader === undefined
      ? names.length === 0
        ? 'there is no database in the backup'
        : `${names.join(' and ')}: left alone; with --databases they are loaded, if they are empty`
      : `${names.join(' and ')}: loaded by ${loader.program.name} of ${loader.host.name}, and only if empty`,
  ];
}
