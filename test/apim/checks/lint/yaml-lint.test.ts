import { expect, it } from 'vitest';
import { buildTopology } from '../../../../src/apim/build.ts';
import { lintTopology } from '../../../../src/apim/checks/lint/topology-lint.ts';
import { inventoryFrom, inventoryText } from '../../../support/topologies.ts';

const words = async (toml: string, more: Readonly<Record<string, string>> = {}) => {
  const text = inventoryText({ apim: { deployment_toml: 'TOML', ...more } }).replace('"TOML"', toml);
  const topology = buildTopology(await inventoryFrom(text), '/srv/apim');
  return lintTopology(topology).filter(({ code }) => code === 'yaml-word');
};

it('tells of what YAML 1.1 reads otherwise, once for all nodes, where it stands', async () => {
  const found = await words(
    '{ apim: { "a.b": yes, mode: 0644, list: [ok, 1_000, 2020-01-31], q: "yes", t: !!str no, ok: true, n: 10 } }',
  );
  expect(found.map(({ path, message, why }) => `${path}: ${message}; ${why}`)).toEqual([
    'apim.deployment_toml.apim.a.b: yes is the text "yes" here; Ansible, which has YAML 1.1, reads true',
    'apim.deployment_toml.apim.mode: 0644 is 644 here; Ansible, which has YAML 1.1, reads 420',
    'apim.deployment_toml.apim.list.1: 1_000 is the text "1_000" here; Ansible, which has YAML 1.1, reads 1000',
    'apim.deployment_toml.apim.list.2: 2020-01-31 is the text "2020-01-31" here; Ansible, which has YAML 1.1, reads a date',
  ]);
  expect(found.every(({ severity }) => severity === 'warning')).toBe(true);
  const columns = found.map(({ column }) => column);
  expect(columns).toEqual([...columns].sort((a, b) => a - b));
  expect(new Set(columns).size).toBe(4);
});

it('shows nothing that may be a secret', async () => {
  const [found] = await words('{ user_store: { password: 2020-01-31 } }');
  expect(found?.message).toBe('is read otherwise by Ansible, without quotes');
  expect(JSON.stringify(found)).not.toContain('2020');
});

it('has nothing to say of other inventories', async () => {
  expect(await words('{}')).toEqual([]);
});
