import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../lab/inventory.ts';
import type { LabDatabase } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, type ToolResult } from '../support/tool.ts';

/** The playbooks of docs/playbooks/, as they stand there, for two gateways behind a balancer. */

let cluster: Cluster;
let database: LabDatabase;

/** Names, components and where they are; of two on one host the second has an offset. */
const entries = [
  { group: 'key_manager', name: 'km', on: 'km' },
  { group: 'traffic_manager', name: 'tm', on: 'tm' },
  { group: 'publisher', name: 'pub', on: 'pub' },
  { group: 'devportal', name: 'dev', on: 'pub', offset: 1 },
  { group: 'gateway', name: 'gw1', on: 'dev' },
  { group: 'gateway', name: 'gw2', on: 'gw' },
  { group: 'load_balancer', name: 'lb', on: 'db' },
] as const;

/** Writes the inventory; `ofGateways` are settings of both. */
async function describeCluster(ofGateways: Settings = {}): Promise<void> {
  const { lab, folder } = cluster;
  const addresses = new Map((await lab.hosts()).map(({ name, address }) => [name, address]));
  await writeInventory(folder, lab, {
    pack: await buildPack(),
    database,
    apim: {
      load_balancer: {
        software: 'nginx',
        gateway: {
          https: 'https://api.lab.test',
          wss: 'wss://api.lab.test:8099',
          ws: 'ws://api.lab.test:9099',
          management: 'https://api-mgt.lab.test',
        },
      },
    },
    entries: entries.map(({ on, ...entry }) => ({
      ...entry,
      address: addresses.get(on) ?? '',
      hostname: `${entry.name}.lab.test`,
      ...(entry.group === 'gateway' ? { apim: ofGateways } : {}),
    })),
  });
}

const run = (playbook: string, ...words: string[]) =>
  runJson('run', resolve(import.meta.dirname, '../../docs/playbooks', playbook), cluster.inventory, ...words);

/** Steps that did something, in the order in which they ended. */
function doneIn({ events }: ToolResult): string[] {
  return events.flatMap((event) =>
    event.type === 'step-finished' && event.outcome === 'changed' ? [`${event.host} ${event.step}`] : [],
  );
}

const at = (host: string, command: string) => cluster.lab.exec(host, command);
const logs = '/opt/wso2/gateway/repository/logs';
const drained = async () => (await at('db', 'cat /etc/apim-orchestrate/balancer/drained')).stdout;

beforeAll(async () => {
  cluster = await createCluster('own', '10.86.0');
  database = await cluster.lab.database('db');
  await describeCluster();
  const deployed = await runJson('deploy', cluster.inventory);
  expect(failuresIn(deployed)).toEqual([]);
});
afterAll(() => cluster?.close());

describe('the hotfix', () => {
  const rolled = ['gw1', 'gw2'].flatMap((host) => [
    `${host} install-files`,
    `${host} start-server`,
    `${host} wait-ready`,
  ]);

  it('is nothing to do before there is one', async () => {
    const before = await run('hotfix.yaml');
    expect([before.code, changesIn(before)]).toEqual([0, []]);
  });

  it('is planned with the restarts that follow from it', async () => {
    await writeFile(join(cluster.folder, 'hotfix.jar'), 'a hotfix');
    await describeCluster({ files: [{ from: 'hotfix.jar', to: 'dropins' }] });
    const planned = await run('hotfix.yaml', '--dry-run');
    expect(failuresIn(planned)).toEqual([]);
    expect(planned.code).toBe(2);
    expect(changesIn(planned).map((change) => change.split(':')[0])).toEqual([...rolled].sort());
  });

  it('is rolled out to one gateway after another, each ready before the next is touched', async () => {
    const done = await run('hotfix.yaml');
    expect(failuresIn(done)).toEqual([]);
    expect(done.code).toBe(0);
    expect(doneIn(done)).toEqual(rolled);
    for (const host of ['dev', 'gw'])
      expect((await at(host, 'cat /opt/wso2/gateway/repository/components/dropins/hotfix.jar')).stdout).toBe(
        'a hotfix',
      );
  });

  it('is there to stay: neither it nor a deployment finds anything to do', async () => {
    const again = await run('hotfix.yaml');
    expect([again.code, changesIn(again)]).toEqual([0, []]);
    const deployed = await runJson('deploy', cluster.inventory);
    expect([deployed.code, changesIn(deployed)]).toEqual([0, []]);
  });
});

describe('the maintenance window', () => {
  it('drains one gateway, works on it while it is stopped, and takes it back', async () => {
    await at('gw', `touch -d '60 days ago' ${logs}/audit.log.1 && chown wso2 ${logs}/audit.log.1`);
    await at('gw', `touch ${logs}/audit.log.2`);
    const done = await run('maintenance.yaml');
    expect(failuresIn(done)).toEqual([]);
    expect(done.code).toBe(0);
    expect(doneIn(done)).toEqual([
      'lb drain-nodes',
      'gw2 stop-server',
      'gw2 run-command',
      'gw2 start-server',
      'gw2 wait-ready',
      'lb drain-nodes',
    ]);
    expect(await drained()).toBe('');
    expect((await at('gw', `ls ${logs} | grep audit.log.`)).stdout).toBe('audit.log.2\n');
  });

  it('leaves the gateway drained when the work fails, and carries on when it is run again', async () => {
    // A folder of that name is nothing that can be deleted so.
    await at(
      'gw',
      `mkdir ${logs}/x.log.d && touch ${logs}/x.log.d/kept && touch -d '60 days ago' ${logs}/x.log.d`,
    );
    const failed = await run('maintenance.yaml');
    expect(failed.code).toBe(1);
    expect(failuresIn(failed).map(({ where }) => where)).toEqual(['gw2 run-command']);
    expect(await drained()).toBe('gw2\n');
    await at('gw', `rm -r ${logs}/x.log.d`);
    const done = await run('maintenance.yaml');
    expect(failuresIn(done)).toEqual([]);
    expect(doneIn(done)).toEqual(['gw2 start-server', 'gw2 wait-ready', 'lb drain-nodes']);
    expect(await drained()).toBe('');
    expect(changesIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  });
});

describe('the health sweep', () => {
  it('finds nothing where all is well, and changes nothing', async () => {
    for (const words of [[], ['--dry-run']]) {
      const swept = await run('health-sweep.yaml', ...words);
      expect(failuresIn(swept)).toEqual([]);
      expect([swept.code, changesIn(swept)]).toEqual([0, []]);
    }
  });

  it('names the server that is down, and looks at all the others', async () => {
    expect((await runJson('stop', cluster.inventory, '--limit', 'gw1')).code).toBe(0);
    expect((await run('health-sweep.yaml', '--dry-run')).code).toBe(2);
    const swept = await run('health-sweep.yaml');
    expect(swept.code).toBe(1);
    expect(new Set(failuresIn(swept).map(({ where }) => where.split(' ')[0]))).toEqual(new Set(['gw1']));
    const looked = swept.events.flatMap((event) =>
      event.type === 'step-finished' && event.step === 'wait-ready' && event.outcome === 'unchanged'
        ? [event.host]
        : [],
    );
    expect(looked.sort()).toEqual(['dev', 'gw2', 'km', 'pub', 'tm']);
  });
});
