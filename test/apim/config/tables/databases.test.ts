import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { databases } from '../../../../src/apim/config/tables/databases.ts';
import { writeToml } from '../../../../src/apim/config/toml.ts';
import { nodeFor, topologyOf, type Values } from '../../../support/topologies.ts';

const credentials = {
  apim: { username: 'apim', password: 'fake-apim-word' },
  shared: { username: 'shared', password: 'fake-shared-word' },
};
const topologyWith = (database: Values) =>
  topologyOf({
    apim: {
      database: { host: 'db.example.com', driver: { path: './driver.jar' }, ...credentials, ...database },
    },
  });
const everything = {
  tls: 'verified',
  pool: { max_active: 100, max_wait: '30s', min_idle: 5, test_on_borrow: true, validation_interval: '15s' },
  parameters: { connectTimeout: 5000, applicationName: 'a & b' },
  properties: { 'pool_options.removeAbandoned': true },
  apim: { ...credentials.apim, host: 'apim-db.example.com', port: 3307 },
};

async function urlsOf(database: Values): Promise<string[]> {
  const topology = await topologyWith(database);
  const text = writeToml('', databases(topology, nodeFor(topology, 'publisher'))).reveal();
  const tables = (parse(text) as { database: Record<string, { url: string }> }).database;
  return ['apim_db', 'shared_db'].map((name) => tables[name]?.url ?? '');
}

describe('the database tables', () => {
  it.each<[string, Values]>([
    ['mssql', { type: 'mssql' }],
    ['oracle', { type: 'oracle' }],
    ['db2', { type: 'db2' }],
    ['mysql-with-everything', { type: 'mysql', ...everything }],
  ])('of %s are as they were reviewed', async (name, database) => {
    const topology = await topologyWith(database);
    for (const role of ['key-manager', 'gateway'] as const)
      await expect(writeToml('', databases(topology, nodeFor(topology, role))).reveal()).toMatchFileSnapshot(
        `../../golden/databases/${name}-${role}.toml`,
      );
  });

  it.each([
    ['mysql', 'required', 'jdbc:mysql://db.example.com:3306/apim_db?sslMode=REQUIRED'],
    ['mysql', 'verified', 'jdbc:mysql://db.example.com:3306/apim_db?sslMode=VERIFY_IDENTITY'],
    [
      'mariadb',
      'required',
      'jdbc:mariadb://db.example.com:3306/apim_db?useSSL=true&amp;trustServerCertificate=true',
    ],
    ['mariadb', 'verified', 'jdbc:mariadb://db.example.com:3306/apim_db?useSSL=true'],
    ['postgresql', 'required', 'jdbc:postgresql://db.example.com:5432/apim_db?sslmode=require'],
    [
      'postgresql',
      'verified',
      'jdbc:postgresql://db.example.com:5432/apim_db?sslmode=verify-full&amp;sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory',
    ],
    [
      'mssql',
      'verified',
      'jdbc:sqlserver://db.example.com:1433;databaseName=apim_db;SendStringParametersAsUnicode=false;encrypt=true;trustServerCertificate=false',
    ],
    ['oracle', 'required', 'jdbc:oracle:thin:@tcps://db.example.com:1521/apim_db'],
    ['db2', 'required', 'jdbc:db2://db.example.com:50000/apim_db:sslConnection=true;'],
  ])('of %s with TLS %s name it in the URL', async (type, tls, url) => {
    expect((await urlsOf({ type, tls }))[0]).toBe(url);
  });

  it.each([
    ['mysql', 'jdbc:mysql://db.example.com:3306/apim_db?note=a%20%26%20b%3Bc'],
    ['oracle', 'jdbc:oracle:thin:@db.example.com:1521/apim_db?note=a%20%26%20b%3Bc'],
    [
      'mssql',
      'jdbc:sqlserver://db.example.com:1433;databaseName=apim_db;SendStringParametersAsUnicode=false;note={a &amp; b;c}',
    ],
  ])('write a parameter as the URL of %s takes it', async (type, url) => {
    expect((await urlsOf({ type, parameters: { note: 'a & b;c' } }))[0]).toBe(url);
  });

  it('write properties of SQL Server and Db2 as they are, but for what ends them and for XML', async () => {
    const written = async (type: string, note: string) =>
      (await urlsOf({ type, parameters: { note } }))[0]?.split('note=')[1];
    expect(await written('mssql', 'a/b c')).toBe('a/b c');
    expect(await written('mssql', 'a}b')).toBe('{a}}b}');
    expect(await written('mssql', ' a')).toBe('{ a}');
    expect(await written('db2', 'a/b <c>')).toBe('a/b &lt;c&gt;;');
  });

  it('refuse a semicolon for Db2, which knows no way to write it', async () => {
    await expect(topologyWith({ type: 'db2', parameters: { note: 'a;b' } })).rejects.toThrow(
      /apim\.database\.parameters\.note: must not hold a semicolon: in a URL for Db2 it ends the property/,
    );
  });

  it('take a whole URL as the last word, and write & as XML needs it', async () => {
    const url = 'jdbc:mysql:replication://a,b/apim?x=1&y=2';
    expect(await urlsOf({ type: 'mysql', apim: { ...credentials.apim, url } })).toEqual([
      'jdbc:mysql:replication://a,b/apim?x=1&amp;y=2',
      '',
    ]);
  });

  it('refuse an administrator where nobody here speaks the language, and keys that are ours', async () => {
    const administrator = { username: 'sa', password: 'fake-sa-word' };
    await expect(topologyWith({ type: 'mssql', administrator })).rejects.toThrow(
      'cannot be used with mssql: create the databases and users by hand, with dbscripts/mssql.sql for shared_db and dbscripts/apimgt/mssql.sql for apim_db',
    );
    await expect(topologyWith({ type: 'mysql', properties: { url: 'x' } })).rejects.toThrow(
      'apim.database.properties.url: is written from the other keys of database',
    );
  });
});
