import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Entry } from '../lab/inventory.ts';
import { createLab } from '../lab/lab.ts';
import { writeInventory } from '../lab/workspace.ts';
import { buildPack } from '../standin/build.ts';
import { brokenLinksAt, type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool, startTool } from '../support/tool.ts';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

const offsets = { km: 0, pub: 1, dev: 2, tm: 3, gw: 4 } as const;
const groups = {
  km: 'key_manager',
  pub: 'publisher',
  dev: 'devportal',
  tm: 'traffic_manager',
  gw: 'gateway',
} as const;

describe('five components on one server', () => {
  it('live side by side by their port offsets, over one connection', async () => {
    const made = await createCluster('one', '10.83.0');
    cluster = made;
    const address = await made.lab.address('km');
    const entries = (Object.keys(offsets) as (keyof typeof offsets)[]).map((name) => ({
      group: groups[name],
      name,
      address,
      hostname: `${name}.lab.test`,
      offset: offsets[name],
    }));
    await writeInventory(made.folder, made.lab, {
      pack: await buildPack(),
      database: await made.lab.database('db'),
      entries,
      // What all share may be a folder of the one server that they are on.
      apim: { shared_directories: { tenants: { type: 'bind', source: '/srv/tenants' } } },
    });
    await made.lab.exec('km', 'mkdir /srv/tenants');
    const planned = await runJson('plan', made.inventory);
    const deployed = await runJson('deploy', made.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    // All nodes plan their block in one file, and one mount; the first one does it for all.
    const withoutHosts = (changes: readonly string[]) =>
      changes.filter((change) => !/map-hosts|share-directories: mount/.test(change));
    expect(withoutHosts(changesIn(deployed))).toEqual(withoutHosts(changesIn(planned)));
    for (const offset of Object.values(offsets))
      expect(await made.brokenLinks('km', 9443 + offset)).toEqual([]);
    expect((await runTool('plan', made.inventory)).code).toBe(0);
    const links = await made.lab.exec('km', 'readlink /opt/wso2/*/repository/tenants | sort -u');
    expect(links.stdout).toBe('/opt/wso2/shared/srv-tenants/tenants\n');
    const modes = await made.lab.exec('km', 'stat -c %a /opt/wso2/publisher /opt/wso2/shared/*/tenants');
    expect(modes.stdout).toBe('700\n700\n');
    expect((await made.lab.exec('km', 'mountpoint -q /opt/wso2/shared/srv-tenants')).code).toBe(0);
  });
});

describe('two servers with all five components each', () => {
  it('are pairs behind a balancer, with shared directories and systemd, and come back after a reboot', async () => {
    const lab = createLab({ name: 'mix', network: '10.97.0' });
    const folder = await mkdtemp(join(tmpdir(), 'mix-'));
    try {
      await lab.down();
      await lab.up(['a', 'b', 'lb'], { systemd: true });
      await lab.up(['db', 'nas']);
      const shared = { type: 'glusterfs', source: await lab.shared('nas') };
      const entries: Entry[] = [];
      for (const [server, base] of [
        ['a', 0],
        ['b', 10],
      ] as const)
        for (const name of Object.keys(offsets) as (keyof typeof offsets)[])
          entries.push({
            group: groups[name],
            name: `${name}-${server}`,
            address: await lab.address(server),
            hostname: `${name}-${server}.lab.test`,
            offset: base + offsets[name],
            ...(name === 'gw' ? { apim: { environment: server === 'a' ? 'Europe' : 'America' } } : {}),
          });
      entries.push({ group: 'load_balancer', name: 'lb', address: await lab.address('lb') });
      const inventory = await writeInventory(folder, lab, {
        pack: await buildPack(),
        database: await lab.database('db'),
        entries,
        apim: {
          load_balancer: {
            software: 'haproxy',
            key_manager: 'https://km.lab.test',
            traffic_manager: 'https://tm.lab.test:8443',
            publisher: 'https://publisher.lab.test',
            devportal: 'https://devportal.lab.test',
          },
          environments: {
            Europe: {},
            America: { gateway: { https: 'https://us.lab.test', http: 'http://us.lab.test' } },
          },
          shared_directories: { executionplans: shared, tenants: shared },
        },
      });
      // Two runs that die at the most delicate moments; the next one gets to the same end.
      for (const step of ['share-directories', 'install-balancer']) {
        const run = startTool(['deploy', inventory, '--output', 'json']);
        await run.seen((event) => event.type === 'change-started' && event.step === step);
        run.child.kill('SIGKILL');
        await run.ended;
      }
      const deployed = await runJson('deploy', inventory);
      expect(failuresIn(deployed)).toEqual([]);
      const broken = async () => {
        const asked = await Promise.all(
          entries.flatMap(({ group, address, offset = 0 }) =>
            group === 'load_balancer' ? [] : [brokenLinksAt(address, 9443 + offset)],
          ),
        );
        return asked.flat();
      };
      expect(await broken()).toEqual([]);
      expect((await runTool('deploy', inventory)).stdout).toContain('Nothing to do: 12 hosts');
      // The file system is mounted and the balancer runs before anybody asks for it.
      await Promise.all([lab.reboot('lb'), lab.reboot('b')]);
      expect((await runTool('start', inventory)).code).toBe(0);
      expect(await broken()).toEqual([]);
      const { stdout } = await lab.exec('b', 'systemctl is-active apim-traffic-manager.service');
      expect(stdout.trim()).toBe('active');
      expect((await lab.exec('b', 'findmnt -n -o FSTYPE /opt/wso2/shared/*')).stdout.trim()).toBe(
        'fuse.glusterfs',
      );
      expect((await lab.exec('lb', 'systemctl is-active apim-balancer.service')).stdout.trim()).toBe(
        'active',
      );
    } finally {
      await lab.down();
      await rm(folder, { recursive: true, force: true });
    }
  }, 300_000);
});

describe('servers with systemd', () => {
  it('run as services that come back after a reboot', async () => {
    const made = await createCluster('sysd', '10.84.0', { systemd: true });
    cluster = made;
    const deployed = await runJson('deploy', made.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    const active = await made.lab.exec('gw', ['systemctl', 'is-active', 'apim-gateway.service']);
    expect(active.stdout.trim()).toBe('active');
    expect((await runTool('plan', made.inventory)).code).toBe(0);
    // What a server makes of its passwords is for its user alone.
    const conf = '/opt/wso2/gateway/repository/conf';
    const modes = await made.lab.exec('gw', `stat -c %a ${conf}/user-mgt.xml ${conf}/axis2/axis2.xml`);
    expect(modes.stdout).toBe('600\n600\n');
    await made.lab.reboot('gw');
    const started = await runJson('deploy', made.inventory);
    expect(failuresIn(started)).toEqual([]);
    expect(await made.brokenLinks('gw')).toEqual([]);
  });
});

describe('a login that needs a password for sudo, and a run user of its own', () => {
  it('deploys as that user, with the password on stdin', async () => {
    const made = await createCluster('sudo', '10.85.0');
    cluster = made;
    await made.edit('ansible_user: wso2', 'ansible_user: deploy');
    await made.edit(
      'ansible_become: true',
      `ansible_become: true\n    ansible_become_password: ${await made.lab.deployPassword()}`,
    );
    await made.edit('map_hosts: true', 'map_hosts: true\n      user: wso2');
    // As most homes are: the run user may not enter it.
    for (const host of ['km', 'tm', 'pub', 'dev', 'gw'])
      await made.lab.exec(host, ['chmod', '700', '/home/deploy']);
    const deployed = await runJson('deploy', made.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect(deployed.code).toBe(0);
    expect(deployed.stdout).not.toContain(await made.lab.deployPassword());
    for (const host of ['km', 'gw']) expect(await made.brokenLinks(host)).toEqual([]);
    expect((await runTool('plan', made.inventory)).code).toBe(0);
    const inventory = await readFile(made.inventory, 'utf8');
    expect(inventory).toContain('ansible_user: deploy');
  });

  it('says what is missing when the password is wrong', async () => {
    const made = await createCluster('sudo', '10.85.0');
    cluster = made;
    await made.edit('ansible_user: wso2', 'ansible_user: deploy');
    await made.edit(
      'ansible_become: true',
      'ansible_become: true\n    ansible_become_password: not-the-password',
    );
    await made.edit('map_hosts: true', 'map_hosts: true\n      user: wso2');
    const result = await runJson('plan', made.inventory);
    expect(result.code).toBe(1);
    expect(failuresIn(result)[0]?.text).toContain('cannot act as wso2');
    expect(failuresIn(result)[0]?.text).toContain('ansible_become_password');
  });
});
