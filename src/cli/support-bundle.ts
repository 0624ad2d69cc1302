import { readFileSync, statSync } from 'node:fs';
import { arch, release, type } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { deploymentToml, plainLines } from '../apim/config/deployment-toml.ts';
import { defaultForks } from '../connection/forks.ts';
import type { Host } from '../input/inventory.ts';
import { recordFolder, recordName } from '../record/recorder.ts';
import { recordIds } from '../record/records.ts';
import { balancerSupport } from '../steps/balancer-support.ts';
import { nodeSupport } from '../steps/node-support.ts';
import type { Wanted } from '../steps/support-findings.ts';
import { type BundleFolder, fileName, openBundle } from './bundle-folder.ts';
import { certificatesOf } from './certs.ts';
import { exitCodes } from './exit-codes.ts';
import { inventoryFiles } from './inventory-files.ts';
import { isNode, lookAtMany, ofDeployment } from './many-hosts.ts';
import { packBundle, refuseTaken } from './pack-bundle.ts';
import {
  type CommonOptions,
  chosenHosts,
  openSession,
  operator,
  type Session,
  withinLimit,
} from './session.ts';
import { statusOf } from './status.ts';
import { findingsOf } from './validate.ts';

/** What is gathered, and where it goes. */
export interface BundleOptions extends CommonOptions {
  /** Milliseconds. */
  readonly since: number;
  readonly out?: string;
  /** Our own. */
  readonly version: string;
}

const mebibyte = 1024 * 1024;
const bytesOfLog = 8 * mebibyte;
const bytesOfLogs = 32 * mebibyte;

/**
 * Gathers in one archive what somebody needs who is to find out what is wrong. Nothing is altered, so no lock is taken: it works
 * beside a run, and beside one that hangs. Exit code 1 if something could not be read, which is told; the rest is in it.
 */
export async function supportBundle(
  inventoryFile: string,
  pattern: string | undefined,
  options: BundleOptions,
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'support-bundle', { lint: false, acts: false });
  const { world, pool, inventory, stop } = session;
  const named = pattern === undefined ? inventory.hosts : chosenHosts(inventory, pattern, 'the pattern');
  const what = 'the nodes and load balancers';
  const members = withinLimit(
    session,
    ofDeployment(world, named),
    pattern === undefined ? what : `${what} that ${JSON.stringify(pattern)} names`,
  );
  const name = `support-${recordName(world.now, '').slice(0, -1)}`;
  const out = resolve(options.out ?? join(world.baseDirectory, `${name}.tar.gz`));
  refuseTaken(out);
  const bundle = openBundle(dirname(out), name);
  try {
    await gather(session, members, options, bundle);
    bundle.keepOurs('controller/versions.txt', versionsHere(options.version));
    const since = new Date(world.now.getTime() - options.since).toISOString();
    bundle.describe({
      name,
      tool: options.version,
      made: world.now.toISOString(),
      by: operator(),
      inventory: inventory.file,
      since,
      hosts: members.map((host) => ({ host: host.name, role: roleOf(session, host) })),
    });
    await packBundle(bundle.path, name, out, stop);
    const failed = bundle.missing().filter((each) => each.failed);
    for (const { at, what: lost, why } of failed) process.stderr.write(`${at}: ${lost}: ${why}\n`);
    process.stdout.write(`${out}\n`);
    return failed.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    bundle.remove();
    await pool.close();
  }
}

function versionsHere(version: string): string {
  return `apim-orchestrate ${version}\nNode ${process.version}\n${type()} ${release()}, ${arch()}\n`;
}

function roleOf({ world }: Session, { name }: Host): string {
  return world.topology.nodes.find(({ host }) => host.name === name)?.role ?? 'load-balancer';
}

async function gather(
  session: Session,
  members: readonly Host[],
  { since, forks = defaultForks }: BundleOptions,
  bundle: BundleFolder,
): Promise<void> {
  const { world } = session;
  const many = lookAtMany(session);
  const wanted: Wanted = { seconds: Math.ceil(since / 1000), bytesOfLog, bytesOfLogs };
  // What of a host is on its way here is kept in memory: not of all of them at once.
  const inTurn = pLimit(forks);
  await many.each(
    members,
    ({ host, asks }) =>
      inTurn(() => {
        const support = isNode(world, host) ? nodeSupport : balancerSupport;
        return support({ host, world }, asks, wanted, Date.now, bundle.at(host.name));
      }),
    ({ name }, why) => bundle.at(name).miss('the host', why, true),
  );
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  bundle.keepOurs('controller/status.json', json(await statusOf(world, members, many)));
  bundle.keepOurs('controller/certificates.json', json(await certificatesOf(world, members, many, true)));
  bundle.keepOurs('controller/findings.json', json(await findingsOf(session)));
  keepWritten(session, since, bundle);
}

/** What stands on this machine: what people wrote, what comes of it, and what was done. */
function keepWritten({ world, inventory }: Session, since: number, bundle: BundleFolder): void {
  const here = bundle.at('controller');
  const reading = (what: string, file: string, keep: (text: string) => void) => {
    const text = textOf(file);
    if (text === undefined) here.miss(what, 'it cannot be read', true);
    else keep(text);
  };
  for (const { path, name } of inventoryFiles(inventory))
    reading(`inventory/${name}`, path, (text) => here.keep(`inventory/${name}`, text));
  for (const node of world.topology.nodes) {
    const { face } = deploymentToml(world.topology, node);
    here.keep(`rendered/${fileName(node.host.name)}.toml`, face, { plain: plainLines(world.topology, node) });
  }
  const folder = recordFolder(world.baseDirectory);
  let room = bytesOfLogs;
  for (const id of recordIds(folder).reverse()) {
    const file = join(folder, `${id}.jsonl`);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined || found.mtimeMs < world.now.getTime() - since) continue;
    const what = `runs/${id}.jsonl`;
    room -= found.size;
    if (room < 0) here.miss(what, `${found.size} bytes are more than there is room for`);
    else reading(what, file, (text) => bundle.keepOurs(`controller/${what}`, text));
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
