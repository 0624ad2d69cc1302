import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLab, type Lab } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { type Cost, costOf, median, plainCostOf, run, tool } from './measure.ts';

/** Five components, a second gateway, and the balancer in front of both. */
const components = [
  ['key_manager', 'km'],
  ['traffic_manager', 'tm'],
  ['publisher', 'pub'],
  ['devportal', 'dev'],
  ['gateway', 'gw1'],
  ['gateway', 'gw2'],
  ['load_balancer', 'lb'],
] as const;

const names = components.map(([, name]) => name);

const balancer = {
  software: 'nginx',
  key_manager: 'https://km.lab.test',
  traffic_manager: 'https://tm.lab.test',
  publisher: 'https://pub.lab.test',
  devportal: 'https://dev.lab.test',
  gateway: { https: 'https://gw.lab.test', management: 'https://gw-mgt.lab.test' },
};

/** `npm run bench -- idle`: what a run costs when there is nothing to do on seven hosts, beside `ssh HOST true` at all of them. */
export async function benchIdle(): Promise<void> {
  const lab = createLab({ name: 'idle', network: '10.67.0' });
  await lab.down();
  const directory = await mkdtemp(join(tmpdir(), 'idle-'));
  try {
    const inventory = await bringUpSeven(lab, directory);
    await tool('deploy', inventory);
    const addresses = await Promise.all(names.map((name) => lab.address(name)));
    const plain = await median(5, () => everywhere(lab, directory, addresses));
    process.stdout.write(`\nssh HOST true, ${names.length} at once: ${plain.toFixed(2)} s\n\n`);
    process.stdout.write(
      `${''.padEnd(28)} ${'wall'.padStart(8)} ${'CPU'.padStart(8)} ${'memory'.padStart(8)}\n`,
    );
    print('--version', await middle(() => plainCostOf('--version')));
    print('--help', await middle(() => plainCostOf('--help')));
    print('validate', await middle(() => costOf('validate', inventory)));
    print('plan, nothing to do', await middle(() => costOf('plan', inventory)), plain);
    print('deploy, nothing to do', await middle(() => costOf('deploy', inventory)), plain);
  } finally {
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Brings up the hosts, and writes the inventory. */
async function bringUpSeven(lab: Lab, directory: string): Promise<string> {
  await lab.up([...names, 'db']);
  const database = await lab.database('db');
  const hosts = await lab.hosts();
  const address = (name: string) => hosts.find((host) => host.name === name)?.address ?? '';
  return writeInventory(directory, lab, {
    pack: await buildPack(),
    database,
    entries: [
      ...components.map(([group, name]) => ({
        group,
        name,
        address: address(name),
        hostname: group === 'load_balancer' ? 'lb.lab.test' : `${name}-1.lab.test`,
      })),
      { group: 'database', name: 'db', address: database.address },
    ],
    apim: { load_balancer: balancer },
  });
}

async function everywhere(lab: Lab, directory: string, addresses: readonly string[]): Promise<void> {
  const options = [`UserKnownHostsFile=${join(directory, 'known_hosts')}`, 'BatchMode=yes'];
  const words = ['-i', lab.keyFile, ...options.flatMap((option) => ['-o', option])];
  await Promise.all(addresses.map((address) => run('ssh', ...words, `wso2@${address}`, 'true')));
}

/** The run in the middle of five, by the CPU that it took. */
async function middle(cost: () => Promise<Cost>): Promise<Cost> {
  const all: Cost[] = [];
  for (let index = 0; index < 5; index += 1) all.push(await cost());
  return all.sort((a, b) => a.cpuSeconds - b.cpuSeconds)[2] as Cost;
}

function print(what: string, { seconds, cpuSeconds, megabytes }: Cost, plain?: number): void {
  const times = plain === undefined ? '' : `   ${(seconds / plain).toFixed(1)} x ssh`;
  process.stdout.write(
    `${what.padEnd(28)} ${seconds.toFixed(2).padStart(6)} s ${cpuSeconds.toFixed(2).padStart(6)} s ${megabytes.toFixed(0).padStart(5)} MB${times}\n`,
  );
}
