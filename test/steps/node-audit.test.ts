import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keystoreFiles, shippedStore } from '../../src/apim/cluster/keystores.ts';
import { deploymentTomlPath, marks } from '../../src/apim/cluster/paths.ts';
import { deploymentToml } from '../../src/apim/config/deployment-toml.ts';
import { javaSecurityFile, scriptFlags } from '../../src/apim/config/hardening.ts';
import type { Role } from '../../src/apim/release/roles.ts';
import { findServer } from '../../src/apim/server/commands.ts';
import { describe as about, toDer } from '../../src/pki/certificate.ts';
import { writeJks } from '../../src/pki/jks.ts';
import { as, sh } from '../../src/shell/command.ts';
import { disabledTls } from '../../src/shell/java.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { auditAt } from '../../src/steps/node-audit.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { keystoreOf, material, otherMaterial, writeFolder } from '../support/material.ts';
import { nodeFor } from '../support/topologies.ts';

const user = 'wso2';
let ground: Ground;
const node = (role: Role = 'gateway') => nodeFor(ground.topology, role);
const trust = (...certificates: string[]) =>
  writeJks(
    certificates.map((certificate, index) => ({
      type: 'trusted' as const,
      alias: `one-${index}`,
      date: new Date(0),
      certificate: toDer(certificate),
    })),
    'fake-truststore-password',
  );

/** Files of a test belong to whoever runs it: here they are said to be of somebody. */
const belongsTo = (owner: string) =>
  ground.write('bin/stat', `#!/bin/sh\n/usr/bin/stat "$@" | sed "s/ $(id -un) / ${owner} /"\n`, 0o755);

/** A node of which there is nothing to say, but for passwords that stand in its configuration. */
async function sound(role: Role = 'gateway', apim: object = {}) {
  ground?.remove();
  ground = await createGround({ apim: { hardening: {}, ...apim } });
  belongsTo(user);
  writeFolder(`${ground.folder}/pki`, material);
  const { primary, tls, trust: store } = keystoreFiles(ground.topology, node(role));
  ground.write(deploymentTomlPath(node(role)), deploymentToml(ground.topology, node(role)).reveal(), 0o600);
  ground.write(primary, 'a store', 0o600);
  ground.write(tls, 'a store', 0o600);
  ground.write(store, trust(material.authority.certificate), 0o600);
  ground.write(`${node(role).home}/bin/wso2server.sh`, 'java -Dhttpclient.hostnameVerifier=Strict\n');
  chmodSync(node(role).home, 0o700);
  ground.say(listeningPorts(), '');
  ground.say(findServer(node(role)), '');
  ground.say(as(user, disabledTls(undefined, javaSecurityFile(node(role)))), 'TLSv1, TLSv1.1\n');
}
beforeEach(() => sound());
afterEach(() => ground.remove());

const findings = async (name = 'gw') => {
  const all = await auditAt(ground.at(name, {}), ground.from(name));
  return all.filter(({ code }) => code !== 'plain-secrets');
};
const codes = async (name?: string) => (await findings(name)).map(({ code }) => code);

