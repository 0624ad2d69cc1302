import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balancerFiles } from '../../src/apim/balancer/model.ts';
import { authorityAlias, keystoreFiles } from '../../src/apim/cluster/keystores.ts';
import { printCertificates } from '../../src/certificates/folder.ts';
import {
  rootsIn,
  type SeenHost,
  storesHere,
  storesOfBalancer,
  storesOfNode,
  thisMachine,
} from '../../src/certificates/stores.ts';
import { openLocal } from '../../src/connection/local.ts';
import { controller } from '../../src/engine/controller.ts';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import { toDer, describe as told } from '../../src/pki/certificate.ts';
import { writeJks } from '../../src/pki/jks.ts';
import { as } from '../../src/shell/command.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { keystoreOf, material, otherMaterial, writeFolder } from '../support/material.ts';
import { balancer, nodeFor, tenEntries } from '../support/topologies.ts';

let ground: Ground;
beforeEach(async () => {
  ground = await createGround();
});
afterEach(() => ground.remove());

const { authority } = material;
const gateway = () => nodeFor(ground.topology, 'gateway');
const own = material.nodes.get('gw') ?? authority;
const keys = 'fake-keystore-password';

/** What stands where, without the bytes. */
const places = ({ stores }: SeenHost) =>
  stores.flatMap(({ path, certificates, closed }) => [
    ...certificates.map(({ alias, use, bearer }) =>
      [path.slice(path.lastIndexOf('/') + 1), alias, use, bearer]
        .filter((each) => each !== undefined)
        .join(' '),
    ),
    ...(closed === undefined ? [] : [`${path.slice(path.lastIndexOf('/') + 1)}: ${closed}`]),
  ]);

describe('what is on this machine', () => {
  it('is the certificates of the pki folder, each for what its file is for', async () => {
    writeFolder(join(ground.folder, 'pki'), material);
    ground.write('pki/ca-retiring.pem', otherMaterial.authority.certificate);
    ground.write('pki/nodes/gone.pem', otherMaterial.primary.certificate);
    const seen = await storesHere(ground, ground.from('gw'));
    expect(seen.host).toBe(thisMachine);
    expect(places(seen).sort()).toEqual(
      [
        'ca.pem authority',
        'ca-retiring.pem former authority',
        'primary.pem shared key',
        ...['km', 'tm', 'pub', 'dev', 'gw'].map((name) => `${name}.pem TLS key ${name}`),
        'gone.pem left over',
      ].sort(),
    );
    expect(
      seen.stores.flatMap(({ certificates }) => certificates).filter(({ matters }) => !matters),
    ).toHaveLength(1);
  });

  it('is what the inventory brings as well: files, and keystores that its password opens or not', async () => {
    ground.remove();
    ground = await createGround({
      apim: {
        trust: ['corp.pem', 'lost.pem'],
        certificates: { primary: { keystore: 'old.jks', password: 'another-fake-password' } },
      },
    });
    ground.write('corp.pem', otherMaterial.authority.certificate);
    ground.write('old.jks', keystoreOf(material.primary, 'wso2', keys));
    expect(places(await storesHere(ground, ground.from('gw')))).toEqual([
      'corp.pem trusted',
      'lost.pem: it is not on this machine',
      'old.jks wso2 shared key',
      'old.jks wso2 chain',
      'old.jks: the password is wrong, or the store is damaged',
    ]);
  });

  it('never gives a private key away, even one that stands beside its certificate', async () => {
    const file = ground.write('pki/primary.pem', `${material.primary.key}${material.primary.certificate}`);
    const { stdout } = await ground.from('gw').here(printCertificates(join(ground.folder, 'pki'), []));
    expect(stdout).toContain(file);
    expect(stdout).toContain('BEGIN CERTIFICATE');
    expect(stdout).not.toContain('PRIVATE KEY');
  });
});

