import { beforeAll, describe, expect, it } from 'vitest';
import { type Bearer, bearers } from '../../src/apim/cluster/keystores.ts';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { unfitCertificates } from '../../src/certificates/lint.ts';
import type { Material, Pair } from '../../src/certificates/material.ts';
import { type CertificatePair, createAuthority, issue } from '../../src/pki/authority.ts';
import { issueCertificates } from '../../src/steps/issue-certificates.ts';
import { fiveNodes } from '../support/deployments.ts';
import { noMaterial } from '../support/material.ts';

const now = new Date('2026-01-01T00:00:00Z');
let authority: CertificatePair;
let material: Material;

/** What an earlier version left beside the inventory: the names of the nodes, but not what portals call themselves. */
beforeAll(async () => {
  authority = await createAuthority({ organization: 'Test', days: 3650, now });
  const pair = async ({ hostname, names }: Bearer): Promise<Pair> => {
    const made = await issue({
      authority,
      commonName: hostname,
      names: names.filter((name) => name !== 'localhost'),
      days: 825,
      now,
      usage: 'tls',
    });
    return { ...made, chain: [authority.certificate] };
  };
  const [km, ...others] = bearers(fiveNodes());
  if (km === undefined) throw new Error('no node');
  const own = await pair(km);
  material = {
    authority: { ...authority, chain: [] },
    primary: own,
    nodes: new Map([km, ...others].map(({ host }) => [host.name, own])),
    requests: new Map(),
    trust: new Map(),
    next: undefined,
    misnamed: false,
    signing: noMaterial.signing,
    retiring: [],
    outgoing: [],
    spare: new Map(),
    damaged: new Map(),
  };
});

const world = (topology: Topology) => ({ topology, now, baseDirectory: '/', hosts: new Set(['km']) });

describe('a certificate of an earlier deployment', () => {
  it('is made anew, and the plan says why', () => {
    const topology = fiveNodes();
    const [host] = topology.nodes.map((node) => node.host);
    if (host === undefined) throw new Error('no node');
    const changes = issueCertificates.plan({ host, world: world(topology), params: {} }, material);
    expect(changes.map(({ summary }) => summary)).toContain(
      'issue a certificate for km as km.example.com, localhost, 10.0.0.11 (the present one does not bear localhost)',
    );
  });
});

describe('a certificate that was brought', () => {
  const brought = (apim: object) => {
    const topology = fiveNodes({ certificate: { certificate: 'km.pem', key: 'km.key' }, ...apim });
    return unfitCertificates(world(topology), material).filter(({ host }) => host.name === 'km');
  };

  it('needs no name more where names are not verified', () => {
    expect(brought({})).toEqual([]);
    expect(brought({ hardening: { jvm: false } })).toEqual([]);
  });

  it('is found unfit where they are, with a way out', () => {
    expect(brought({ hardening: {} })).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /km\.pem does not bear localhost, by which servers of the product call themselves when somebody logs in$/,
        ),
        fix: 'have a certificate made with localhost among its names, too, or set hardening.jvm: false, so that names are not verified',
      }),
    ]);
  });
});
