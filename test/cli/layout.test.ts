import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/cli/layout.ts';
import { register } from '../../src/steps/index.ts';
import { storeSteps } from '../../src/steps/stores.ts';
import { type Deployment, topologyOf } from '../support/topologies.ts';

const shown = async (deployment?: Deployment) =>
  layoutOf(await topologyOf(deployment)).groups.map(({ title, note, members, uses }) => [
    [title, note].filter((part) => part !== undefined).join(' '),
    members.map(({ name }) => name).join(' '),
    uses.join(' '),
  ]);

describe('the layout of a deployment', () => {
  it('has components by their role, and the databases that they keep things in', async () => {
    expect(await shown()).toEqual([
      ['Controller', 'controller', ''],
      ['Key Manager', 'km', 'database'],
      ['Traffic Manager', 'tm', 'database'],
      ['Publisher', 'pub', 'database'],
      ['Developer Portal', 'dev', 'database'],
      ['Gateway', 'gw', 'database'],
      ['Database mysql', 'db.example.com:3306', ''],
    ]);
  });

  it('has the balancer with who is behind it, what is shared with those who share it, and what is not ours', async () => {
    const found = await shown({
      apim: {
        load_balancer: { software: 'external', gateway: { https: 'https://api.example.com' } },
        key_manager: { url: 'https://is.example.com:9443' },
        shared_directories: { synapse_configs: { source: 'nas:/export' } },
        database: {
          type: 'postgresql',
          host: 'db.example.com',
          driver: { path: './driver.jar' },
          apim: { username: 'apim', password: 'fake-apim-database-password' },
          shared: {
            host: 'other.example.com',
            username: 'shared',
            password: 'fake-shared-database-password',
          },
        },
      },
      groups: {
        traffic_manager: { tm: { ansible_host: '10.0.0.2', apim: { hostname: 'tm.example.com' } } },
        publisher: { pub: { ansible_host: '10.0.0.3', apim: { hostname: 'pub.example.com' } } },
        devportal: { dev: { ansible_host: '10.0.0.4', apim: { hostname: 'dev.example.com' } } },
        gateway: { gw: { ansible_host: '10.0.0.5', apim: { hostname: 'gw.example.com' } } },
      },
    });
    expect(found).toEqual([
      ['Controller', 'controller', ''],
      ['Load balancer external', 'external', 'gateway'],
      ['Key Manager WSO2-IS', 'is.example.com', ''],
      ['Traffic Manager', 'tm', 'database'],
      ['Publisher', 'pub', 'database'],
      ['Developer Portal', 'dev', 'database'],
      ['Gateway', 'gw', 'database shared-storage'],
      ['Database postgresql', 'db.example.com:5432 other.example.com:5432', ''],
      ['Shared storage nfs4', 'nas:/export', ''],
    ]);
  });

  it('holds no secret', async () => {
    expect(JSON.stringify(layoutOf(await topologyOf()))).not.toContain('fake-');
  });

  it('has what is no host see to by steps that there are', () => {
    const named = Object.values(storeSteps).flat();
    expect(named.filter((step) => !register.has(step))).toEqual([]);
  });
});