describe('what is at a node', () => {
  const look = (fingerprint?: string) =>
    storesOfNode(
      ground,
      gateway().host,
      ground.from('gw', {
        ...(fingerprint === undefined
          ? {}
          : { probe: async () => ({ ok: true, certificate: { fingerprint, notAfter: '' } }) }),
      }),
      Promise.resolve(''),
    );
  const files = () => keystoreFiles(ground.topology, gateway());
  const trusted = (alias: string, certificate: string) => ({
    ...({ type: 'trusted', alias, date: new Date(0) } as const),
    certificate: toDer(certificate),
  });

  it('is its keystores with every alias, its truststore, and what its server shows', async () => {
    const alias = authorityAlias(told(authority.certificate).fingerprint);
    ground.write(files().primary, keystoreOf(material.primary, 'primary', keys));
    ground.write(files().tls, keystoreOf(own, 'tls', keys));
    const entries = [
      trusted(alias, authority.certificate),
      trusted('public', otherMaterial.primary.certificate),
    ];
    ground.write(files().trust, writeJks(entries, 'fake-truststore-password'));
    const seen = await look('0a'.repeat(32));
    expect(places(seen)).toEqual([
      'primary.jks primary shared key',
      'primary.jks primary chain',
      'tls.jks tls TLS key gw',
      'tls.jks tls chain',
      `client-truststore.jks ${alias} trusted`,
      'client-truststore.jks public trusted',
    ]);
    expect(seen.stores.map(({ trusts }) => trusts)).toEqual([false, false, true]);
    expect(seen.stores[2]?.certificates.map(({ foreign }) => foreign)).toEqual([undefined, true]);
    expect(seen.shows).toEqual({ port: 9443, fingerprint: '0a'.repeat(32) });
  });

  it('is told without a password, and that it does not open', async () => {
    ground.write(files().tls, keystoreOf(own, 'tls', 'another-fake-password'));
    ground.write(files().trust, 'no keystore, and long enough to be taken for one');
    expect(places(await look())).toEqual([
      'tls.jks tls TLS key gw',
      'tls.jks tls chain',
      'tls.jks: the password is wrong, or the store is damaged',
      expect.stringMatching(/^client-truststore.jks: it is neither a JKS nor a PKCS12 store/),
    ]);
  });

  // Only root can look as another user.
  it.skipIf(process.getuid?.() !== 0)('is asked for in one trip, and what is here in another', async () => {
    ground.remove();
    ground = await createGround({ apim: { user: 'daemon' } });
    chmodSync(ground.folder, 0o755);
    writeFolder(join(ground.folder, 'pki'), material);
    ground.write(files().primary, keystoreOf(material.primary, 'primary', keys));
    ground.write(files().tls, keystoreOf(own, 'tls', keys));
    const [mine, server] = [openLocal(), openLocal()];
    try {
      const looker = createLooker(async () => mine, createLedger());
      const here = storesHere(ground, looker.from(controller, mine));
      const asks = looker.from(gateway().host, server);
      const seen = await storesOfNode(ground, gateway().host, asks, here.then(rootsIn));
      expect(places(seen)).toHaveLength(4);
      expect([mine.trips, server.trips]).toEqual([1, 1]);
    } finally {
      await Promise.all([mine.close(), server.close()]);
    }
  });

  it('is nothing where nothing was installed', async () => {
    const { stores, shows } = await look();
    expect({ stores, shows }).toEqual({ stores: [], shows: { port: 9443, why: 'connection refused' } });
  });

  it.skipIf(process.getuid?.() === 0)('is closed where the run user may not read it', async () => {
    chmodSync(ground.write(files().tls, keystoreOf(own, 'tls', keys)), 0o000);
    expect(places(await look())).toEqual(['tls.jks: wso2 may not read it']);
  });
});

describe('what is at a load balancer', () => {
  it('is what it shows its clients, and what it verifies nodes by', async () => {
    ground.remove();
    ground = await createGround({ apim: { load_balancer: balancer }, groups: tenEntries() });
    const [lb] = ground.topology.balancers;
    if (lb === undefined) throw new Error('there is no balancer');
    const files = balancerFiles('nginx');
    ground.say(
      as('root', printCertificates(files.folder, [])),
      `==== ${files.certificate}\n${own.certificate}\n==== ${files.authority}\n${authority.certificate}\n`,
    );
    const seen = await storesOfBalancer(ground, lb.host, ground.from('lb'), Promise.resolve(''));
    expect(places(seen)).toEqual(['site.pem TLS key lb', 'ca.pem trusted']);
    expect(seen.stores.map(({ trusts }) => trusts)).toEqual([false, true]);
    expect(seen.shows).toMatchObject({ port: 443, why: 'connection refused' });
  });
});
