import { describe, expect, it } from 'vitest';
import { databaseNeeds, escapeXml, judgeTables } from '../../src/apim/databases.ts';
import type { Topology } from '../../src/apim/topology.ts';
import { Secret } from '../../src/secret.ts';
import { commonSettings, fiveNodes, nodeNamed, passwords, postgresql } from '../support/deployments.ts';

function needs(topology: Topology) {
  const [shared, apim] = databaseNeeds(topology);
  if (shared === undefined || apim === undefined) throw new TypeError('two databases are needed');
  return { shared, apim };
}

const schema = {
  apim: ['idn_base_table', 'idn_oauth2_access_token', 'am_api', 'am_subscriber'],
  shared: ['reg_cluster_lock', 'reg_resource', 'um_tenant', 'um_user'],
};

describe('the databases of the product', () => {
  it('are the shared one and its own, with the script of each in the pack', () => {
    const { shared, apim } = needs(fiveNodes());
    const km = nodeNamed(fiveNodes(), 'km');
    expect([shared.name, apim.name]).toEqual(['shared_db', 'apim_db']);
    expect(shared.scriptPath(km)).toBe('/opt/wso2/key-manager/dbscripts/mysql.sql');
    expect(apim.scriptPath(km)).toBe('/opt/wso2/key-manager/dbscripts/apimgt/mysql.sql');
    expect(needs(postgresql()).apim.scriptPath(km)).toBe(
      '/opt/wso2/key-manager/dbscripts/apimgt/postgresql.sql',
    );
  });

  it('are reached by their own users and by the administrator', () => {
    const { apim } = needs(postgresql());
    expect(apim.asUser).toMatchObject({
      type: 'postgresql',
      host: 'db.example.com',
      port: 5432,
      name: 'apim_db',
      username: 'apimadmin',
    });
    expect(apim.asUser.password.reveal()).toBe(passwords.apim);
    expect(apim.asAdministrator?.username).toBe('root');
    expect(apim.asAdministrator).not.toHaveProperty('name');
  });

  it('have no administrator where none is given', () => {
    const { administrator: _none, ...database } = commonSettings().database;
    expect(needs(fiveNodes({ database })).apim.asAdministrator).toBeUndefined();
  });

  it('speak the language of MySQL with MariaDB', () => {
    const { apim } = needs(fiveNodes({ database: { ...commonSettings().database, type: 'mariadb' } }));
    expect(apim.asUser.type).toBe('mysql');
  });
});

describe('the statements that create a database', () => {
  it('in MySQL make names differ by case, and grant one database only', () => {
    expect(needs(fiveNodes()).apim.creation.map(String)).toEqual([
      'CREATE DATABASE IF NOT EXISTS `apim_db` CHARACTER SET latin1 COLLATE latin1_bin',
      "CREATE USER IF NOT EXISTS 'apimadmin'@'%' IDENTIFIED BY '(secret)'",
      "ALTER USER 'apimadmin'@'%' IDENTIFIED BY '(secret)'",
      "GRANT ALL PRIVILEGES ON `apim\\_db`.* TO 'apimadmin'@'%'",
    ]);
  });

  it('in PostgreSQL make the user the owner', () => {
    expect(needs(postgresql()).apim.creation.map(String)).toEqual([
      `CREATE ROLE "apimadmin" LOGIN PASSWORD E'(secret)'`,
      `ALTER ROLE "apimadmin" LOGIN PASSWORD E'(secret)'`,
      'GRANT "apimadmin" TO CURRENT_USER',
      'CREATE DATABASE "apim_db" OWNER "apimadmin"',
    ]);
  });

  it.each(['mysql', 'postgresql'])('in %s have quotes and backslashes of a password escaped', (type) => {
    const own = { username: 'apimadmin', password: "fake'\\pw" };
    const { apim } = needs(fiveNodes({ database: { ...commonSettings().database, type, apim: own } }));
    const text = apim.creation.map((each) => each.reveal()).join('\n');
    expect(text).toContain("'fake''\\\\pw'");
    expect(apim.creation.map(String).join('\n')).not.toContain('fake');
  });
});

describe.each(['apim', 'shared'] as const)('the tables of %s', (which) => {
  const wanted = needs(fiveNodes())[which];
  const tables = schema[which];

  it('are none in an empty database', () => {
    expect(judgeTables(wanted, [])).toBe('empty');
  });

  it('are complete with all marker tables, whatever else is there', () => {
    expect(judgeTables(wanted, [...tables, 'other'])).toBe('complete');
  });

  it('are half there with some of them, or with others', () => {
    expect(judgeTables(wanted, tables.slice(1))).toBe('half');
    expect(judgeTables(wanted, ['other'])).toBe('half');
    expect(wanted.missing(tables.slice(1))).toEqual([tables[0]?.toUpperCase()]);
  });
});

describe('dropping all tables', () => {
  it('in MySQL takes no notice of what refers to what, and quotes names', () => {
    expect(needs(fiveNodes()).apim.dropAll(['a', 'b`c'])).toBe(
      'SET FOREIGN_KEY_CHECKS = 0;\nDROP TABLE IF EXISTS `a`;\nDROP TABLE IF EXISTS `b``c`;\nSET FOREIGN_KEY_CHECKS = 1',
    );
  });

  it('in PostgreSQL drops what depends on them too, and quotes names', () => {
    expect(needs(postgresql()).apim.dropAll(['a', 'b"c'])).toBe(
      'DROP TABLE IF EXISTS "a" CASCADE;\nDROP TABLE IF EXISTS "b""c" CASCADE',
    );
  });

  it.each([fiveNodes(), postgresql()])('leaves the mark that says that loading was begun', (topology) => {
    const { apim } = needs(topology);
    expect(apim.dropAll([apim.loadingMarker, 'a'])).not.toContain(apim.loadingMarker);
    expect(apim.beginLoading).toContain(apim.loadingMarker);
    expect(apim.endLoading).toContain(apim.loadingMarker);
  });
});

describe('a password in XML', () => {
  it('has & < and > escaped, and is still a secret', () => {
    const escaped = escapeXml(new Secret('fake<&>'));
    expect(escaped.reveal()).toBe('fake&lt;&amp;&gt;');
    expect(String(escaped)).toBe('(secret)');
  });

  it('is the same where nothing needs it', () => {
    const plain = new Secret('fake-plain');
    expect(escapeXml(plain)).toBe(plain);
  });
});
