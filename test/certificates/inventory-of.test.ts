import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { certificateReport, endingWithin } from '../../src/certificates/inventory-of.ts';
import { certificateText } from '../../src/certificates/inventory-text.ts';
import {
  type SeenCertificate,
  type SeenHost,
  type SeenStore,
  thisMachine,
} from '../../src/certificates/stores.ts';
import { certsExitCode } from '../../src/cli/certs.ts';
import { toDer, describe as told } from '../../src/pki/certificate.ts';
import { material, otherMaterial } from '../support/material.ts';
import { caseTime as now } from '../support/step-cases.ts';

const day = 86_400_000;
const { authority, primary } = material;
const own = material.nodes.get('gw') ?? authority;
const foreignOne = otherMaterial.primary.certificate;
const fingerprint = (certificate: string) => told(certificate).fingerprint;

const at = (
  certificate: string,
  use: SeenCertificate['use'],
  more: Partial<SeenCertificate> = {},
): SeenCertificate => ({ der: toDer(certificate), alias: undefined, use, matters: true, ...more });
const store = (
  host: string,
  path: string,
  certificates: readonly SeenCertificate[],
  more: Partial<SeenStore> = {},
): SeenStore => ({ host, path, trusts: false, certificates, closed: undefined, ...more });

const here: SeenHost = {
  host: thisMachine,
  shows: undefined,
  stores: [
    store(thisMachine, '/pki/ca.pem', [at(authority.certificate, 'authority')]),
    store(thisMachine, '/pki/nodes/gw.pem', [at(own.certificate, 'TLS key', { bearer: 'gw' })]),
  ],
};

/** A gateway that trusts the authority and one certificate that came with the product. */
const node = (host: string, shown = fingerprint(own.certificate)): SeenHost => ({
  host,
  shows: { port: 9443, fingerprint: shown },
  stores: [
    store(host, '/home/tls.jks', [at(own.certificate, 'TLS key', { alias: 'tls', bearer: 'gw' })]),
    store(
      host,
      '/home/client-truststore.jks',
      [
        at(authority.certificate, 'trusted', { alias: 'ca' }),
        at(foreignOne, 'trusted', { alias: 'public', matters: false, foreign: true }),
      ],
      { trusts: true },
    ),
  ],
});

const report = (hosts: readonly SeenHost[], all = false) => certificateReport(hosts, [], { now, all });
const rowOf = (hosts: readonly SeenHost[], certificate: string) =>
  report(hosts, true).certificates.find((row) => row.fingerprint === fingerprint(certificate));
const text = (hosts: readonly SeenHost[], withinMs?: number) =>
  certificateText(report(hosts), { now, all: false, withinMs });

afterEach(() => vi.restoreAllMocks());

