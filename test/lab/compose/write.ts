import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fiveEntries, fiveHostNames } from '../five.ts';
import type { LabHost } from '../lab.ts';
import { runProcess } from '../process.ts';
import { buildStandIn, type Pack } from '../standin.ts';
import { randomWord, writeInventory } from '../workspace.ts';

/** What `writeCompose` is told. */
export interface ComposeOptions {
  /** A folder, made when missing: LAB_WORKSPACE of the compose file. */
  readonly workspace: string;
  /** The first three numbers of the hosts' addresses: LAB_NETWORK of the compose file. */
  readonly network: string;
  readonly pack: Pack;
}

/** Writes what the containers of docker-compose.test.yml are given, and the inventory; gives the path of that. */
export async function writeCompose({ workspace, network, pack }: ComposeOptions): Promise<string> {
  const given = join(workspace, 'compose');
  const hosts = composeHosts(network);
  await mkdir(given, { recursive: true });
  await chmod(given, 0o700);
  await makeKey(join(given, 'id_ed25519'), 'lab');
  const knownHosts: string[] = [];
  for (const { name, address } of hosts) {
    await mkdir(join(given, name), { recursive: true });
    knownHosts.push(`${address} ${await makeKey(join(given, name, 'ssh_host_ed25519_key'), name)}\n`);
  }
  await writeFile(join(given, 'known_hosts'), knownHosts.join(''));
  await makePassword(join(given, 'deploy-password'));
  const database = {
    address: hosts.find(({ name }) => name === 'db')?.address ?? '',
    port: 3306,
    username: 'orchestrator',
    password: await makePassword(join(given, 'database-password')),
  };
  const lab = { keyFile: join(given, 'id_ed25519'), knownHostsFile: join(given, 'known_hosts') };
  return await writeInventory(workspace, lab, { pack, database, entries: fiveEntries(hosts) });
}

/** The hosts of the compose file, at the addresses that it gives them: the lab's. */
export function composeHosts(network: string): readonly LabHost[] {
  return fiveHostNames.map((name, index) => ({
    name,
    address: `${network}.${index + 2}`,
    kind: 'plain',
    state: 'up',
  }));
}

async function makeKey(file: string, comment: string): Promise<string> {
  if (!(await exists(file))) {
    const made = await runProcess(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
    if (made.code !== 0) throw new Error(`ssh-keygen -f ${file}: ${made.stderr}`);
  }
  const [type, key] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return `${type} ${key}`;
}

async function makePassword(file: string): Promise<string> {
  if (!(await exists(file))) await writeFile(file, randomWord(), { mode: 0o600 });
  return await readFile(file, 'utf8');
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

// npx tsx test/lab/compose/write.ts
if (process.argv[1] === import.meta.filename) {
  const workspace = fileURLToPath(new URL('../../../.lab', import.meta.url));
  console.log(await writeCompose({ workspace, network: '10.77.0', pack: await buildStandIn() }));
}
