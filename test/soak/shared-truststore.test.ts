import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createAuthority } from '../../src/pki/authority.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { type BusyLoops, startBusyLoops } from '../support/busy.ts';
import { keptKey } from '../support/kept-keys.ts';
import { changesIn, failuresIn, runJson } from '../support/tool.ts';

const rounds = 30;
const gateways = ['gw1', 'gw2'] as const;
const others = { km: 'key_manager', tm: 'traffic_manager', pub: 'publisher', dev: 'devportal' } as const;

/** What of a deployment concerns the truststore, at the two who share it. */
const playbook = {
  name: 'Trust',
  plays: [
    { name: 'Certificates', hosts: 'controller', steps: ['issue-certificates'] },
    {
      name: 'Install',
      hosts: 'gateway',
      in: 'parallel',
      steps: ['fetch-pack', 'install-pack', 'optimize-profile', 'share-directories', 'install-keystores'],
    },
    { name: 'See', hosts: 'gateway', in: 'parallel', steps: ['check-shared-directories'] },
  ],
};

describe('two gateways with one truststore, on a busy machine', () => {
  let lab: Lab;
  let folder: string;
  let inventory: string;
  let busy: BusyLoops;
  let key: string;

  const trust = () => runJson('run', join(folder, 'trust.yaml'), inventory);
  /** Has everybody trust another certificate than before, as if the partner had a new one. */
  const bring = async (organization: string) => {
    const { certificate } = await createAuthority({ organization, days: 30, now: new Date(), key });
    await writeFile(join(folder, 'partner.pem'), certificate);
  };
  const truststore = (host: string) =>
    lab.exec(host, 'sha256sum < /opt/wso2/gateway/repository/resources/security/client-truststore.jks');

  beforeAll(async () => {
    busy = startBusyLoops(2);
    lab = createLab({ name: 'trust', network: '10.93.0' });
    await lab.down();
    folder = await mkdtemp(join(tmpdir(), 'trust-'));
    await lab.up([...gateways, 'nas', 'db']);
    const [database, source] = await Promise.all([lab.database('db'), lab.shared('nas')]);
    const addresses = new Map(
      await Promise.all(gateways.map(async (name) => [name, await lab.address(name)] as const)),
    );
    inventory = await writeInventory(folder, lab, {
      pack: await buildPack(),
      database,
      entries: [
        // Only their names count here: nobody connects to them.
        ...Object.entries(others).map(([name, group], index) => ({
          group,
          name,
          address: `10.93.0.${200 + index}`,
          hostname: `${name}.lab.test`,
        })),
        ...gateways.map((name) => ({
          group: 'gateway',
          name,
          address: addresses.get(name) ?? '',
          hostname: `${name}.lab.test`,
        })),
      ],
      apim: {
        trust: ['partner.pem'],
        load_balancer: {
          software: 'external',
          address: '10.93.0.1',
          gateway: { https: 'https://gw.lab.test', management: 'https://gw-mgt.lab.test' },
        },
        shared_directories: {
          synapse_configs: { type: 'glusterfs', source },
          truststore: { type: 'glusterfs', source },
        },
      },
    });
    await writeFile(join(folder, 'trust.yaml'), stringify(playbook));
    key = await keptKey(2048);
    await bring('Partner');
  });

  afterAll(async () => {
    busy?.stop();
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  it('are deployed', async () => {
    const made = await trust();
    expect(failuresIn(made)).toEqual([]);
    expect(made.code).toBe(0);
  });

  it.each(Array.from({ length: rounds }, (_, index) => index + 1))(
    'both come to trust a new certificate, which one of them writes: round %i',
    async (round) => {
      await bring(`Partner ${round}`);
      const made = await trust();
      expect(failuresIn(made)).toEqual([]);
      expect(changesIn(made).filter((change) => change.includes('trust the cluster'))).toHaveLength(1);
      const [first, second] = await Promise.all(gateways.map(truststore));
      expect(first).toEqual(second);
      const again = await trust();
      expect([again.code, changesIn(again)]).toEqual([0, []]);
    },
  );
});
