import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster, createPairs } from '../support/cluster.ts';
import { benchFleets } from './fleet.ts';
import { benchIdle } from './idle.ts';
import { benchLatency } from './latency.ts';
import { median, run, seconds, tool } from './measure.ts';
import { benchRestarts } from './restart.ts';
import { deploySpans, type Span } from './spans.ts';

/**
 * `npm run bench`: how long runs take, each beside plain ssh, scp and unzip doing the bare minimum.
 * `npm run bench -- pairs`: a first deployment of two hosts for each component.
 * `npm run bench -- restart`: what is added to a restart, beside what the server itself takes.
 * `npm run bench -- latency 80`: how often a run with nothing to do waits for servers that are so many milliseconds away.
 * `npm run bench -- idle`: what a run costs with nothing to do on seven hosts.
 * `npm run bench -- fleet 10 50 200`: what whole deployments of so many hosts cost.
 */

const hosts = ['km', 'tm', 'pub', 'dev', 'gw'];

async function bench(cluster: Cluster, megabytes: number): Promise<void> {
  const addresses = await Promise.all(hosts.map((host) => cluster.lab.address(host)));
  const ssh = [
    '-i',
    cluster.lab.keyFile,
    '-o',
    `UserKnownHostsFile=${join(cluster.folder, 'known_hosts')}`,
    '-o',
    'BatchMode=yes',
  ];
  const everywhere = (work: (address: string) => Promise<void>) =>
    Promise.all(addresses.map(work)).then(() => undefined);
  const pack = /path: (\S+\.zip)/.exec(await readFile(cluster.inventory, 'utf8'))?.[1] ?? '';

  const plain = await median(3, () => everywhere((address) => run('ssh', ...ssh, `wso2@${address}`, 'true')));
  const sent = await seconds(() =>
    everywhere((address) => run('scp', '-q', ...ssh, pack, `wso2@${address}:bench.zip`)),
  );
  const unzipped = await seconds(() =>
    everywhere((address) => run('ssh', ...ssh, `wso2@${address}`, 'unzip -q bench.zip -d bench')),
  );
  await everywhere((address) => run('ssh', ...ssh, `wso2@${address}`, 'rm -rf bench bench.zip'));
  let spans: ReadonlyMap<string, Span> = new Map();
  const cold = await seconds(async () => {
    spans = await deploySpans(cluster.inventory);
  });
  const again = await median(5, () => tool('deploy', cluster.inventory));
  const planned = await median(5, () => tool('plan', cluster.inventory));

  const row = (what: string, ours: number, beside: string, theirs: number) =>
    process.stdout.write(
      `${what.padEnd(34)} ${ours.toFixed(2).padStart(7)} s   ${beside.padEnd(44)} ${theirs.toFixed(2).padStart(6)} s   ${(ours / theirs).toFixed(1).padStart(5)} x\n`,
    );
  process.stdout.write('\n');
  row('deploy with nothing to do', again, 'ssh HOST true, 5 at once', plain);
  row('plan with nothing to do', planned, 'ssh HOST true, 5 at once', plain);
  row(`cold deploy, ${megabytes} MB archive`, cold, 'scp, then unzip, 5 at once (no start)', sent + unzipped);
  const beside: Readonly<Record<string, string>> = {
    upload: `scp: ${sent.toFixed(2)} s`,
    unpack: `unzip: ${unzipped.toFixed(2)} s`,
  };
  printSpans(spans, beside);
}

function printSpans(spans: ReadonlyMap<string, Span>, beside: Readonly<Record<string, string>> = {}): void {
  for (const [part, { from, to }] of spans)
    process.stdout.write(
      `  ${part.padEnd(14)} ${(to - from).toFixed(2).padStart(6)} s   from ${from.toFixed(2).padStart(5)} to ${to.toFixed(2).padStart(5)}   ${beside[part] ?? ''}\n`,
    );
}

/** A first deployment of pairs: their twins start together. */
async function benchPairs(): Promise<void> {
  const cluster = await createPairs('pairs', '10.87.0');
  try {
    let spans: ReadonlyMap<string, Span> = new Map();
    const cold = await seconds(async () => {
      spans = await deploySpans(cluster.inventory);
    });
    process.stdout.write(`\ncold deploy of two hosts for each component: ${cold.toFixed(2)} s\n`);
    printSpans(spans);
  } finally {
    await cluster.close();
  }
}

async function benchFive(megabytes: number): Promise<void> {
  await buildPack({ padMegabytes: megabytes });
  const cluster = await createCluster('bench', '10.89.0', {}, { padMegabytes: megabytes });
  try {
    await bench(cluster, megabytes);
  } finally {
    await cluster.close();
  }
}

const [what = '200', ...sizes] = process.argv.slice(2);
if (what === 'fleet') await benchFleets((sizes.length === 0 ? ['10', '50', '200'] : sizes).map(Number));
else if (what === 'pairs') await benchPairs();
else if (what === 'latency') await benchLatency(Number(sizes[0] ?? 80));
else if (what === 'idle') await benchIdle();
else if (what === 'restart') await benchRestarts();
else await benchFive(Number(what));