describe('a report of certificates', () => {
  it('has one row for a certificate, with all of its places', () => {
    const row = rowOf([here, node('gw')], own.certificate);
    expect(row).toMatchObject({
      what: 'TLS key of gw',
      names: expect.arrayContaining(['gw.example.com']),
      issuedBy: fingerprint(authority.certificate),
      daysLeft: 825,
    });
    expect(row?.places).toEqual([
      { host: thisMachine, path: '/pki/nodes/gw.pem', alias: undefined, use: 'TLS key', shown: undefined },
      { host: 'gw', path: '/home/tls.jks', alias: 'tls', use: 'TLS key', shown: true },
    ]);
  });

  it('says who trusts it: whoever holds it, or its issuer', () => {
    expect(rowOf([here, node('gw'), node('gw2')], own.certificate)?.trustedBy).toEqual(['gw', 'gw2']);
    expect(rowOf([here, node('gw')], authority.certificate)?.trustedBy).toEqual(['gw']);
    expect(rowOf([here], own.certificate)?.trustedBy).toEqual([]);
  });

  it('trusts no certificate for the name of its issuer alone', () => {
    const another = store('gw', '/t', [at(otherMaterial.authority.certificate, 'trusted')], { trusts: true });
    expect(told(otherMaterial.authority.certificate).subject).toBe(told(authority.certificate).subject);
    expect(rowOf([here, { host: 'gw', shows: undefined, stores: [another] }], own.certificate)).toMatchObject(
      {
        issuedBy: fingerprint(authority.certificate),
        trustedBy: [],
      },
    );
  });

  it('says that a server shows another certificate than it holds', () => {
    expect(rowOf([here, node('gw', '0a'.repeat(32))], own.certificate)?.places[1]?.shown).toBe(false);
    expect(text([here, node('gw', '0a'.repeat(32))])).toContain('NOT what the server shows');
  });

  it('counts what came with the product, and lists it only if it is asked for', () => {
    const short = report([here, node('gw'), node('gw2')]);
    expect(short.others).toEqual({ count: 1, ended: 0, unreadable: 0 });
    expect(short.certificates.map((row) => row.fingerprint)).not.toContain(fingerprint(foreignOne));
    expect(rowOf([here, node('gw')], foreignOne)?.what).toBe('came with the product, or was added there');
  });

  it('lists what is ours, whatever its alias in a truststore', () => {
    const added = at(primary.certificate, 'trusted', {
      alias: 'gateway_certificate_alias',
      foreign: true,
      matters: false,
    });
    const trust = { host: 'gw', shows: undefined, stores: [store('gw', '/t', [added], { trusts: true })] };
    const mine = store(thisMachine, '/pki/primary.pem', [at(primary.certificate, 'shared key')]);
    expect(report([trust, { ...here, stores: [mine] }]).certificates).toMatchObject([
      { what: 'shared key', matters: true, trustedBy: ['gw'] },
    ]);
  });

  it('tells of a store that does not open, and of one certificate that cannot be read', () => {
    const closed = store('gw', '/home/tls.jks', [], { closed: 'the password is wrong' });
    const odd = store('gw', '/home/primary.jks', [
      at(primary.certificate, 'shared key', { alias: 'odd', der: Buffer.from('no certificate') }),
    ]);
    const found = report([here, { host: 'gw', shows: undefined, stores: [closed, odd] }]);
    expect(found.problems).toEqual([
      { host: 'gw', path: '/home/tls.jks', why: 'the password is wrong' },
      { host: 'gw', path: '/home/primary.jks', why: 'its certificate odd cannot be read' },
    ]);
    expect(certsExitCode(found, now, undefined)).toBe(1);
  });

  it('tells people in lines, with one line for hosts that have the same at the same place', () => {
    expect(text([here, node('gw1'), node('gw2')], 30 * day).split('\n')).toEqual([
      `2028-06-03   825 d  TLS key of gw: ${told(own.certificate).subject}`,
      expect.stringMatching(/^ {4}names {7}gw\.example\.com, /),
      `    issuer      ${told(authority.certificate).subject}`,
      `    SHA-256     ${fingerprint(own.certificate)}`,
      '    where       this machine: /pki/nodes/gw.pem, TLS key',
      '                gw1, gw2: /home/tls.jks (tls), TLS key, shown by the server',
      '    trusted by  all 2 that were asked',
      `2036-02-27  3650 d  authority: ${told(authority.certificate).subject}`,
      '    issuer      itself',
      `    SHA-256     ${fingerprint(authority.certificate)}`,
      '    where       this machine: /pki/ca.pem, authority',
      '                gw1, gw2: /home/client-truststore.jks (ca), trusted',
      '    trusted by  all 2 that were asked',
      '1 more in truststores came with the product or were added there; --all lists them',
      'nothing of ours ends until 2026-03-31',
    ]);
  });

  it('tells on one line of all chains that a certificate is in', () => {
    const chained = at(authority.certificate, 'chain', { alias: 'tls' });
    const link = (host: string) => store(host, `/${host}/tls.jks`, [chained]);
    const hosts = ['km', 'gw'].map((host) => ({ host, shows: undefined, stores: [link(host)] }));
    expect(text([here, ...hosts])).toContain('                km, gw: in the chain of 2 keys\n');
  });

  it('costs in proportion to the hosts: a certificate is parsed once, and verified against its issuer once', () => {
    const cost = (count: number) => {
      const verified = vi.spyOn(X509Certificate.prototype, 'verify');
      const hosts = Array.from({ length: count }, (_, index) => node(`gw${index}`));
      const found = report([here, ...hosts], true);
      const calls = verified.mock.calls.length;
      vi.restoreAllMocks();
      return { rows: found.certificates.length, calls };
    };
    expect(cost(50)).toEqual(cost(1));
  });
});

describe('the exit code', () => {
  const left = told(own.certificate).notAfter.getTime() - now.getTime();

  it('is 2 if one of ours ends within the time, or has ended', () => {
    const found = report([here, node('gw')]);
    expect(certsExitCode(found, now, left)).toBe(2);
    expect(certsExitCode(found, new Date(now.getTime() + left), 0)).toBe(2);
    expect(endingWithin(found, now, left).map(({ what }) => what)).toEqual(['TLS key of gw']);
    expect(text([here], left)).toContain(
      'one certificate of ours ends until 2028-06-03:\n  2028-06-03  TLS key of gw',
    );
  });

  it('is 0 if none does, or if nobody asked', () => {
    expect(certsExitCode(report([here, node('gw')]), now, left - 1)).toBe(0);
    expect(certsExitCode(report([here]), new Date(now.getTime() + 2 * left), undefined)).toBe(0);
  });

  it('does not count what came with the product, or is left over', () => {
    const gone = store(thisMachine, '/pki/nodes/gone.pem', [
      at(own.certificate, 'left over', { matters: false }),
    ]);
    const found = report([{ ...here, stores: [gone] }]);
    expect(certsExitCode(found, now, 10 * left)).toBe(0);
  });

  it('is 1 if a host could not be looked at, and the host is told by name', () => {
    const problem = { host: 'km', why: 'km cannot be reached' };
    const found = certificateReport([here], [problem], { now, all: false });
    expect(certsExitCode(found, now, left)).toBe(1);
    expect(certificateText(found, { now, all: false, withinMs: undefined })).toContain(
      '! km: km cannot be reached',
    );
  });
});
