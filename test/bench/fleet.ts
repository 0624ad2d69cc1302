import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { parse, stringify } from 'yaml';
import type { Entry } from '../lab/inventory.ts';
import { createLab, type Lab, type LabHost } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { type Cost, costOf, run, seconds } from './measure.ts';
import { tripsOf } from './trips.ts';

/** What is done to a fleet, in this order, and what each cost. */
type Costs = ReadonlyMap<string, FleetCost>;

/** What a run cost here, and all hosts together. They are processes of this very machine. */
interface FleetCost extends Cost {
  readonly hostsCpuSeconds: number;
  /** Round trips for looks at the host that needed most, where that was counted. */
  readonly trips?: number;
}

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
  const all: Fleet[] = [];
  for (const size of sizes) {
    all.push({ size, costs: await benchFleet(size) });
    print(all);
  }
}

interface Fleet {
  readonly size: number;
  readonly costs: Costs;
}

async function benchFleet(size: number): Promise<Costs> {
  if (size < 10 || size > 248) throw new Error(`a fleet has 10 to 248 hosts, not ${size}`);
  const lab = createLab({ name: 'fleet', network: '10.66.0' });
  await lab.down();
  const directory = await mkdtemp(join(tmpdir(), 'fleet-'));
  try {
    const names = Array.from({ length: size }, (_, index) => `h${index + 1}`);
    const upSeconds = await seconds(async () => {
      // So many at a time, for a call of the lab has its deadline.
      for (let index = 0; index < size; index += 40) await lab.up(names.slice(index, index + 40));
    });
    process.stdout.write(`${size} hosts are up after ${upSeconds.toFixed(1)} s\n`);
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
    const costs = new Map<string, FleetCost>();
    const measure = async (what: string, work: () => Promise<Cost>) => {
      const before = await hostsCpu(lab.name);
      const cost = await work();
      costs.set(what, { ...cost, hostsCpuSeconds: (await hostsCpu(lab.name)) - before });
    };
    await measure('new certificates', () => costOf('run', certificates, inventory));
    await measure('plan of everything', () => costOf('plan', inventory));
    await measure('deploy, all but the start', () => costOf('run', allButStart, inventory));
    await measure(idle, () => costOf('run', allButStart, inventory));
    const nodes = hosts.filter(({ name }) => names.includes(name));
    await measure('ssh HOST true, 25 at a time', () => plainSsh(lab, directory, nodes));
    const nothingToDo = costs.get(idle);
    if (nothingToDo !== undefined)
      costs.set(idle, { ...nothingToDo, trips: await tripsOf(allButStart, inventory) });
    return costs;
  } finally {
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  }
}

const idle = 'the same, nothing to do';

/** The least that anybody can do: enter every host, as many at a time as we do. */
async function plainSsh(lab: Lab, directory: string, hosts: readonly LabHost[]): Promise<Cost> {
  const limit = pLimit(25);
  const known = `UserKnownHostsFile=${join(directory, 'known_hosts')}`;
  const enter = ({ address }: LabHost) =>
    run('ssh', '-i', lab.keyFile, '-o', known, '-o', 'BatchMode=yes', `wso2@${address}`, 'true');
  const took = await seconds(async () => {
    await Promise.all(hosts.map((host) => limit(() => enter(host))));
  });
  return { seconds: took, cpuSeconds: Number.NaN, megabytes: Number.NaN };
}

/** CPU seconds that all hosts of a lab have used since they were made, as their cgroups tell. */
async function hostsCpu(lab: string): Promise<number> {
  let microseconds = 0;
  for (const top of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
    const groups = (await readdir(top).catch(() => [])).filter((name) => name.startsWith(`apim-lab-${lab}.`));
    for (const group of groups)
      microseconds += Number(
        /usage_usec (\d+)/.exec(await readFile(join(top, group, 'cpu.stat'), 'utf8').catch(() => ''))?.[1] ??
          0,
      );
    if (groups.length > 0) break;
  }
  return microseconds / 1e6;
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

function print(all: readonly Fleet[]): void {
  const line = (what: string, cells: readonly string[]) =>
    process.stdout.write(`${what.padEnd(28)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
  const number = (value: number | undefined, digits: number) =>
    value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);
  process.stdout.write('\n');
  line('', ['hosts', 'seconds', 'CPU s', 'of hosts', 'MB', 'trips', 'growth', 'of CPU']);
  for (const what of all[0]?.costs.keys() ?? [])
    all.forEach(({ size, costs }, index) => {
      const cost = costs.get(what);
      const before = all[index - 1];
      if (cost === undefined) return;
      const growth = (value: (of: FleetCost) => number) => {
        const earlier = before?.costs.get(what);
        if (before === undefined || earlier === undefined) return undefined;
        return Math.log(value(cost) / value(earlier)) / Math.log(size / before.size);
      };
      line(index === 0 ? what : '', [
        String(size),
        number(cost.seconds, 1),
        number(cost.cpuSeconds, 1),
        number(cost.hostsCpuSeconds, 1),
        number(cost.megabytes, 0),
        number(cost.trips, 0),
        number(
          growth((of) => of.seconds),
          2,
        ),
        number(
          growth((of) => of.cpuSeconds),
          2,
        ),
      ]);
    });
  process.stdout.write(
    'CPU s: of the tool; of hosts: of all hosts, which share this machine; growth: the exponent of seconds and of CPU s, 1 is straight\n',
  );
}
