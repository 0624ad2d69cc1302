import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificatePair, createAuthority, issue } from '../../src/pki/authority.ts';
import {
  belongTogether,
  dueForRenewal,
  describe as read,
  toDer,
  toPkcs8,
} from '../../src/pki/certificate.ts';
import { readJks, recoverKey, writeJks } from '../../src/pki/jks.ts';
import { mergeTrust } from '../../src/pki/merge-trust.ts';

const now = new Date('2026-01-01T00:00:00Z');
const password = 'correct-horse';
const day = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'pki-'));
const keytool = (...words: string[]) =>
  execFileSync('keytool', words, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

let authority: CertificatePair;
let node: CertificatePair;

beforeAll(async () => {
  authority = await createAuthority({ organization: 'Example', days: 3650, now });
  node = await issue({
    authority,
    commonName: 'km.example.com',
    names: ['km.example.com', '10.0.0.11'],
    days: 825,
    now,
    usage: 'tls',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an issued certificate', () => {
  it('is signed by its authority, for its names, and belongs to its key', () => {
    const x509 = new X509Certificate(node.certificate);
    const issuer = new X509Certificate(authority.certificate);
    expect(x509.checkIssued(issuer)).toBe(true);
    expect(x509.verify(issuer.publicKey)).toBe(true);
    expect(x509.checkHost('km.example.com')).toBe('km.example.com');
    expect(x509.checkIP('10.0.0.11')).toBe('10.0.0.11');
    expect(belongTogether(node.certificate, node.key)).toBe(true);
    expect(belongTogether(authority.certificate, node.key)).toBe(false);
    expect(read(authority.certificate).isAuthority).toBe(true);
    expect(read(node.certificate).isAuthority).toBe(false);
  });

  it('never outlives its authority', async () => {
    const late = await issue({ authority, commonName: 'x', names: ['x'], days: 99_999, now, usage: 'tls' });
    expect(read(late.certificate).notAfter).toEqual(read(authority.certificate).notAfter);
  });

  it.each([
    ['nothing', ['km.example.com', '10.0.0.11'], now, undefined],
    ['a new name', ['km.example.com', '10.0.0.11', 'new'], now, 'the present one does not bear new'],
    ['a name too many', ['km.example.com'], now, 'the present one bears 10.0.0.11 as well'],
    ['its end', ['km.example.com', '10.0.0.11'], new Date(now.getTime() + 800 * day), /ends on 2028-/],
  ])('is due for renewal because of %s', (_what, names, at, reason) => {
    const due = dueForRenewal(node.certificate, { names, renewBeforeMs: 30 * day, now: at });
    if (reason instanceof RegExp) expect(due).toMatch(reason);
    else expect(due).toBe(reason);
  });
});

describe('a JKS store', () => {
  const entry = () => ({
    type: 'key' as const,
    alias: 'tls',
    pkcs8: toPkcs8(node.key),
    chain: [toDer(node.certificate), toDer(authority.certificate)],
    date: now,
  });

  it('has the same bytes every time, and gives its key back', () => {
    const bytes = writeJks([entry()], password);
    expect(writeJks([entry()], password)).toEqual(bytes);
    const [found] = readJks(bytes, password);
    if (found?.type !== 'key') throw new Error('a key is expected');
    expect(recoverKey(found.protectedKey, password)).toEqual(toPkcs8(node.key));
    expect(() => recoverKey(found.protectedKey, 'wrong')).toThrow('the password of the key is wrong');
  });

  it('is read by keytool, which finds the key and its chain', () => {
    const file = join(folder, 'tls.jks');
    writeFileSync(file, writeJks([entry()], password));
    const listing = keytool('-list', '-v', '-keystore', file, '-storepass', password);
    expect(listing).toContain('Entry type: PrivateKeyEntry');
    expect(listing).toContain('Certificate chain length: 2');
    keytool(
      '-importkeystore',
      '-srckeystore',
      file,
      '-srcstorepass',
      password,
      '-destkeystore',
      `${file}.p12`,
      '-deststoretype',
      'PKCS12',
      '-deststorepass',
      password,
    );
  });

  it.each([
    [
      'a wrong password',
      () => writeJks([entry()], password),
      'wrong',
      'the password is wrong, or the store is damaged',
    ],
    [
      'a PKCS#12 store',
      () => Buffer.concat([Buffer.from([0x30, 0x82]), Buffer.alloc(40)]),
      password,
      'PKCS#12',
    ],
    ['something else', () => Buffer.alloc(40), password, 'this is not a JKS store'],
  ])('refuses %s', (_what, bytes, with_, message) => {
    expect(() => readJks(bytes(), with_)).toThrow(message);
  });
});

describe('a truststore made by keytool', () => {
  const file = join(folder, 'trust.jks');
  const passwords = { now: password, shipped: 'wso2carbon' };
  const wanted = () => [{ alias: 'Our-CA', certificate: toDer(authority.certificate) }];

  beforeAll(() => {
    for (const alias of ['public-ca', 'wso2carbon']) {
      const pem = join(folder, `${alias}.pem`);
      writeFileSync(pem, node.certificate);
      keytool(
        '-importcert',
        '-noprompt',
        '-alias',
        alias,
        '-file',
        pem,
        '-keystore',
        file,
        '-storetype',
        'JKS',
        '-storepass',
        'wso2carbon',
      );
    }
  });

  it('is written back byte for byte when nothing changes', () => {
    const bytes = readFileSync(file);
    expect(writeJks(readJks(bytes, 'wso2carbon'), 'wso2carbon')).toEqual(bytes);
  });

  it('gains ours, loses the shipped one, keeps the rest, and has our password', () => {
    const merged = mergeTrust(
      readFileSync(file),
      passwords,
      wanted(),
      (entry) => entry.alias === 'wso2carbon',
    );
    expect(merged).toMatchObject({ changed: true, added: ['our-ca'], removed: ['wso2carbon'] });
    writeFileSync(file, merged.bytes);
    const listing = keytool('-list', '-keystore', file, '-storepass', password);
    expect(listing).toContain('our-ca');
    expect(listing).toContain('public-ca');
    expect(listing).not.toContain('wso2carbon');
  });

  it('is left alone when all is as wanted', () => {
    const bytes = readFileSync(file);
    const merged = mergeTrust(bytes, passwords, wanted(), (entry) => entry.alias === 'wso2carbon');
    expect(merged).toMatchObject({ changed: false, bytes });
  });

  it('gets the new certificate where ours was replaced', async () => {
    const other = await createAuthority({ organization: 'Other', days: 10, now });
    const merged = mergeTrust(
      readFileSync(file),
      passwords,
      [{ alias: 'our-ca', certificate: toDer(other.certificate) }],
      () => false,
    );
    const found = readJks(merged.bytes, password).find((entry) => entry.alias === 'our-ca');
    expect(found?.type === 'trusted' && found.certificate.equals(toDer(other.certificate))).toBe(true);
    expect(readJks(merged.bytes, password)).toHaveLength(2);
  });
});
