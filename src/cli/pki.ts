import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { pkiFiles } from '../apim/keystores.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import { controller } from '../engine/schedule.ts';
import { KnownError, LockHeld, StepFailed } from '../errors.ts';
import { decryptVault, encryptVault, isVault } from '../input/vault.ts';
import type { Secret } from '../secret.ts';
import { readMaterial } from '../steps/material.ts';
import {
  nextAuthority,
  type Recovered,
  type RecoveredFile,
  recoverBalancer,
  recoveredFiles,
  recoverNode,
} from '../steps/recover-keys.ts';
import { exitCodes, lockOf } from './commands.ts';
import { refuseKeyFiles } from './key-files.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';
import { unlessStopped } from './unless-stopped.ts';

/**
 * Brings the folder pki back from the keystores of the servers, or makes a next authority beside one whose key is lost.
 * Nothing is done to a server, and no file here is written over but the certificate of the authority that gets a successor.
 */
export async function recoverPki(
  inventoryFile: string,
  options: CommonOptions & { readonly newAuthority?: boolean },
): Promise<number> {
  const session = await openSession(inventoryFile, options, `pki recover ${inventoryFile}`);
  const { world, pool, stop } = session;
  try {
    const local = await pool.connect(controller.login);
    const { nameAt, holder } = lockOf(session, world);
    const lock = await local.lock(nameAt(controller), holder);
    if (!lock.held)
      throw new LockHeld({ cause: `another run is at work here: ${lock.by}`, hint: 'wait for it to end' });
    const looker = createLooker(async () => local, createLedger());
    const read = () => looker.from(controller, local).once(readMaterial, { ...world });
    const before = await read();
    if (before.primary === undefined || options.newAuthority !== true) {
      const found = await unlessStopped(stop, askAll(session, looker));
      const files = recoveredFiles(world.topology, found);
      const made = files.filter((file) => writeNew(file, world.vaultPassword));
      tell(
        made.length === 0
          ? 'nothing is missing in the folder pki that servers could give back'
          : `read back from the servers: ${made.map(({ path }) => path).join(', ')}`,
      );
    }
    if (options.newAuthority === true) {
      for (const file of await nextAuthority(world, await read())) write(file, world.vaultPassword);
      const { authority, formerAuthority } = pkiFiles(world.topology);
      tell(`made a next authority: ${authority.certificate}`);
      tell(
        `the old one is in ${formerAuthority}: every server trusts both after the next deploy, which restarts them one at a time; certificates that are in use stay as they are, and new ones are of the next authority`,
      );
      tell(
        'clients that verify your servers by the old authority need the next one, too, before certificates are renewed',
      );
    } else warnWithoutKey(session, (await read()).authority?.key !== undefined);
    return exitCodes.ok;
  } finally {
    await pool.close();
  }
}

function warnWithoutKey({ world }: Session, hasKey: boolean): void {
  if (hasKey) return;
  const { authority, directory } = pkiFiles(world.topology);
  tell(
    `${authority.key} cannot be read back: it never was on a server. The cluster goes on as it is, but no certificate can be issued: not for a new host or name, and not when one ends`,
  );
  tell(
    'bring it from where it is kept; if it is lost, add --new-authority, which makes a next one beside the old',
  );
  tell(`keep ${directory} in a shared, encrypted place: whoever deploys needs it`);
}

async function askAll(
  { world, hosts, pool }: Session,
  looker: ReturnType<typeof createLooker>,
): Promise<Recovered[]> {
  const { topology } = world;
  const nodes = new Set(topology.nodes.map(({ host }) => host.name));
  const members = hosts.filter(
    ({ name }) => nodes.has(name) || topology.balancers.some(({ host }) => host.name === name),
  );
  refuseKeyFiles(members);
  const found = await Promise.all(
    members.map(async (host): Promise<Recovered | StepFailed> => {
      try {
        const asks = looker.from(host, await pool.connect(host.login));
        return await (nodes.has(host.name) ? recoverNode : recoverBalancer)(topology, host, asks);
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        return new StepFailed({
          cause: `${host.name}: ${error.message}`,
          hint: `if it is gone for good, recover without it: --limit 'all:!${host.name}'`,
        });
      }
    }),
  );
  const failed = found.find((each) => each instanceof StepFailed);
  if (failed instanceof StepFailed) throw failed;
  return found.flatMap((each) => (each instanceof StepFailed ? [] : [each]));
}

/** Whether the file was made; false if it is there and says the same. Throws `StepFailed` if it says something else. */
function writeNew(file: RecoveredFile, vaultPassword: Secret | undefined): boolean {
  const { path, content } = file;
  if (existsSync(path)) {
    const text = readFileSync(path, 'utf8');
    const there = isVault(text) && vaultPassword !== undefined ? decryptVault(text, vaultPassword) : text;
    if (there.trim() === content.trim()) return false;
    throw new StepFailed({
      cause: `${path} is there already, and is another than the servers have`,
      hint: `move the folder ${dirname(path)} away, if it is not of this cluster, and run the same command again`,
    });
  }
  const part = prepare(file, vaultPassword);
  // Unlike a rename, a link never takes the place of what came there meanwhile.
  linkSync(part, path);
  rmSync(part);
  return true;
}

function write(file: RecoveredFile, vaultPassword: Secret | undefined): void {
  renameSync(prepare(file, vaultPassword), file.path);
}

function prepare({ path, content, isKey }: RecoveredFile, vaultPassword: Secret | undefined): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${dirname(path)}/.${basename(path)}.part-${process.pid}`;
  rmSync(part, { force: true });
  const descriptor = openSync(part, 'wx', isKey ? 0o600 : 0o644);
  writeSync(
    descriptor,
    isKey && vaultPassword !== undefined ? encryptVault(content, vaultPassword) : content,
  );
  fsyncSync(descriptor);
  closeSync(descriptor);
  return part;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
