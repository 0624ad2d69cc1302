import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { javaSecurityText, refusesOldTls } from '../../src/apim/config/hardening.ts';
import { fiveHostNames } from '../lab/five.ts';
import { askStandIn, type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool } from '../support/tool.ts';

let cluster: Cluster;

const nodes = fiveHostNames.filter((name) => name !== 'db');
const homes: Record<string, string> = {
  km: '/opt/wso2/key-manager',
  tm: '/opt/wso2/traffic-manager',
  pub: '/opt/wso2/publisher',
  dev: '/opt/wso2/devportal',
  gw: '/opt/wso2/gateway',
};
const at = async (host: string, command: string) => (await cluster.lab.exec(host, command)).stdout;
const configOf = (host: string) => at(host, `cat ${homes[host]}/repository/conf/deployment.toml`);
const secretsOf = async (host: string) =>
  Object.fromEntries(
    [...((await configOf(host)).split('[secrets]\n')[1] ?? '').matchAll(/^(\w+) = "(.*)"$/gm)].map(
      ([, alias, text]) => [alias, text],
    ),
  ) as Record<string, string>;
const jobs = 'repository/components/dropins/handler.jar';

/** Two analytics workers on one host: socat says what the vendor's would, to whoever has the right password. */
async function startWorkers(): Promise<void> {
  const address = await cluster.lab.address('db');
  await at(
    'db',
    `cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -keyout w.key -out w.crt -days 30 -subj /CN=workers -addext subjectAltName=DNS:worker1.lab.test,DNS:worker2.lab.test 2>/dev/null && cat w.crt w.key > w.pem && cat > receiver.sh <<'X'
read -r line; if test "$line" = "HELLO analytics fake-analytics-word"; then printf 'OK\\nanalytics-worker receiver\\n'; else echo DENIED; fi
X
printf 'cat >/dev/null & printf "HTTP/1.1 200 OK\\\\r\\\\nX-Standin: analytics-worker store\\\\r\\\\nConnection: close\\\\r\\\\n\\\\r\\\\n"' > store.sh
setsid socat TCP-LISTEN:7612,reuseaddr,fork EXEC:'sh receiver.sh' </dev/null >/dev/null 2>&1 &
setsid socat OPENSSL-LISTEN:7712,cert=w.pem,verify=0,reuseaddr,fork EXEC:'sh receiver.sh' </dev/null >/dev/null 2>&1 &
setsid socat OPENSSL-LISTEN:7444,cert=w.pem,verify=0,reuseaddr,fork EXEC:'sh store.sh' </dev/null >/dev/null 2>&1 &`,
  );
  await writeFile(join(cluster.folder, 'workers.pem'), await at('db', 'cat /tmp/w.crt'));
  for (const name of nodes)
    await at(name, `echo '${address} worker1.lab.test worker2.lab.test' >> /etc/hosts`);
}

beforeAll(async () => {
  cluster = await createCluster('prod', '10.94.0', {
    apim: {
      secure_vault: true,
      hardening: { limits: true },
      optimize: 'starting',
      oauth_tokens: 'encrypted',
      analytics: {
        workers: ['worker1.lab.test', 'worker2.lab.test'],
        account: { username: 'analytics', password: 'fake-analytics-word' },
        ca: 'workers.pem',
      },
      jwt: { user_claims: true },
      cors: { allow_origins: ['https://app.example.com', 'https://other.example.com'] },
      trust: ['partner.pem'],
      files: [{ from: 'handler.jar', to: 'dropins' }],
      deployment_toml: { transport: { blocking_sender: { enable_client_caching: true } } },
      deployment_toml_append: { event_listener: [{ id: 'mine', type: 'a.B', name: 'a.C', order: 20 }] },
    },
  });
  await writeFile(join(cluster.folder, 'handler.jar'), 'a bundle\n');
  await cluster.lab.exec(
    'db',
    'openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out /tmp/partner.pem -days 30 -subj /CN=partner',
  );
  await writeFile(join(cluster.folder, 'partner.pem'), await at('db', 'cat /tmp/partner.pem'));
  await writeFile(join(cluster.folder, 'vault-password'), 'fake-vault-word\n', { mode: 0o600 });
  process.env.ANSIBLE_VAULT_PASSWORD_FILE = join(cluster.folder, 'vault-password');
  await startWorkers();
}, 120_000);

afterAll(async () => {
  delete process.env.ANSIBLE_VAULT_PASSWORD_FILE;
  await cluster?.close();
});

