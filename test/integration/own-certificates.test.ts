import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateReport } from '../../src/certificates/inventory-of.ts';
import { fiveHostNames } from '../lab/five.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson, runTool } from '../support/tool.ts';

let cluster: Cluster;
const nodes = fiveHostNames.filter((name) => name !== 'db');
const openssl = (...words: string[]) =>
  execFileSync('openssl', words, {
    cwd: cluster.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
const keytool = (...words: string[]) =>
  execFileSync('keytool', words, {
    cwd: cluster.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });

/** As the people of a corporate authority would: they sign what they are given, with the names in it. */
function sign(request: string, certificate: string): void {
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    'corp.pem',
    '-CAkey',
    'corp.key',
    '-CAcreateserial',
    '-days',
    '365',
    '-copy_extensions',
    'copyall',
    '-out',
    certificate,
  );
}

beforeAll(async () => {
  cluster = await createCluster('own', '10.95.0', {
    apim: {
      certificates: {
        requests: true,
        primary: { keystore: 'old.jks', password: 'old-cluster-word', alias: 'wso2' },
      },
      trust: ['corp.pem'],
    },
  });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'corp.key',
    '-out',
    'corp.pem',
    '-days',
    '3650',
    '-subj',
    '/O=Corp/CN=Corp root',
  );
  // The shared key of a cluster that there was before, and a certificate that the gateway already has.
  keytool(
    '-genkeypair',
    '-alias',
    'wso2',
    '-keyalg',
    'RSA',
    '-validity',
    '3650',
    '-dname',
    'CN=old',
    '-keystore',
    'old.jks',
    '-storetype',
    'JKS',
    '-storepass',
    'old-cluster-word',
    '-keypass',
    'old-cluster-word',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'gw.key',
    '-out',
    'gw.csr',
    '-subj',
    '/CN=gw.lab.test',
    '-addext',
    `subjectAltName=DNS:*.lab.test,IP:${await cluster.lab.address('gw')}`,
  );
  sign('gw.csr', 'gw.pem');
  openssl(
    'pkcs12',
    '-export',
    '-in',
    'gw.pem',
    '-inkey',
    'gw.key',
    '-certfile',
    'corp.pem',
    '-name',
    'gw',
    '-out',
    'gw.p12',
    '-passout',
    'pass:gateway-word',
  );
  await cluster.edit(
    'hostname: gw.lab.test',
    'hostname: gw.lab.test, certificate: { keystore: gw.p12, password: gateway-word }',
  );
}, 120_000);

afterAll(() => cluster?.close());

