import { describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../src/apim/databases.ts';
import { nodeFor, topologyOf } from '../support/topologies.ts';

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

  it('creates a MySQL database whose names tell case apart, and quotes what it is given', () => {
    expect(mariadb.apim.creation.map((each) => each.reveal())).toEqual([
      'CREATE DATABASE IF NOT EXISTS `apim_db` CHARACTER SET latin1 COLLATE latin1_bin',
      "CREATE USER IF NOT EXISTS 'apim'@'%' IDENTIFIED BY 'fake''quote\\\\slash'",
      "ALTER USER 'apim'@'%' IDENTIFIED BY 'fake''quote\\\\slash'",
      "GRANT ALL PRIVILEGES ON `apim\\_db`.* TO 'apim'@'%'",
    ]);
  });

  it('creates a PostgreSQL database that belongs to its user', () => {
    expect(postgresql.apim.creation.map((each) => each.reveal())).toEqual([
      `CREATE ROLE "apim" LOGIN PASSWORD E'fake''quote\\\\slash'`,
      `ALTER ROLE "apim" LOGIN PASSWORD E'fake''quote\\\\slash'`,
      'GRANT "apim" TO CURRENT_USER',
      'CREATE DATABASE "apim_db" OWNER "apim"',
    ]);
  });

  it('shows no password of a user it creates', () => {
    for (const { creation } of [mariadb.apim, postgresql.apim])
      expect(creation.map(String).join('\n')).not.toContain('fake');
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