describe('a cluster for production', () => {
  it('is deployed as planned, with every link up, and left alone by a second run', async () => {
    const planned = await runJson('plan', cluster.inventory);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    expect([...changesIn(deployed)].sort()).toEqual([...changesIn(planned)].sort());
    for (const name of nodes) expect(await cluster.brokenLinks(name)).toEqual([]);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 240_000);

  it('has no password in any deployment.toml but where web sockets need it, and the start password for the run user only', async () => {
    const secrets = await Promise.all(
      (['admin', 'keystore', 'apim-db', 'shared-db'] as const).map((name) => cluster.secret(name)),
    );
    for (const name of nodes) {
      const text = await configOf(name);
      const plain = text.split('\n').filter((line) => secrets.some((secret) => line.includes(secret)));
      // Of the TLS keystore, its key, and the truststore: what listens on 8099 asks no vault.
      expect(plain).toHaveLength(name === 'gw' ? 3 : 0);
      expect(await at(name, `stat -c %a ${homes[name]}/repository/conf/deployment.toml`)).toBe('600\n');
      expect(text).toMatch(/\n\[secrets\]\n(\w+ = "[\w+/=]+"\n)+$/);
      expect(await at(name, `stat -c '%a %U' ${homes[name]}/password-persist`)).toBe('400 wso2\n');
    }
  });

  it('is rendered as it is written, but for the ciphertexts and what web sockets need in plain', async () => {
    const out = join(cluster.folder, 'rendered');
    const keystore = await cluster.secret('keystore');
    expect((await runTool('render', cluster.inventory, '--out', out)).code).toBe(0);
    for (const name of nodes) {
      const [plain = '', secrets = ''] = (await configOf(name)).split('[secrets]\n');
      expect(await readFile(join(out, name, 'deployment.toml'), 'utf8')).toBe(
        `${plain.replaceAll(keystore, '(secret)')}[secrets]\n${secrets.replaceAll(/ = ".*"/g, ' = "(secret)"')}`,
      );
    }
  });

  it('starts without us and without a person', async () => {
    const home = homes.pub;
    await at('pub', `kill $(tr -d '\\0' < ${home}/wso2carbon.pid); sleep 1`);
    const java = (await at('pub', 'dirname $(dirname $(readlink -f $(command -v java)))')).trim();
    await at(
      'pub',
      `runuser -u wso2 -- env JAVA_HOME=${java} sh ${home}/bin/wso2server.sh start -Dprofile=api-publisher`,
    );
    expect(await cluster.brokenLinks('pub')).toEqual([]);
    expect((await runJson('deploy', cluster.inventory)).code).toBe(0);
  }, 60_000);

  it('has another ciphertext for a changed password, and the same for all others', async () => {
    const before = await secretsOf('gw');
    await writeFile(join(cluster.folder, 'secrets/shared-db'), 'another-Word-77', { mode: 0o600 });
    // Its owner in the database changes it first, as with any password of a running cluster.
    await at('db', `mariadb -e "ALTER USER shared@'%' IDENTIFIED BY 'another-Word-77'"`);
    const changed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(changed)).toEqual([]);
    const after = await secretsOf('gw');
    const differing = Object.keys(before).filter((alias) => before[alias] !== after[alias]);
    expect(differing).toEqual(['database_shared_db_password']);
    expect(await cluster.brokenLinks('gw')).toEqual([]);
  }, 120_000);

  it('has what was asked for in deployment.toml', async () => {
    const gateway = await configOf('gw');
    expect(gateway).toContain('[apim.jwt]\nenable = true');
    expect(gateway).toContain('allow_origins = "https://app.example.com,https://other.example.com"');
    expect(gateway).toContain('[transport.passthru_https.listener.parameters]\nHttpsProtocols = "TLSv1.2"');
    expect(gateway).toContain('[transport.blocking_sender]\nenable_client_caching = true');
    expect(await configOf('km')).toMatch(/id = "token_revocation"[\s\S]*\[\[event_listener\]\]\nid = "mine"/);
    expect(await configOf('tm')).toContain(
      '[broker.transport.amqp.ssl_connection]\nssl_enabled_protocols = "TLSv1.2"',
    );
    for (const name of ['km', 'pub', 'dev'])
      expect(await configOf(name)).toContain('enable_token_encryption = true');
  });

  it('has Java refuse old TLS at the Traffic Manager, by a file that Java obeys', async () => {
    const file = `${homes.tm}/repository/conf/security/java-tls.properties`;
    const info = await askStandIn(await cluster.lab.address('tm'), 9443, '/standin/info');
    expect((JSON.parse(info) as { options: string }).options).toContain(`-Djava.security.properties=${file}`);
    const disabled = async (security: string) =>
      at(
        'tm',
        `cd /tmp && echo 'class P { public static void main(String[] a) { System.out.println(java.security.Security.getProperty("jdk.tls.disabledAlgorithms")); } }' > P.java && java -Djava.security.properties=${security} P.java`,
      );
    expect(refusesOldTls((await disabled(file)).trim())).toBe(true);
    // As where Java is old: what it refuses of its own accord is kept.
    await at('tm', `printf '%s' '${javaSecurityText('SSLv3, RC4')}' > /tmp/old.properties`);
    expect(await disabled('/tmp/old.properties')).toBe('SSLv3, RC4, TLSv1, TLSv1.1\n');
  }, 60_000);

  it('trusts who the inventory says, until it says so no more', async () => {
    const password = await cluster.secret('keystore');
    const listed = async () =>
      at(
        'gw',
        `printf %s '${password}' > /root/p; keytool -list -keystore ${homes.gw}/repository/resources/security/client-truststore.jks -storepass:file /root/p 2>/dev/null; rm -f /root/p`,
      );
    expect(await listed()).toContain('apim-orchestrate-trust-partner');
    await cluster.edit(/trust:\n\s+- partner\.pem\n/, 'trust: []\n');
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
    expect(await listed()).not.toContain('apim-orchestrate-trust-partner');
  }, 120_000);

  it('has files of its owner’s own, until the inventory names them no more', async () => {
    expect(await at('gw', `cat ${homes.gw}/${jobs}`)).toBe('a bundle\n');
    await writeFile(join(cluster.folder, 'handler.jar'), 'a newer bundle\n');
    const newer = await runJson('deploy', cluster.inventory, '--limit', 'gw');
    expect(changesIn(newer)).toEqual(
      expect.arrayContaining([
        `gw install-files: install ${jobs}`,
        expect.stringContaining('gw start-server: restart'),
      ]),
    );
    expect(await at('gw', `cat ${homes.gw}/${jobs}`)).toBe('a newer bundle\n');
    await cluster.edit(/files:\n\s+- from: handler\.jar\n\s+to: dropins\n/, 'files: []\n');
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
    for (const name of nodes)
      expect(await at(name, `ls ${homes[name]}/${jobs} 2>&1`)).toContain('No such file');
  }, 180_000);

  it('passes an audit, which sees what somebody spoils', async () => {
    const clean = await runTool('status', cluster.inventory, '--audit');
    const [note, ...lines] = clean.stdout.split('\n').filter((line) => line.startsWith(' '));
    expect(note).toContain(
      'keystore.tls.password, keystore.tls.key_password, truststore.password as they are',
    );
    expect(lines).toHaveLength(1);
    for (const name of [...nodes, 'this machine'])
      expect(clean.stdout).toContain(`${name}: nothing to complain about\n`);
    expect(clean.code).toBe(0);
    await at('tm', `chmod 644 ${homes.tm}/repository/conf/deployment.toml`);
    await at('km', `chmod 755 ${homes.km}; chmod 644 ${homes.km}/repository/conf/carbon.xml`);
    await at(
      'tm',
      `sed -i s/hostnameVerifier=Strict/hostnameVerifier=AllowAll/ ${homes.tm}/bin/wso2server.sh`,
    );
    // As an earlier version of this tool left it: trusted by the id of its key, of which a token's sender says the alias.
    const trust = `${homes.tm}/repository/resources/security/client-truststore.jks`;
    await at(
      'tm',
      `cd /root && unzip -p /opt/wso2/.packs/*.zip '*/wso2carbon.jks' > shipped.jks && keytool -exportcert -keystore shipped.jks -storepass wso2carbon -alias wso2carbon -file shipped.der && printf %s '${await cluster.secret('keystore')}' > word && keytool -importcert -noprompt -keystore ${trust} -storepass:file word -alias mzyx_rs256 -file shipped.der; rm -f word shipped.*`,
    );
    const spoilt = await runTool('status', cluster.inventory, '--audit', '--output', 'json');
    expect(spoilt.code).toBe(1);
    const report = JSON.parse(spoilt.stdout) as {
      host: string;
      findings: { code: string; message: string }[];
    }[];
    const findings = (name: string) => report.find(({ host }) => host === name)?.findings ?? [];
    expect(findings('tm').map(({ code }) => code)).toEqual([
      'file-readable',
      'shipped-certificate',
      'host-names',
    ]);
    expect(findings('km').map(({ message }) => message)).toEqual([
      `by their modes, other users of the server may read ${homes.km}, ${homes.km}/repository/conf/carbon.xml`,
    ]);
    const mended = await runJson('deploy', cluster.inventory);
    expect(failuresIn(mended)).toEqual([]);
    expect(changesIn(mended)).toContain(`tm install-keystores: trust the cluster’s certificates in ${trust}`);
    expect((await runTool('status', cluster.inventory, '--audit')).code).toBe(0);
  }, 60_000);

  it('goes back to plain passwords, and leaves no start password behind', async () => {
    await cluster.edit('secure_vault: true', 'secure_vault: false');
    expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
    expect(await configOf('km')).toContain(await cluster.secret('admin'));
    expect(await at('km', `ls ${homes.km}/password-persist 2>&1`)).toContain('No such file');
    expect(await cluster.brokenLinks('km')).toEqual([]);
    expect(await readFile(cluster.inventory, 'utf8')).toContain('secure_vault: false');
  }, 120_000);
});
