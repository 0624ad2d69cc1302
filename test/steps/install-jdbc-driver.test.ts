import { describe, expect, it } from 'vitest';
import type { World } from '../../src/steps/define.ts';
import { installJdbcDriver } from '../../src/steps/install-jdbc-driver.ts';
import { nodeFor, topologyOf } from '../support/topologies.ts';

type Facts = Parameters<typeof installJdbcDriver.plan>[1];

const sum = 'a'.repeat(64);
const topology = await topologyOf({
  apim: {
    database: {
      type: 'mysql',
      host: 'db.example.com',
      driver: {
        url: 'https://files.example.com/mysql-8.jar?sig=fake-signature',
        sha256: sum,
        headers: { 'X-Token': 'fake-driver-token' },
      },
      apim: { username: 'apim', password: 'fake-a-password' },
      shared: { username: 'shared', password: 'fake-b-password' },
    },
  },
});
const there: Facts = { installed: sum, previous: 'mysql-8.jar', authority: '', wanted: sum };

function planned(facts: Partial<Facts>) {
  const { host } = nodeFor(topology, 'gateway');
  const world: World = { topology, now: new Date(), baseDirectory: '/srv/apim', hosts: new Set([host.name]) };
  return installJdbcDriver.plan({ host, world, params: {} }, { ...there, ...facts });
}

describe('install-jdbc-driver, with an address', () => {
  it.each<[string, Partial<Facts>, string[]]>([
    ['as wanted', {}, []],
    ['nothing there', { installed: '', previous: '' }, ['install the JDBC driver mysql-8.jar']],
    ['another there', { installed: 'b', previous: 'mysql-5.jar' }, ['install the JDBC driver mysql-8.jar']],
  ])('with %s', (_, facts, summaries) =>
    expect(planned(facts).map(({ summary }) => summary)).toEqual(summaries),
  );

  it('has the server download it, and shows nobody how', () => {
    const [change] = planned({ installed: '' });
    expect(change?.actions[0]).toMatchObject({
      kind: 'run',
      shown: 'download https://files.example.com/mysql-8.jar?…',
    });
    expect(JSON.stringify(change)).not.toContain('fake-');
  });
});
