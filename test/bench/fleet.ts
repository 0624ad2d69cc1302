import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Entry } from '../lab/inventory.ts';
import { createLab, type LabHost } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { type Cost, costOf } from './measure.ts';

/** What is done to a fleet, in this order, and what each cost. */
type Costs = ReadonlyMap<string, Cost>;

/** Two hosts for each component; every further one is a gateway. */
const pairs = ['key_manager', 'traffic_manager', 'publisher', 'devportal'];

const balancer = {
  software: 'external',
  address: '10.66.0.1',
  key_manager: 'https://km.lab.test',
  traffic_manager: 'https://tm.lab.test',
  publisher: 'https://publisher.lab.test',
  devportal: 'https://devportal.lab.test',
  gateway: { https: 'https://gw.lab.test', management: 'https://gw-mgt.lab.test' },
};

/** `npm run bench -- fleet 10 50 200`: what whole deployments cost, and how that grows with the number of hosts. */
export async function benchFleets(sizes: readonly number[]): Promise<void> {
  const all: { readonly size: number; readonly costs: Costs }[] = [];
  for (const size of sizes) {
    all.push({ size, costs: await benchFleet(size) });
    print(all);
  }
}

async function benchFleet(size: number): Promise<Costs> {
  if (size < 10 || size > 248) throw new Error(`a fleet has 10 to 248 hosts, not ${size}`);
  const lab = createLab({ name: 'fleet', network: '10.66.0' });
  await lab.down();
  const directory = await mkdtemp(join(tmpdir(), 'fleet-'));
  try {
    const names = Array.from({ length: size }, (_, index) => `h${index + 1}`);
    // So many at a time, for a call of the lab has its deadline.
    for (let index = 0; index < size; index += 40) await lab.up(names.slice(index, index + 40));
    await lab.up(['db']);
    const database = await lab.database('db');
    const hosts = await lab.hosts();
    const inventory = await writeInventory(directory, lab, {
      pack: await buildPack(),
      database,
      entries: [...entriesOf(names, hosts), { group: 'database', name: 'db', address: database.address }],
      apim: { load_balancer: balancer },
    });
    const certificates = await playbookOf(directory, (name) => name === 'Certificates');
    const allButStart = await playbookOf(directory, (name) => !name.startsWith('Start'));
    const costs = new Map<string, Cost>();
    costs.set('new certificates', await costOf('run', certificates, inventory));
    costs.set('plan of everything', await costOf('plan', inventory));
    costs.set('deploy, all but the start', await costOf('run', allButStart, inventory));
    costs.set('the same, nothing to do', await costOf('run', allButStart, inventory));
    return costs;
  } finally {
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  }
}

function entriesOf(names: readonly string[], hosts: readonly LabHost[]): Entry[] {
  return names.map((name, index) => ({
    group: pairs[Math.floor(index / 2)] ?? 'gateway',
    name,
    address: hosts.find((host) => host.name === name)?.address ?? '',
    hostname: `${name}.lab.test`,
  }));
}

/** The shipped playbook with some of its plays. */
async function playbookOf(directory: string, wanted: (name: string) => boolean): Promise<string> {
  const playbook = parse(await readFile('playbooks/deploy.yaml', 'utf8')) as {
    readonly plays: readonly { readonly name: string; readonly beside?: string }[];
  };
  const left = playbook.plays.filter(({ name }) => wanted(name));
  // Nobody can be beside a play that is left out.
  const plays = left.map(({ beside, ...play }) =>
    left.some(({ name }) => name === beside) ? { ...play, beside } : play,
  );
  const path = join(directory, `${plays.length}-plays.yaml`);
  await writeFile(path, stringify({ ...playbook, plays }));
  return path;
}

function print(all: readonly { readonly size: number; readonly costs: Costs }[]): void {
  const line = (...cells: readonly string[]) =>
    `${(cells[0] ?? '').padEnd(28)}${cells
      .slice(1)
      .map((cell) => cell.padStart(9))
      .join('')}\n`;
  process.stdout.write(`\n${line('', 'hosts', 'seconds', 'CPU s', 'MB', 'growth')}`);
  for (const what of all[0]?.costs.keys() ?? [])
    all.forEach(({ size, costs }, index) => {
      const cost = costs.get(what);
      const before = all[index - 1];
      const earlier = before?.costs.get(what);
      if (cost === undefined) return;
      const growth =
        before === undefined || earlier === undefined
          ? ''
          : (Math.log(cost.cpuSeconds / earlier.cpuSeconds) / Math.log(size / before.size)).toFixed(2);
      process.stdout.write(
        line(
          index === 0 ? what : '',
          String(size),
          cost.seconds.toFixed(1),
          cost.cpuSeconds.toFixed(1),
          cost.megabytes.toFixed(0),
          growth,
        ),
      );
    });
  process.stdout.write('growth: the exponent of CPU seconds; 1 is straight\n');
}
