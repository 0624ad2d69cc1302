import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type InventoryDescription, inventoryText, merge } from './inventory.ts';

const description: InventoryDescription = {
  keyFile: 'id_ed25519',
  knownHostsFile: '/lab/known_hosts',
  pack: { path: '/lab/pack.zip', sha256: 'a'.repeat(64) },
  databaseAddress: '10.0.0.9',
  entries: [
    { group: 'key_manager', name: 'km', address: '10.0.0.2', hostname: 'km.lab.test' },
    { group: 'gateway', name: 'gw1', address: '10.0.0.3', hostname: 'gw1.lab.test', offset: 1 },
    {
      group: 'gateway',
      name: 'gw2',
      address: '10.0.0.3',
      hostname: 'gw2.lab.test',
      offset: 2,
      apim: { home: '/srv/gw2' },
    },
    { group: 'database', name: 'db', address: '10.0.0.9', vars: { ansible_user: 'root' } },
  ],
};

describe('inventoryText', () => {
  it('puts each host in its group with what is its own', () => {
    expect(parse(inventoryText(description)).all.children).toEqual({
      key_manager: { hosts: { km: { ansible_host: '10.0.0.2', apim: { hostname: 'km.lab.test' } } } },
      gateway: {
        hosts: {
          gw1: { ansible_host: '10.0.0.3', apim: { hostname: 'gw1.lab.test', offset: 1 } },
          gw2: { ansible_host: '10.0.0.3', apim: { hostname: 'gw2.lab.test', offset: 2, home: '/srv/gw2' } },
        },
      },
      database: { hosts: { db: { ansible_host: '10.0.0.9', ansible_user: 'root' } } },
    });
  });

  it('names files for passwords and holds none', () => {
    const { apim } = parse(inventoryText(description)).all.vars;
    expect(apim.admin).toEqual({ username: 'admin', password: 'file:secrets/admin' });
    expect(apim.keystore).toEqual({ password: 'file:secrets/keystore' });
    expect(apim.database).toMatchObject({
      type: 'mariadb',
      host: '10.0.0.9',
      administrator: { username: 'orchestrator', password: 'file:secrets/db-admin' },
      apim: { name: 'apim_db', username: 'apim', password: 'file:secrets/apim-db' },
      shared: { name: 'shared_db', username: 'shared', password: 'file:secrets/shared-db' },
    });
  });

  it('merges the overrides over the settings of all hosts', () => {
    const text = inventoryText({
      ...description,
      apim: { memory: { maximum: '512m' }, java: undefined, directory: '/opt/other' },
      vars: {
        ansible_user: 'deploy',
        ansible_become_password: 'file:secrets/become',
        ansible_ssh_common_args: undefined,
      },
    });
    const { vars } = parse(text).all;
    expect(vars).toMatchObject({ ansible_user: 'deploy', ansible_become_password: 'file:secrets/become' });
    expect(vars).not.toHaveProperty('ansible_ssh_common_args');
    expect(vars.apim).toMatchObject({ memory: { initial: '64m', maximum: '512m' }, directory: '/opt/other' });
    expect(vars.apim).not.toHaveProperty('java');
  });

  it('describes bare hosts without an apim section', () => {
    const entries = [{ group: 'bare', name: 'h1', address: '10.0.0.2' }];
    const { all } = parse(inventoryText({ keyFile: 'k', knownHostsFile: '/k', entries }));
    expect(all.vars).not.toHaveProperty('apim');
    expect(all.children).toEqual({ bare: { hosts: { h1: { ansible_host: '10.0.0.2' } } } });
  });

  it('says in comments what the parts are for', () => {
    expect(inventoryText(description)).toContain('# How every server is entered');
  });
});

describe('merge', () => {
  it('goes into maps, and takes lists and scalars as a whole', () => {
    expect(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: { e: 2 } })).toEqual({
      a: { b: 1, c: [3] },
      d: { e: 2 },
    });
  });
});
