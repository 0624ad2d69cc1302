import { describe, expect, it } from 'vitest';
import {
  isMounted,
  mergeFstab,
  mountedAt,
  sharedDirectories,
  truststoreFile,
  truststoreLock,
  truststoreWriter,
} from '../../../src/apim/cluster/shared.ts';
import { nodeFor, tenHosts, topologyOf } from '../../support/topologies.ts';

const nas = 'nas.example.com:/apim';
const ten = await tenHosts({
  shared_directories: {
    executionplans: { source: nas },
    synapse_configs: { source: nas, folder: 'live/apis' },
    truststore: { type: 'glusterfs', source: 'gluster:/trust', options: 'defaults' },
    tenants: { type: 'bind', source: '/mnt/tenants' },
  },
});
const kindsOf = (role: Parameters<typeof nodeFor>[1]) =>
  sharedDirectories(ten, nodeFor(ten, role)).map(({ kind, path, target }) => `${kind}: ${path} -> ${target}`);

describe('shared directories', () => {
  it('are what each role shares: links out of the home, to where a file system is mounted', () => {
    expect(kindsOf('traffic-manager')).toEqual([
      'executionplans: /opt/wso2/traffic-manager/repository/deployment/server/executionplans -> /opt/wso2/shared/nas-example-com-apim/executionplans',
      'tenants: /opt/wso2/traffic-manager/repository/tenants -> /opt/wso2/shared/mnt-tenants/tenants',
    ]);
    expect(kindsOf('gateway')).toEqual([
      'synapse_configs: /opt/wso2/gateway/repository/deployment/server/synapse-configs -> /opt/wso2/shared/nas-example-com-apim/live/apis',
      'truststore: /opt/wso2/gateway/repository/resources/security/client-truststore.jks -> /opt/wso2/shared/gluster-trust/truststore/client-truststore.jks',
      'tenants: /opt/wso2/gateway/repository/tenants -> /opt/wso2/shared/mnt-tenants/tenants',
    ]);
    expect(kindsOf('publisher').map((line) => line.split(':')[0])).toEqual(['tenants']);
  });

  it('move the truststore of gateways, and of nobody else', () => {
    expect(truststoreFile(ten, nodeFor(ten, 'gateway'))).toBe(
      '/opt/wso2/shared/gluster-trust/truststore/client-truststore.jks',
    );
    expect(truststoreFile(ten, nodeFor(ten, 'publisher'))).toBe(
      '/opt/wso2/publisher/repository/resources/security/client-truststore.jks',
    );
  });
});

describe('a truststore', () => {
  const all = new Set(ten.nodes.map(({ host }) => host.name));
  const writerOf = (name: string, hosts: ReadonlySet<string> = all) => {
    const node = ten.nodes.find(({ host }) => host.name === name);
    if (node === undefined) throw new Error(`no ${name}`);
    return truststoreWriter(ten, node, hosts).host.name;
  };

  it('that nodes share is written by the first of them in the run, and by nobody else', () => {
    expect(['gw1', 'gw2'].map((name) => writerOf(name))).toEqual(['gw1', 'gw1']);
    expect(writerOf('gw2', new Set(['gw2', 'km1']))).toBe('gw2');
    expect(['km1', 'pub2'].map((name) => writerOf(name))).toEqual(['km1', 'pub2']);
  });

  it('that nodes share has its lock beside it, on the file system that they share', () => {
    expect(truststoreLock(ten, nodeFor(ten, 'gateway'))).toBe(
      '/opt/wso2/shared/gluster-trust/.apim-orchestrate/truststore.lock',
    );
    expect(truststoreLock(ten, nodeFor(ten, 'publisher'))).toBeUndefined();
  });
});

describe('mergeFstab', () => {
  const block = (...lines: string[]) =>
    `# BEGIN apim-orchestrate\n${lines.join('\n')}\n# END apim-orchestrate\n`;

  it('adds the mounts of a node, each once, and leaves the other lines', () => {
    const before = 'UUID=1 / ext4 defaults 0 1\n';
    expect(mergeFstab(before, ten, nodeFor(ten, 'gateway'))).toBe(
      before +
        block(
          'nas.example.com:/apim /opt/wso2/shared/nas-example-com-apim nfs4 defaults,_netdev 0 0',
          'gluster:/trust /opt/wso2/shared/gluster-trust glusterfs defaults 0 0',
          '/mnt/tenants /opt/wso2/shared/mnt-tenants none bind 0 0',
        ),
    );
  });

  it('is done once for all nodes of a server', async () => {
    const one = await topologyOf({
      apim: {
        shared_directories: { executionplans: { source: 'a:/x' }, synapse_configs: { source: 'b:/y' } },
      },
      groups: Object.fromEntries(
        ['key_manager', 'traffic_manager', 'publisher', 'devportal', 'gateway'].map((group, offset) => [
          group,
          { [`n${offset}`]: { ansible_host: '10.0.0.1', apim: { offset } } },
        ]),
      ),
    });
    const text = mergeFstab('', one, nodeFor(one, 'traffic-manager'));
    expect(text).toContain('a:/x ');
    expect(text).toContain('b:/y ');
    expect(mergeFstab(text, one, nodeFor(one, 'gateway'))).toBe(text);
  });

  it('takes its block away when nothing is shared any more', async () => {
    const text = mergeFstab('x\n', ten, nodeFor(ten, 'gateway'));
    const none = await tenHosts({ shared_directories: {} });
    expect(mergeFstab(text, none, nodeFor(none, 'gateway'))).toBe('x\n');
  });
});

describe('what is mounted', () => {
  const mounts = 'tmpfs /run tmpfs rw 0 0\nnas:/a /opt/x nfs4 rw 0 0\nother:/b /opt/x nfs4 rw 0 0\n';
  const mount = { type: 'nfs4', source: 'other:/b', options: '', point: '/opt/x' };

  it('is the last mount on a folder', () => {
    expect(mountedAt(mounts, '/opt/x')).toEqual({ source: 'other:/b', type: 'nfs4' });
    expect(mountedAt(mounts, '/opt')).toBeUndefined();
  });

  it('is wanted if its source is, with or without a slash at the end', () => {
    expect(isMounted({ source: 'other:/b/' }, mount)).toBe(true);
    expect(isMounted({ source: 'nas:/a' }, mount)).toBe(false);
    expect(isMounted(undefined, mount)).toBe(false);
  });

  it('of a bind mount tells nothing but that it is one', () => {
    expect(isMounted({ source: '/dev/sda1' }, { ...mount, type: 'bind', source: '/srv' })).toBe(true);
  });
});
