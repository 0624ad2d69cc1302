import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fiveEntries, fiveHostNames } from '../five.ts';
import { runProcess } from '../process.ts';
import { buildStandIn } from '../standin.ts';
import { randomWord, writeInventory } from '../workspace.ts';

/** `npx tsx test/lab/compose/write.ts`: what the containers of docker-compose.test.yml are given, and the inventory. */

const workspace = fileURLToPath(new URL('../../../.lab', import.meta.url));
const given = join(workspace, 'compose');

async function makeKey(file: string, comment: string): Promise<string> {
  if (!(await exists(file))) {
    const made = await runProcess(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
    if (made.code !== 0) throw new Error(`ssh-keygen -f ${file}: ${made.stderr}`);
  }
  const [type, key] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return `${type} ${key}`;
}

async function makePassword(name: string): Promise<string> {
  const file = join(given, name);
  if (!(await exists(file))) await writeFile(file, randomWord(), { mode: 0o600 });
  return await readFile(file, 'utf8');
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

// The addresses that docker-compose.test.yml gives, which are the lab's.
const hosts = fiveHostNames.map(
  (name, index) => ({ name, address: `10.77.0.${index + 2}`, kind: 'plain', state: 'up' }) as const,
);

await mkdir(given, { recursive: true });
await chmod(given, 0o700);
await makeKey(join(given, 'id_ed25519'), 'lab');
const knownHosts: string[] = [];
for (const { name, address } of hosts) {
  await mkdir(join(given, name), { recursive: true });
  knownHosts.push(`${address} ${await makeKey(join(given, name, 'ssh_host_ed25519_key'), name)}\n`);
}
await writeFile(join(given, 'known_hosts'), knownHosts.join(''));
await makePassword('deploy-password');
const database = {
  address: hosts.find(({ name }) => name === 'db')?.address ?? '',
  port: 3306,
  username: 'orchestrator',
  password: await makePassword('database-password'),
};
const lab = { keyFile: join(given, 'id_ed25519'), knownHostsFile: join(given, 'known_hosts') };
const pack = await buildStandIn();
console.log(await writeInventory(workspace, lab, { pack, database, entries: fiveEntries(hosts) }));
