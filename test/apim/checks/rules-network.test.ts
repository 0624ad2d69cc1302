import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import {
  balancer,
  fiveEntries,
  tenEntries,
  tenHosts,
  topologyOf,
  type Values,
} from '../../support/topologies.ts';

const issues = async (topology: Promise<unknown>) => {
  const error = await topology.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof InputError
    ? error.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`)
    : [];
};
const shared = { source: 'nas:/apim' };

describe('a network of nodes', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    [
      'pairs without an address',
      () => tenHosts({ load_balancer: { ...balancer, key_manager: undefined } }),
      'ha-no-balancer apim.load_balancer.key_manager: there are several Key Managers',
    ],
    [
      'gateways of one environment without an address',
      () => tenHosts({ load_balancer: { ...balancer, gateway: undefined } }),
      'ha-no-balancer apim.load_balancer.gateway: there are several gateways in the environment "Production and Sandbox"',
    ],
    [
      'an environment that no gateway is in',
      () => tenHosts({ environments: { 'Production and Sandbos': {} } }),
      'environment-unknown apim.environments.Production and Sandbos: no gateway has apim.environment',
    ],
    [
      'addresses without a balancer',
      () => topologyOf({ apim: { load_balancer: balancer } }),
      'balancer-hosts apim.load_balancer: there is no host in the group load_balancer',
    ],
    [
      'a balancer without addresses',
      () => topologyOf({ groups: { ...fiveEntries(), load_balancer: { lb: { ansible_host: '10.0.0.9' } } } }),
      'balancer-hosts load_balancer.lb: is a load balancer, but apim.load_balancer says for which addresses',
    ],
    [
      'hooks for a balancer of ours',
      () => tenHosts({ load_balancer: { ...balancer, hooks: { drain: ['./away'], undrain: ['./back'] } } }),
      'balancer-hosts apim.load_balancer.hooks: are for an external balancer, but software is nginx',
    ],
    [
      'an external balancer that is ours',
      () => tenHosts({ load_balancer: { ...balancer, software: 'external' } }),
      'balancer-hosts apim.load_balancer.software: is external, but lb is in the group load_balancer',
    ],
    [
      'a Key Manager twice',
      () => topologyOf({ apim: { key_manager: { url: 'https://is.example.com' } } }),
      'key-manager-twice apim.key_manager: the Key Manager is at https://is.example.com',
    ],
    [
      'one address for two roles',
      () => tenHosts({ load_balancer: { ...balancer, devportal: 'https://publisher.example.com' } }),
      'address-clash apim.load_balancer: publisher.example.com:443 is the address of two things',
    ],
    [
      'one port with and without TLS',
      () =>
        tenHosts({
          load_balancer: {
            ...balancer,
            gateway: { https: 'https://gw.example.com', ws: 'ws://gw.example.com:443' },
          },
        }),
      'address-clash apim.load_balancer: ',
    ],
    [
      'a node with the name of the balancer',
      () => tenHosts({}, (name) => (name === 'tm2' ? { hostname: 'tm.example.com' } : {})),
      'name-clash apim.hostname: tm.example.com is the name of the load balancer',
    ],
    [
      'two balancers without an address for /etc/hosts',
      () =>
        topologyOf({
          apim: { map_hosts: true, load_balancer: balancer },
          groups: {
            ...tenEntries(),
            load_balancer: { lb1: { ansible_host: '10.0.0.8' }, lb2: { ansible_host: '10.0.0.9' } },
          },
        }),
      'no-address apim.load_balancer.address: map_hosts needs the IP address',
    ],
    [
      'one source with two types',
      () => tenHosts({ shared_directories: { truststore: shared, tenants: { ...shared, type: 'cifs' } } }),
      'shared-directory apim.shared_directories.tenants: nas:/apim is mounted once a server',
    ],
    [
      'one folder for two things',
      () =>
        tenHosts({
          shared_directories: { truststore: { ...shared, folder: 'x' }, tenants: { ...shared, folder: 'x' } },
        }),
      'shared-directory apim.shared_directories.tenants.folder: x in nas:/apim is already the folder of truststore',
    ],
    [
      'a password in fstab',
      () =>
        tenHosts({
          shared_directories: {
            tenants: { type: 'cifs', source: '//nas/x', options: 'username=a,password=b' },
          },
        }),
      'shared-directory apim.shared_directories.tenants.options: holds a password',
    ],
    [
      'a password that everybody knows',
      () => topologyOf({ apim: { admin: { username: 'admin', password: 'admin' } } }),
      'default-password apim.admin.password: is a password that the whole world knows',
    ],
    [
      'content of deployment.toml that cannot be',
      () => topologyOf({ apim: { deployment_toml: { server: { offset: [1, 'a'] } } } }),
      'override apim.deployment_toml.server.offset: must be a text',
    ],
  ])('is refused with %s', async (_what, topology, issue) => {
    const found = await issues(topology());
    expect(found.some((each) => each.startsWith(issue)) ? issue : found).toBe(issue);
  });

  it('may have passwords that everybody knows, if it says so out loud', async () => {
    const apim: Values = { default_passwords: true, admin: { username: 'admin', password: 'admin' } };
    expect(await issues(topologyOf({ apim }))).toEqual([]);
  });

  it('has no Key Manager of its own if there is one elsewhere, and cannot do without either', async () => {
    const { key_manager: _km, ...groups } = fiveEntries();
    expect(
      await issues(topologyOf({ apim: { key_manager: { url: 'https://is.example.com' } }, groups })),
    ).toEqual([]);
    expect(await issues(topologyOf({ groups }))).toEqual([
      'role-missing key_manager: the Key Manager is missing: put a host into the group key_manager',
    ]);
  });
});