describe('an audit', () => {
  it('has nothing to say of a node that is as it should be', async () => {
    expect(await findings()).toEqual([]);
  });

  it('counts the passwords that stand in the configuration', async () => {
    const all = await auditAt(ground.at('gw', {}), ground.from('gw'));
    expect(all.map(({ code }) => code)).toEqual(['plain-secrets']);
  });

  it('finds files with secrets that others can read', async () => {
    const { primary } = keystoreFiles(ground.topology, node());
    chmodSync(primary, 0o644);
    expect((await findings()).map(({ message }) => message)).toEqual([
      `${primary} has mode 644: others can read it`,
    ]);
  });

  it('finds a home that others can enter', async () => {
    chmodSync(node().home, 0o755);
    const [finding] = await findings();
    expect(finding?.message).toBe(`by their modes, other users of the server may read ${node().home}`);
  });

  it('finds the keystore that the archive came with', async () => {
    ground.write(shippedStore(node()), keystoreOf(otherMaterial.primary, 'wso2carbon', 'wso2carbon'), 0o600);
    expect(await codes()).toEqual(['shipped-keystore']);
  });

  it('finds a truststore that does not open, or is not there', async () => {
    const store = keystoreFiles(ground.topology, node()).trust;
    ground.write(store, writeJks([], 'another'));
    expect(await codes()).toEqual(['truststore']);
    ground.write(store, '');
    expect(await codes()).toEqual(['truststore']);
  });

  it('finds certificates that nobody may trust, by the inventory and by what came with an archive', async () => {
    const bad = otherMaterial.primary.certificate;
    const { fingerprint } = about(bad);
    const store = keystoreFiles(ground.topology, node()).trust;
    ground.write(store, trust(bad));
    expect(await codes()).toEqual([]);
    ground.write(marks(node()).shipped, `${fingerprint}\n`);
    expect((await findings()).map(({ message }) => message)).toEqual([
      'the truststore trusts certificates whose private keys the whole world has: one-0',
    ]);
    await sound('gateway', { certificates: { distrust: [fingerprint] } });
    ground.write(store.replace(/.*\/opt/, `${ground.folder}/opt`), trust(bad));
    expect(await codes()).toEqual(['shipped-certificate']);
  });

  it('counts no private key as a certificate that is trusted', async () => {
    const store = keystoreFiles(ground.topology, node()).trust;
    ground.write(store, keystoreOf(otherMaterial.primary, 'wso2carbon', 'fake-truststore-password'));
    expect(await codes()).toEqual([]);
  });

  it('finds a server that runs as root, and one that may open few files', async () => {
    const running = (printed: string) => {
      ground.say(findServer(node()), '7 1234\n');
      ground.say(
        as(user, sh`ps -o user= -p ${7}; awk '/^Max open files/ {print $4}' /proc/${7}/limits`),
        printed,
      );
    };
    running('root\n65535\n');
    expect(await codes()).toEqual(['runs-as-root']);
    running('wso2    \n1024\n');
    expect(await codes()).toEqual(['open-files']);
    running('wso2\nunlimited\n');
    expect(await codes()).toEqual([]);
  });

  it('finds JMX', async () => {
    ground.say(listeningPorts(), '270F\n24E3\n');
    expect((await findings()).map(({ message }) => message)).toEqual([
      'JMX listens on 9999, without a password',
    ]);
  });

  it.each(scriptFlags.map(([shipped]) => shipped))('finds the flag %s', async (flag) => {
    ground.write(`${node().home}/bin/wso2server.sh`, `java ${flag} x\n`);
    expect((await findings()).map(({ message }) => message)).toEqual([
      `the start script turns the verification of host names off: ${flag}`,
    ]);
  });

  it('finds a certificate that ends soon, and says nothing of one that is yet to be made', async () => {
    await sound('gateway', { certificates: { renew_before: '1d' } });
    const at = async (now: string) => {
      const site = ground.at('gw', {});
      const world = { ...site.world, now: new Date(now) };
      const all = await auditAt({ ...site, world }, ground.from('gw'));
      return all.flatMap(({ code, message }) => (code === 'certificate' ? [message] : []));
    };
    expect(await at('2028-05-24T12:00:00Z')).toEqual(['the certificate ends in 10 days']);
    expect(await at('2028-02-24T12:00:00Z')).toEqual([]);
    ground.write('pki/nodes/gw.pem', '');
    expect(await at('2028-05-24T12:00:00Z')).toEqual([]);
  });

  it('finds a Java that takes old TLS where the product has no setting', async () => {
    await sound('traffic-manager');
    expect(await codes('tm')).toEqual([]);
    ground.say(as(user, disabledTls(undefined, javaSecurityFile(node('traffic-manager')))), 'SSLv3\n');
    expect(await codes('tm')).toEqual(['old-tls-receiver']);
  });

  it('finds passwords that the whole world knows', async () => {
    await sound('gateway', { default_passwords: true });
    expect(await codes()).toEqual(['default-passwords']);
  });

  it('finds files that belong to somebody else', async () => {
    belongsTo('ann');
    expect(new Set(await codes())).toEqual(new Set(['file-owner']));
  });
});