describe('certificates of a corporate authority', () => {
  const requests = () => join(cluster.folder, 'pki/nodes');

  it('are asked for by requests, and nothing goes on before they are signed', async () => {
    const waiting = await runJson('deploy', cluster.inventory);
    expect(waiting.code).toBe(1);
    expect(
      failuresIn(waiting)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('certificates are to be signed for km, tm, pub, dev');
    const made = readdirSync(requests()).sort();
    expect(made).toEqual(['dev', 'km', 'pub', 'tm'].flatMap((name) => [`${name}.csr`, `${name}.key`]).sort());
    const before = readFileSync(join(requests(), 'km.csr'), 'utf8');
    expect((await runTool('deploy', cluster.inventory)).code).toBe(1);
    expect(readFileSync(join(requests(), 'km.csr'), 'utf8')).toBe(before);
    expect((await cluster.lab.exec('km', 'ls /opt/wso2 2>&1')).stdout).toContain('No such file');
  }, 60_000);

  it('are used when they come, with a shared key and a certificate that were there before', async () => {
    for (const name of ['km', 'tm', 'pub', 'dev'])
      sign(join(requests(), `${name}.csr`), join(requests(), `${name}.pem`));
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    for (const name of nodes) expect(await cluster.brokenLinks(name)).toEqual([]);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    expect((await runTool('status', cluster.inventory)).code).toBe(0);
  }, 180_000);

  it('are shown with their whole chain, and the shared key is the old one', async () => {
    const address = await cluster.lab.address('gw');
    const shown = openssl(
      's_client',
      '-connect',
      `${address}:8243`,
      '-servername',
      'gw.lab.test',
      '-CAfile',
      'corp.pem',
      '-verify_hostname',
      'gw.lab.test',
      '-verify_return_error',
      '-showcerts',
    );
    expect(shown.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(shown).toContain('Verify return code: 0 (ok)');
    const password = await cluster.secret('keystore');
    const primary = await cluster.lab.exec(
      'km',
      `printf %s '${password}' > /root/p; keytool -list -v -keystore /opt/wso2/key-manager/repository/resources/security/primary.jks -storepass:file /root/p; rm -f /root/p`,
    );
    expect(primary.stdout).toContain('Owner: CN=old');
  }, 30_000);

  it('are told one by one, as keytool sees them, with who trusts them and until when', async () => {
    const password = await cluster.secret('keystore');
    const told = await runTool('certs', cluster.inventory, '--all', '--output', 'json');
    expect(told.code).toBe(0);
    expect(told.stdout).not.toContain(password);
    expect(told.stdout).not.toContain('PRIVATE KEY');
    const { certificates, problems } = JSON.parse(told.stdout) as CertificateReport;
    expect(problems).toEqual([]);
    const folder = '/opt/wso2/gateway/repository/resources/security';
    for (const store of ['primary.jks', 'tls.jks', 'client-truststore.jks']) {
      const listed = await cluster.lab.exec(
        'gw',
        `printf %s '${password}' > /root/p; keytool -list -v -keystore ${folder}/${store} -storepass:file /root/p; rm -f /root/p`,
      );
      const seen = [...listed.stdout.matchAll(/SHA256: ([0-9A-F:]{95})/g)].map(([, found = '']) =>
        found.replaceAll(':', '').toLowerCase(),
      );
      const ours = certificates.flatMap(({ fingerprint, places }) =>
        places.flatMap(({ host, path }) =>
          host === 'gw' && path === `${folder}/${store}` ? [fingerprint] : [],
        ),
      );
      expect(seen.length).toBeGreaterThan(0);
      expect(ours.sort()).toEqual(seen.sort());
    }
    const gateway = certificates.find(({ what }) => what === 'TLS key of gw');
    expect(gateway?.subject).toContain('gw.lab.test');
    expect(gateway?.trustedBy).toEqual([...nodes].sort());
    expect(gateway?.places.map(({ host, path, shown }) => [host, path, shown])).toEqual([
      ['this machine', join(cluster.folder, 'gw.p12'), undefined],
      ['gw', `${folder}/tls.jks`, true],
    ]);
  }, 60_000);

  it('are counted by when they end, and by whether all could be looked at', async () => {
    const soon = await runTool('certs', cluster.inventory, '--within', '30d');
    expect(soon.stdout).toMatch(/nothing of ours ends until \d{4}-\d\d-\d\d$/m);
    expect(soon.stdout).toMatch(/^\d+ more in truststores came with the product/m);
    expect(soon.code).toBe(0);
    expect((await runTool('certs', cluster.inventory, '--within', '400d')).code).toBe(2);
    expect((await runTool('certs', cluster.inventory, '--within', 'soon')).code).toBe(64);
    const before = await readFile(cluster.inventory, 'utf8');
    // An address of the network that nobody has.
    const address = await cluster.lab.address('km');
    await cluster.edit(`ansible_host: ${address}`, `ansible_host: ${address.replace(/\d+$/, '250')}`);
    const silent = await runTool('certs', cluster.inventory, '--within', '400d');
    expect(silent.code).toBe(1);
    expect(silent.stdout).toMatch(/^! km: /m);
    expect(silent.stdout).toContain('TLS key of gw');
    await writeFile(cluster.inventory, before);
  }, 120_000);

  it('are rotated in the same phases: people sign what the run ends with, and it goes on when that is there', async () => {
    const shownBy = async (name: string) =>
      openssl(
        's_client',
        '-connect',
        `${await cluster.lab.address(name)}:9443`,
        '-CAfile',
        'corp.pem',
      ).replace(/^[\s\S]*(-----BEGIN CERTIFICATE-----[^-]+)[\s\S]*$/, '$1');
    const before = await Promise.all(nodes.map(shownBy));
    const rotate = () => runJson('rotate-certs', cluster.inventory, '--yes');
    const waiting = await rotate();
    expect(waiting.code).toBe(1);
    const [failure] = failuresIn(waiting);
    expect(failure?.where).toBe('controller issue-certificates');
    expect(failure?.text).toContain('certificates are to be signed for km, tm, pub, dev');
    expect(failure?.text).toContain('put each certificate beside its request');
    // Until then all goes on as it was, and a deployment says what is missing instead of going back.
    expect(await Promise.all(nodes.map(shownBy))).toEqual(before);
    const told = await runTool('rotate-certs', cluster.inventory, '--status');
    expect(told.stdout).toMatch(/^km +to be replaced/m);
    expect(told.stdout).toMatch(/^gw +brought/m);
    expect((await runTool('deploy', cluster.inventory)).code).toBe(1);
    for (const name of ['km', 'tm', 'pub', 'dev'])
      sign(join(requests(), `${name}.csr`), join(requests(), `${name}.pem`));
    const carried = await rotate();
    expect(failuresIn(carried)).toEqual([]);
    expect(carried.stderr).toContain('a rotation is under way and is carried on');
    const after = await Promise.all(nodes.map(shownBy));
    expect(nodes.filter((_, index) => after[index] !== before[index])).toEqual(['km', 'tm', 'pub', 'dev']);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
    expect((await runTool('rotate-certs', cluster.inventory, '--status')).stdout).toMatch(
      /^no rotation is under way\n/,
    );
  }, 300_000);

  it('must bear the names by which a node is reached', async () => {
    const before = await readFile(cluster.inventory, 'utf8');
    await writeFile(cluster.inventory, before.replace('hostname: gw.lab.test', 'hostname: gw.other.test'));
    const refused = await runJson('deploy', cluster.inventory);
    expect(
      failuresIn(refused)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('gw.p12 does not bear gw.other.test');
    await writeFile(cluster.inventory, before.replace('gateway-word', 'another-word'));
    const locked = await runJson('deploy', cluster.inventory);
    expect(
      failuresIn(locked)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('gw.p12: the password is wrong');
    await writeFile(cluster.inventory, before);
  }, 60_000);

  it('must bear localhost, too, once host names are verified: brought ones, and what is asked for', async () => {
    const before = await readFile(cluster.inventory, 'utf8');
    const hardened = before.replace('      trust:', '      hardening: {}\n      trust:');
    await writeFile(cluster.inventory, hardened);
    const refused = await runJson('plan', cluster.inventory);
    expect(failuresIn(refused)[0]?.text).toContain(
      'gw.p12 does not bear localhost, by which servers of the product call themselves',
    );
    expect(failuresIn(refused)[0]?.text).toContain('hardening.jvm: false');
    expect((await runTool('validate', cluster.inventory)).stdout).toContain('does not bear localhost');
    await writeFile(cluster.inventory, hardened.replace('hardening: {}', 'hardening: { jvm: false }'));
    expect(changesIn(await runJson('plan', cluster.inventory)).join('\n')).not.toContain('request');
    const [brought = ''] = /, certificate: \{[^}]*\}/.exec(before) ?? [];
    await writeFile(cluster.inventory, hardened.replace(brought, ''));
    const address = await cluster.lab.address('pub');
    expect(changesIn(await runJson('plan', cluster.inventory))).toContain(
      `controller issue-certificates: write a signing request for pub as pub.lab.test, localhost, ${address}`,
    );
    await writeFile(cluster.inventory, before);
  }, 60_000);
});

describe('a Key Manager elsewhere', () => {
  it('is turned to by all nodes, and trusted by its authority', async () => {
    // The one that was deployed plays the one elsewhere: it runs on, and the inventory knows it no more.
    const text = await readFile(cluster.inventory, 'utf8');
    const changed = text
      .replace(/ {4}key_manager:\n {6}hosts:\n {8}km: .*\n/, '')
      .replace(
        '      map_hosts: true',
        '      map_hosts: true\n      key_manager: { url: "https://km.lab.test:9443", ca: corp.pem }',
      );
    expect(changed).not.toContain('km: {');
    writeFileSync(cluster.inventory, changed);
    const address = await cluster.lab.address('km');
    for (const name of nodes) await cluster.lab.exec(name, `echo '${address} km.lab.test' >> /etc/hosts`);
    const deployed = await runJson('deploy', cluster.inventory);
    expect(failuresIn(deployed)).toEqual([]);
    for (const name of nodes.filter((each) => each !== 'km'))
      expect(await cluster.brokenLinks(name)).toEqual([]);
    const config = await cluster.lab.exec('gw', 'cat /opt/wso2/gateway/repository/conf/deployment.toml');
    expect(config.stdout).toContain(
      '[apim.key_manager]\nservice_url = "https://km.lab.test:9443/services/"\ntype = "WSO2-IS"',
    );
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do: 5 hosts');
    expect(existsSync(join(cluster.folder, 'pki/nodes/km.pem'))).toBe(true);
  }, 180_000);
});
