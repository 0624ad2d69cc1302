import { describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../../src/apim/database/databases.ts';
import { nodeFor, topologyOf } from '../../support/topologies.ts';

const needs = async (type: string) => {
  const topology = await topologyOf({
    apim: {
      database: {
        type,
        host: 'db.example.com',
        driver: { path: './driver.jar' },
        administrator: { username: 'root', password: 'fake-root-password' },
        apim: { name: 'apim_db', username: 'apim', password: "fake'quote\\slash" },
        shared: { username: 'shared', password: 'fake-shared-password' },
      },
    },
  });
  const [shared, apim] = databaseNeeds(topology);
  if (shared === undefined || apim === undefined) throw new Error('two databases are needed');
  return { shared, apim, node: nodeFor(topology, 'publisher') };
};

const mariadb = await needs('mariadb');
const postgresql = await needs('postgresql');

const shared = ['reg_cluster_lock', 'reg_resource', 'um_tenant', 'um_user'];
const apim = ['idn_base_table', 'idn_oauth2_access_token', 'am_api', 'am_subscriber'];

describe('databaseNeeds', () => {
  it('takes the scripts of the archive', async () => {
    const { node } = mariadb;
    expect(mariadb.shared.scriptPath(node)).toBe('/opt/wso2/publisher/dbscripts/mysql.sql');
    expect(mariadb.apim.scriptPath(node)).toBe('/opt/wso2/publisher/dbscripts/apimgt/mysql.sql');
    expect(postgresql.shared.scriptPath(node)).toBe('/opt/wso2/publisher/dbscripts/postgresql.sql');
    expect(postgresql.apim.scriptPath(node)).toBe('/opt/wso2/publisher/dbscripts/apimgt/postgresql.sql');
  });

  it('knows the way in, for the product and for who creates', () => {
    expect(mariadb.apim.asUser).toMatchObject({
      type: 'mysql',
      port: 3306,
      name: 'apim_db',
      username: 'apim',
    });
    expect(postgresql.apim.asAdministrator).toMatchObject({
      type: 'postgresql',
      port: 5432,
      username: 'root',
    });
    expect(mariadb.shared.asAdministrator).not.toHaveProperty('name');
  });

  it('tells the two schemas apart', () => {
    expect(mariadb.shared.missing(shared)).toEqual([]);
    expect(mariadb.apim.missing(shared)).toHaveLength(4);
    expect(mariadb.apim.missing(apim.slice(0, 3))).toEqual(['AM_SUBSCRIBER']);
  });

  it('keeps names of locks as short as MySQL wants them, and apart', () => {
    const { lock } = mariadb.apim.words;
    expect(lock('apim_db')).toContain("GET_LOCK('apim_orchestrate:apim_db', 0)");
    const long = (end: string) => /'(.*)'/.exec(lock(`${'x'.repeat(60)}${end}`))?.[1] ?? '';
    expect(long('a').length).toBeLessThanOrEqual(64);
    expect(long('a')).not.toBe(long('b'));
  });

  it('writes into the marker only what every character set has', () => {
    const text = mariadb.apim.words.mark({ who: "o'neil@zürich", script: '/x' });
    expect(text).toContain("'o''neil@z?rich'");
  });
});
