import { describe, expect, it } from 'vitest';
import { keystoreFiles, signingAlias } from '../../src/apim/cluster/keystores.ts';
import type { Holding } from '../../src/certificates/holdings.ts';
import { wantedStores } from '../../src/certificates/keystores-at.ts';
import type { Material, Pair, SigningPairs } from '../../src/certificates/material.ts';
import { recovered } from '../../src/certificates/recovered.ts';
import { signingStandings } from '../../src/certificates/signing.ts';
import { clusterTrust } from '../../src/certificates/views.ts';
import { describe as read, splitPem } from '../../src/pki/certificate.ts';
import { storeEntries } from '../../src/pki/key-entry.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const topology = await fiveHosts();
const scope = { topology, now: caseTime };
const node = nodeFor(topology, 'key-manager');
const next = otherMaterial.primary;
const alias = signingAlias(read(next.certificate).fingerprint);
const withPairs = (pairs: Partial<SigningPairs>): Material => ({
  ...material,
  signing: { ...noMaterial.signing, ...pairs },
});
const published = withPairs({ next });
const signs = withPairs({ own: next, retiring: material.primary });
const withdrawn = withPairs({ own: next, retiring: material.primary, withdrawn: true });

/** The keys in both keystores that a node is to have. */
function keysOf(of: Material) {
  const { primary, internal } = wantedStores(scope, node, of);
  const names = (bytes: Uint8Array | undefined) =>
    bytes === undefined
      ? undefined
      : storeEntries(bytes, [topology.settings.keystore.password.reveal()]).entries.map((each) => each.alias);
  return { primary: names(primary), internal: names(internal) };
}

describe('the keys that sign tokens', () => {
  it('are all in the primary keystore, and what is stored has a keystore of its own once another signs', () => {
    expect(keysOf(material)).toEqual({ primary: ['primary'], internal: undefined });
    expect(keysOf(published)).toEqual({ primary: ['primary', alias], internal: undefined });
    expect(keysOf(signs)).toEqual({ primary: [alias, 'primary'], internal: ['primary'] });
    expect(keysOf(withdrawn)).toEqual({ primary: [alias], internal: ['primary'] });
    expect(keystoreFiles(topology, node).internal).toMatch(/\/internal\.jks$/);
  });

  it('have at gateways aliases that never change their meaning', () => {
    const shared = ['gateway_certificate_alias', material.primary.certificate] as const;
    const other = [alias, next.certificate] as const;
    const trusted = (of: Material) => [...(clusterTrust(scope, of)?.signers ?? [])];
    expect(trusted(material)).toEqual([shared]);
    expect(trusted(published)).toEqual([shared, other]);
    expect(trusted(signs)).toEqual([other, shared]);
    expect(trusted(withdrawn)).toEqual([other]);
  });

  it('are told with what each of them does', () => {
    const does = (of: Material) => signingStandings(of).map((each) => `${each.alias} ${each.does}`);
    expect(does(published)).toEqual(['primary signs', `${alias} published, signs nothing yet`]);
    expect(does(signs)).toEqual([`${alias} signs`, 'primary signed before, still valid']);
    expect(does(noMaterial)).toEqual([]);
  });
});

describe('keys that sign tokens, read back from the servers', () => {
  const entry = ({ key, certificate, chain }: Pair) => ({ key, certificates: [certificate, ...chain] });
  const holding = (host: string, signing?: Holding['signing']): Holding => ({
    host,
    primary: entry(material.primary),
    own: undefined,
    authority: material.authority.certificate,
    retiring: [],
    closed: [],
    ...(signing === undefined ? {} : { signing }),
  });
  const found = (...all: Holding[]) =>
    Object.fromEntries(
      recovered(topology, all).flatMap(({ path, text }) => {
        const name = path.slice(path.lastIndexOf('/') + 1);
        return /^(primary|signing).*\.pem$/.test(name) ? [[name, splitPem(text)[0]] as const] : [];
      }),
    );
  const shared = { 'primary.pem': material.primary.certificate };
  const pairs = [entry(next)];

  it('are the next one where none signs yet', () => {
    const published = holding('km', { pairs, apart: false, shared: true });
    expect(found(published, holding('gw'))).toEqual({ ...shared, 'signing-next.pem': next.certificate });
  });

  it('are the one that all hold, and the one before it', () => {
    const signs = (host: string) => holding(host, { pairs, apart: true, shared: true });
    expect(found(signs('km'), signs('gw'))).toEqual({
      ...shared,
      'signing.pem': next.certificate,
      'signing-retiring.pem': material.primary.certificate,
    });
  });

  it('are one where the one before is withdrawn, and the shared one opens what is stored', () => {
    const alone = (host: string) => holding(host, { pairs, apart: true, shared: false });
    expect(found(alone('km'), alone('gw'))).toEqual({ ...shared, 'signing.pem': next.certificate });
  });
});
