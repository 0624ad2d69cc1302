import { join } from 'node:path';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { median, run, tool } from './measure.ts';

const hosts = ['km', 'tm', 'pub', 'dev', 'gw'];

/**
 * `npm run bench -- latency 80`: how many times a run with nothing to do waits for its servers, told by what it takes
 * longer when each of them is so many milliseconds away, there and back. The database server is as near to us as it was,
 * but each question to it goes by way of a server, and waits twice.
 */
export async function benchLatency(milliseconds: number): Promise<void> {
  const cluster = await createCluster('latency', '10.85.0');
  try {
    await tool('deploy', cluster.inventory);
    const addresses = await Promise.all(hosts.map((host) => cluster.lab.address(host)));
    const near = await timesOf(cluster, addresses);
    for (const host of hosts) await cluster.lab.netem(host, milliseconds / 2);
    const far = await timesOf(cluster, addresses);
    process.stdout.write(`\n${''.padEnd(28)}     near  ${milliseconds} ms away   trips of latency\n`);
    for (const [what, seconds] of near) {
      const farSeconds = far.get(what) ?? Number.NaN;
      const trips = ((farSeconds - seconds) * 1000) / milliseconds;
      process.stdout.write(
        `${what.padEnd(28)} ${seconds.toFixed(2).padStart(6)} s  ${farSeconds.toFixed(2).padStart(9)} s   ${trips.toFixed(1).padStart(16)}\n`,
      );
    }
  } finally {
    await cluster.close();
  }
}

async function timesOf(cluster: Cluster, addresses: readonly string[]): Promise<Map<string, number>> {
  const known = `UserKnownHostsFile=${join(cluster.folder, 'known_hosts')}`;
  const ssh = (address: string) =>
    run('ssh', '-i', cluster.lab.keyFile, '-o', known, '-o', 'BatchMode=yes', `wso2@${address}`, 'true');
  return new Map([
    ['deploy with nothing to do', await median(3, () => tool('deploy', cluster.inventory))],
    ['plan with nothing to do', await median(3, () => tool('plan', cluster.inventory))],
    [
      'ssh HOST true, 5 at once',
      await median(3, () => Promise.all(addresses.map(ssh)).then(() => undefined)),
    ],
  ]);
}
