import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey } from '../../src/pki/authority.ts';
import { orderChain } from '../../src/pki/bundle.ts';
import { belongTogether, describe as describeCertificate, splitPem } from '../../src/pki/certificate.ts';
import { readKeystore, storeEntries } from '../../src/pki/key-entry.ts';
import { decryptOaep, encryptOaep } from '../../src/pki/oaep.ts';
import { createRequest, readRequest } from '../../src/pki/request.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-'));
const run = (program: string, ...words: string[]) =>
  execFileSync(program, words, { cwd: folder, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
const text = (name: string) => readFileSync(join(folder, name), 'utf8');

/** A corporate authority: a root, one below it that signs, and a certificate for a server; made by openssl. */
beforeAll(() => {
  run(
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-days',
    '10',
    '-subj',
    '/CN=root',
  );
  sign('middle', 'root', 'basicConstraints=critical,CA:TRUE');
  sign('leaf', 'middle', 'subjectAltName=DNS:km.example.com');
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true }));

function sign(name: string, by: string, extension: string): void {
  writeFileSync(join(folder, `${name}.ext`), extension);
  run(
    'openssl',
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  );
  run(
    'openssl',
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${by}.pem`,
    '-CAkey',
    `${by}.key`,
    '-CAcreateserial',
    '-days',
    '5',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  );
}

describe('a bundle of certificates', () => {
  it.each([[['leaf', 'middle', 'root']], [['root', 'middle', 'leaf']], [['middle', 'leaf', 'root']]])(
    'is put in order: %j',
    (order) => {
      const all = splitPem(order.map((name) => `some words\n${text(`${name}.pem`)}`).join('\n'));
      const { certificate, chain } = orderChain(all, text('leaf.key'));
      expect([certificate, ...chain]).toEqual(
        ['leaf', 'middle', 'root'].map((name) => splitPem(text(`${name}.pem`))[0]),
      );
    },
  );

  it('may lack its root, or everything but the certificate', () => {
    expect(orderChain(splitPem(text('leaf.pem') + text('middle.pem')), text('leaf.key')).chain).toHaveLength(
      1,
    );
    expect(orderChain(splitPem(text('leaf.pem')), text('leaf.key')).chain).toEqual([]);
  });

  it('is refused without a certificate for the key', () => {
    expect(() => orderChain([], text('leaf.key'))).toThrow('no certificate in it');
    expect(() => orderChain(splitPem(text('middle.pem')), text('leaf.key'))).toThrow('belongs to the key');
  });
});

describe('a keystore that somebody brings', () => {
  const password = 'keystore-word';

  beforeAll(() => {
    writeFileSync(join(folder, 'chain.pem'), text('middle.pem') + text('root.pem'));
    run(
      'openssl',
      'pkcs12',
      '-export',
      '-in',
      'leaf.pem',
      '-inkey',
      'leaf.key',
      '-certfile',
      'chain.pem',
      '-name',
      'server',
      '-out',
      'leaf.p12',
      '-passout',
      `pass:${password}`,
    );
    run(
      'keytool',
      '-importkeystore',
      '-srckeystore',
      'leaf.p12',
      '-srcstoretype',
      'PKCS12',
      '-srcstorepass',
      password,
      '-destkeystore',
      'leaf.jks',
      '-deststoretype',
      'JKS',
      '-deststorepass',
      password,
    );
    run(
      'keytool',
      '-genkeypair',
      '-alias',
      'other',
      '-keyalg',
      'RSA',
      '-dname',
      'CN=other',
      '-keystore',
      'leaf.jks',
      '-storetype',
      'JKS',
      '-storepass',
      password,
      '-keypass',
      password,
    );
    run(
      'keytool',
      '-genkeypair',
      '-alias',
      'made',
      '-keyalg',
      'RSA',
      '-dname',
      'CN=made',
      '-keystore',
      'made.p12',
      '-storetype',
      'PKCS12',
      '-storepass',
      password,
    );
  }, 60_000);

  const open = (name: string, alias?: string, word = password) =>
    readKeystore(readFileSync(join(folder, name)), word, alias);

  it.each([
    ['leaf.p12', 'by an alias', 'server'],
    ['leaf.p12', 'without one', undefined],
    ['leaf.jks', 'by one in capitals', 'SERVER'],
  ])('gives its key and its chain: %s %s', (name, _how, alias) => {
    const { key, certificates } = open(name, alias);
    const { certificate, chain } = orderChain(certificates, key);
    expect(certificate).toBe(splitPem(text('leaf.pem'))[0]);
    expect(chain).toHaveLength(2);
  });

  it('may come from keytool of today, too', () => {
    const { key, certificates } = open('made.p12');
    expect(belongTogether(certificates[0] ?? '', key)).toBe(true);
  });

  const told = (name: string, ...words: string[]) => {
    const { entries, closed } = storeEntries(readFileSync(join(folder, name)), words);
    return {
      closed,
      entries: entries
        .map(({ alias, isKey, certificates }) => ({
          alias,
          isKey,
          subjects: certificates.map((each) => describeCertificate(each).subject),
        }))
        .sort((a, b) => (a.alias < b.alias ? -1 : 1)),
    };
  };
  const server = { alias: 'server', isKey: true, subjects: ['CN=leaf', 'CN=middle', 'CN=root'] };
  const wrong = 'the password is wrong, or the store is damaged';

  it('tells what is in it, of all keys, by the first password that opens it', () => {
    const other = { alias: 'other', isKey: true, subjects: ['CN=other'] };
    expect(told('leaf.jks', 'wrong-word', password)).toEqual({ closed: undefined, entries: [other, server] });
    expect(told('leaf.p12', 'wrong-word', password)).toEqual({ closed: undefined, entries: [server] });
  });

  it('tells that it does not open, and of a JKS what is in it nevertheless', () => {
    expect(told('leaf.jks', 'wrong-word')).toMatchObject({ closed: wrong, entries: { length: 2 } });
    expect(told('leaf.p12', 'wrong-word')).toEqual({ closed: wrong, entries: [] });
    expect(told('leaf.pem', 'wrong-word').closed).toContain('neither a JKS nor a PKCS12');
  });

  it('tells of keys that are not of RSA', () => {
    const words = ['-keyalg', 'EC', '-dname', 'CN=curve', '-storetype', 'PKCS12', '-storepass', password];
    run('keytool', '-genkeypair', '-alias', 'curve', '-keystore', 'curve.p12', ...words);
    const entries = [{ alias: 'curve', isKey: true, subjects: ['CN=curve'] }];
    expect(told('curve.p12', password)).toEqual({ closed: undefined, entries });
  });

  it('is refused with a reason', () => {
    expect(() => open('leaf.jks')).toThrow('several keys, so say which by alias: ');
    expect(() => open('leaf.jks', 'nobody')).toThrow('no key nobody');
    expect(() => open('leaf.p12', 'server', 'wrong-word')).toThrow('password is wrong');
    expect(() => open('leaf.jks', 'server', 'wrong-word')).toThrow('password is wrong');
    expect(() => open('leaf.pem')).toThrow('neither a JKS nor a PKCS12');
  });
});

describe('a signing request', () => {
  it('is one that an authority signs, with its names', async () => {
    const key = await generateKey(2048);
    const names = ['km.example.com', '10.0.0.11'];
    const request = createRequest({ key, commonName: 'km.example.com', organization: 'Example', names });
    writeFileSync(join(folder, 'ours.csr'), request);
    const shown = run('openssl', 'req', '-in', 'ours.csr', '-verify', '-noout', '-text');
    expect(shown).toContain('DNS:km.example.com, IP Address:10.0.0.11');
    expect(shown).toContain('sha256WithRSAEncryption');
    run(
      'openssl',
      'x509',
      '-req',
      '-in',
      'ours.csr',
      '-CA',
      'middle.pem',
      '-CAkey',
      'middle.key',
      '-CAcreateserial',
      '-days',
      '5',
      '-out',
      'ours.pem',
    );
    expect(orderChain(splitPem(text('ours.pem') + text('middle.pem')), key).chain).toHaveLength(1);
    expect(readRequest(request, key)).toEqual({ names, ofKey: true });
    expect(readRequest(request, text('leaf.key'))?.ofKey).toBe(false);
    expect(readRequest('nonsense', key)).toBeUndefined();
  }, 20_000);
});

describe('what is encrypted for a certificate', () => {
  it('is opened by its key only, and is never the same twice', () => {
    const sealed = encryptOaep(text('leaf.pem'), 'a word');
    expect(encryptOaep(text('leaf.pem'), 'a word')).not.toBe(sealed);
    expect(decryptOaep(text('leaf.key'), sealed)).toBe('a word');
    expect(decryptOaep(text('root.key'), sealed)).toBeUndefined();
  });

  it('is what Java calls OAEPwithSHA1andMGF1Padding', () => {
    writeFileSync(join(folder, 'sealed'), Buffer.from(encryptOaep(text('leaf.pem'), 'a word'), 'base64'));
    const opened = run(
      'openssl',
      'pkeyutl',
      '-decrypt',
      '-inkey',
      'leaf.key',
      '-in',
      'sealed',
      '-pkeyopt',
      'rsa_padding_mode:oaep',
      '-pkeyopt',
      'rsa_oaep_md:sha1',
      '-pkeyopt',
      'rsa_mgf1_md:sha1',
    );
    expect(opened).toBe('a word');
  });
});
