import { describe, expect, it } from 'vitest';
import { lintAcross } from '../../../../src/apim/checks/lint/across.ts';
import { lintTopology } from '../../../../src/apim/checks/lint/topology-lint.ts';
import {
  balancer,
  fiveEntries,
  fiveHosts,
  tenEntries,
  tenHosts,
  topologyOf,
  type Values,
} from '../../../support/topologies.ts';

const codes = async (
  topology: Parameters<typeof lintTopology>[0] | Promise<Parameters<typeof lintTopology>[0]>,
) => lintTopology(await topology).map(({ code, severity, path }) => `${severity} ${code} ${path}`);
const five = (apim: Values, own: (name: string) => Values = () => ({})) =>
  topologyOf({ apim, groups: fiveEntries(own) });
const at = (wanted: string, more: Values) => (name: string) => (name === wanted ? more : {});

describe('lint', () => {
  it('has nothing to say about a sound cluster, small or large', async () => {
    expect(await codes(fiveHosts())).toEqual([]);
    expect(await codes(tenHosts())).toEqual([]);
  });

  it('tells code, place, reason and a way out', async () => {
    const [finding] = lintTopology(await tenHosts({ shared_directories: {} }));
    expect(finding).toMatchObject({
      code: 'ha-not-shared',
      severity: 'warning',
      file: expect.stringContaining('inventory.yaml'),
      line: expect.any(Number),
      why: expect.stringContaining('twin'),
      fix: expect.stringContaining('apim.shared_directories.executionplans'),
    });
  });

  it('asks for shared directories of pairs', async () => {
    expect(await codes(tenHosts({ shared_directories: {} }))).toEqual([
      'warning ha-not-shared apim.shared_directories.executionplans',
      'warning ha-not-shared apim.shared_directories.synapse_configs',
      'warning ha-not-shared apim.shared_directories.truststore',
    ]);
    const own = {
      deployment_toml: { apim: { sync_runtime_artifacts: { gateway: { gateway_labels: ['x'] } } } },
    };
    expect(
      await codes(
        tenHosts(
          { shared_directories: { executionplans: { source: 'a:/b' }, truststore: { source: 'a:/b' } } },
          () => own,
        ),
      ),
    ).toEqual([]);
  });

  it('sees a role that is alone among pairs', async () => {
    const { gateway: _pair, ...others } = tenEntries() as Record<string, Record<string, Values>>;
    const groups = {
      ...others,
      gateway: { gw: { ansible_host: '10.0.0.5', apim: { hostname: 'gw0.example.com' } } },
    };
    const found = await codes(
      topologyOf({
        apim: { load_balancer: balancer, shared_directories: { executionplans: { source: 'a:/b' } } },
        groups,
      }),
    );
    expect(found).toEqual(['warning role-alone apim.hostname']);
  });

  it('doubts names that others cannot look up', async () => {
    expect(await codes(five({}, at('pub', { hostname: 'pub' })))).toEqual([
      'warning name-short apim.hostname',
    ]);
    expect(await codes(five({}, at('pub', { hostname: 'localhost' })))).toEqual([
      'error name-local apim.hostname',
    ]);
  });

  it('finds another user store on the shared schema, and wrong names of roles', async () => {
    expect(
      await codes(five({}, at('tm', { deployment_toml: { user_store: { type: 'database' } } }))),
    ).toEqual(['error user-store-mixed apim.deployment_toml.user_store.type']);
    expect(
      await codes(five({}, at('dev', { deployment_toml: { server: { server_role: 'api-store' } } }))),
    ).toEqual(['error role-name apim.deployment_toml.server.server_role']);
  });

  it('doubts three Traffic Managers, of which one does not hear of what the others count', async () => {
    const third = (name: string) => ({
      [name]: { ansible_host: '10.0.3.12', apim: { hostname: 'tm3.example.com' } },
    });
    const { traffic_manager: pair, ...others } = tenEntries() as Record<string, Record<string, Values>>;
    const nfs = { source: 'nas.example.com:/apim' };
    const three = await topologyOf({
      apim: {
        load_balancer: balancer,
        shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
      },
      groups: { ...others, traffic_manager: { ...pair, ...third('tm3') } },
    });
    expect(await codes(three)).toEqual(['warning event-duplicates apim.hostname']);
    expect(lintTopology(three)[0]?.message).toContain('tm3 is one of 3 Traffic Managers');
  });

  it('knows keys that the product does not read', async () => {
    const own = { deployment_toml: { apim: { throttling: { skip_redeploying_policies: true } } } };
    expect(await codes(five({}, at('gw', own)))).toEqual([
      'warning override-unread apim.deployment_toml.apim.throttling.skip_redeploying_policies',
    ]);
  });

  it.each<[string, Values, string]>([
    [
      'a bind mount across servers',
      { shared_directories: { tenants: { type: 'bind', source: '/srv/x' } } },
      'warning bind-across-servers apim.shared_directories.tenants.type',
    ],
    [
      'web applications that the optimizer removes',
      { optimize: 'starting', files: [{ from: './a.war', to: 'webapps' }] },
      'warning optimizer-removes apim.files',
    ],
    [
      'default passwords, though accepted',
      { default_passwords: true },
      'warning default-password apim.default_passwords',
    ],
  ])('doubts %s', async (_what, apim, finding) => {
    expect(await codes(five(apim))).toContain(finding);
  });

  it('asks who vouches for what runs elsewhere', async () => {
    expect(
      await codes(
        tenHosts({ load_balancer: { ...balancer, software: 'external' } }).catch((error: Error) =>
          Promise.reject(error),
        ),
      ).catch((error: Error) => error.message),
    ).toContain('lb is in the group load_balancer');
    const { key_manager: _km, ...groups } = fiveEntries();
    const elsewhere = topologyOf({ apim: { key_manager: { url: 'https://is.example.com:9443' } }, groups });
    expect(await codes(elsewhere)).toEqual(['warning trust-missing apim.key_manager.ca']);
  });
});

describe('lint of several inventories', () => {
  it('finds a database that two clusters would share', async () => {
    const topologies = [await fiveHosts(), await fiveHosts()];
    expect(lintAcross(topologies).map(({ code, path }) => `${code} ${path}`)).toEqual([
      'database-shared apim.database.apim',
      'database-shared apim.database.shared',
    ]);
    expect(lintAcross([await fiveHosts()])).toEqual([]);
  });
});
