import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { failuresIn, runJson, runTool } from '../support/tool.ts';

let cluster: Cluster;
const at = async (host: string, command: string) => {
  const { code, stdout, stderr } = await cluster.lab.exec(host, command);
  if (code !== 0) throw new Error(`${host}: ${command}\n${stdout}${stderr}`);
  return stdout;
};

/** Gives the MariaDB of a host a certificate of the authority in /tmp/ca.pem there, for one address, and demands TLS. */
async function secure(host: string, ca: { certificate: string; key: string }): Promise<void> {
  const address = await cluster.lab.address(host);
  await at(host, `cat > /tmp/ca.pem <<'X'\n${ca.certificate}X\ncat > /tmp/ca.key <<'X'\n${ca.key}X`);
  await at(
    host,
    `cd /tmp && openssl req -newkey rsa:2048 -nodes -keyout db.key -out db.csr -subj /CN=${host}-db 2>/dev/null && echo subjectAltName=IP:${address},DNS:${host}-db.lab.test > ext && openssl x509 -req -in db.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out db.pem 2>/dev/null && install -o mysql -m 600 db.key db.pem ca.pem /var/lib/mysql/ && printf '[mariadbd]\\nssl-cert=/var/lib/mysql/db.pem\\nssl-key=/var/lib/mysql/db.key\\nssl-ca=/var/lib/mysql/ca.pem\\nrequire-secure-transport=ON\\n' > /etc/mysql/mariadb.conf.d/99-tls.cnf && mariadb-admin shutdown`,
  );
  await cluster.lab.database(host);
}

beforeAll(async () => {
  cluster = await createCluster('dbs', '10.96.0');
  await cluster.lab.database('gw');
  const make = `cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=db-authority 2>/dev/null`;
  await at('db', make);
  const ca = { certificate: await at('db', 'cat /tmp/ca.pem'), key: await at('db', 'cat /tmp/ca.key') };
  await secure('db', ca);
  await secure('gw', ca);
  await writeFile(join(cluster.folder, 'db-ca.pem'), ca.certificate);
  await at('db', make.replace('db-authority', 'stranger').replaceAll('ca.', 'other.'));
  await writeFile(join(cluster.folder, 'other-ca.pem'), await at('db', 'cat /tmp/other.pem'));
  const other = await cluster.lab.address('gw');
  await cluster.edit('name: shared_db,', `name: shared_db, host: ${other}, `);
  await cluster.edit(
    /( +)type: mariadb\n/,
    '$1type: mariadb\n$1tls: verified\n$1ca: other-ca.pem\n$1pool: { max_active: 20, max_wait: 30s }\n',
  );
}, 180_000);

afterAll(() => cluster?.close());

describe('two database servers that demand TLS', () => {
  it('are not talked to if another authority vouches for them', async () => {
    const refused = await runJson('deploy', cluster.inventory);
    expect(refused.code).toBe(1);
    expect(
      failuresIn(refused)
        .map(({ text }) => text)
        .join('\n'),
    ).toMatch(/certificate/i);
  }, 120_000);

  it('are left alone if one of them is older than the product is made for', async () => {
    await cluster.edit('ca: other-ca.pem', 'ca: db-ca.pem');
    const claim = '/etc/mysql/mariadb.conf.d/99-version.cnf';
    await at('db', `printf '[mariadbd]\\nversion=5.5.68-MariaDB\\n' > ${claim} && mariadb-admin shutdown`);
    await cluster.lab.database('db');
    const refused = await runJson('deploy', cluster.inventory);
    expect(refused.code).toBe(1);
    const [failure, ...others] = failuresIn(refused);
    expect(failure?.text).toMatch(
      /the database server [\d.]+:3306 is MariaDB 5\.5\.68-MariaDB, .* MariaDB 10\.2 and later/,
    );
    expect(others).toEqual([]);
    expect(await at('db', 'mariadb -N -e "SHOW DATABASES"')).not.toContain('_db');
    await at('db', `rm ${claim} && mariadb-admin shutdown`);
    await cluster.lab.database('db');
  }, 120_000);

  it('have a database each, and the product’s driver verifies them by the truststore', async () => {
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    for (const name of ['km', 'tm', 'pub', 'dev', 'gw']) expect(await cluster.brokenLinks(name)).toEqual([]);
    const databases = async (host: string) =>
      (await at(host, 'mariadb -N -e "SHOW DATABASES"')).split('\n').filter((name) => name.endsWith('_db'));
    expect(await databases('db')).toEqual(['apim_db']);
    expect(await databases('gw')).toEqual(['shared_db']);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 180_000);

  it('are refused by the driver itself when its truststore does not know the authority', async () => {
    const home = '/opt/wso2/publisher';
    const password = await cluster.secret('keystore');
    await at(
      'pub',
      `printf %s '${password}' > /root/p; keytool -delete -alias apim-orchestrate-trust-db-ca -keystore ${home}/repository/resources/security/client-truststore.jks -storepass:file /root/p; rm /root/p`,
    );
    await at(
      'pub',
      `chown wso2 ${home}/repository/resources/security/client-truststore.jks; kill $(tr -d '\\0' < ${home}/wso2carbon.pid); sleep 2`,
    );
    const java = (await at('pub', 'dirname $(dirname $(readlink -f $(command -v java)))')).trim();
    await at(
      'pub',
      `runuser -u wso2 -- env JAVA_HOME=${java} sh ${home}/bin/wso2server.sh start -Dprofile=api-publisher; sleep 3; tail -n 5 ${home}/repository/logs/wso2carbon.log > /tmp/said`,
    );
    expect(await at('pub', 'cat /tmp/said')).toMatch(/cannot be reached by .*useSSL=true/);
    const mended = await runJson('deploy', cluster.inventory);
    expect(failuresIn(mended)).toEqual([]);
    expect(await cluster.brokenLinks('pub')).toEqual([]);
  }, 120_000);
});

describe('a database server that we cannot talk to', () => {
  it('must at least answer, and the product must have its driver', async () => {
    const text = await readFile(cluster.inventory, 'utf8');
    const mssql = text
      .replace('type: mariadb', 'type: mssql')
      .replace(/ +administrator: \{[^}]*\}\n/, '')
      .replace(/( +)host: [\d.]+\n/, '$1host: 10.96.0.2\n$1port: 9\n');
    await writeFile(cluster.inventory, mssql);
    const refused = await runJson('deploy', cluster.inventory);
    expect(
      failuresIn(refused)
        .map(({ text: words }) => words)
        .join('\n'),
    ).toContain('the database server 10.96.0.2:9 does not answer');
    await writeFile(cluster.inventory, text);
  }, 60_000);
});
