import { describe, expect, it } from 'vitest';
import { type AuditFacts, auditNode } from '../../src/apim/audit.ts';

const now = new Date('2026-01-01T00:00:00Z');
const wish = { user: 'wso2', offset: 0, now, defaultPasswords: false };
const config =
  'protocols = "TLSv1.2"\nserver = "API"\npassword = "$secret{a}"\nkey_password = "$ref{b}"\n\n[secrets]\na_password = "x"\n';
const sound: AuditFacts = {
  files: [{ path: '/home/deployment.toml', mode: '600', owner: 'wso2' }],
  shippedKeystore: false,
  publicTrusted: [],
  config,
  runner: 'wso2',
  openFiles: 65_535,
  listening: [9443, 9999 + 7],
  certificateEnds: new Date('2027-01-01T00:00:00Z'),
  javaRefusesOldTls: undefined,
  unsafeFlags: [],
};
const codes = (facts: Partial<AuditFacts>, other = {}) =>
  auditNode({ ...sound, ...facts }, { ...wish, ...other }).map(({ code }) => code);

describe('an audit', () => {
  it('has nothing to say about a sound node, running or not', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ runner: undefined, openFiles: undefined, listening: [] })).toEqual([]);
  });

  it.each<[string, Partial<AuditFacts>]>([
    ['file-readable', { files: [{ path: '/x', mode: '640', owner: 'wso2' }] }],
    ['file-owner', { files: [{ path: '/x', mode: '400', owner: 'root' }] }],
    ['shipped-keystore', { shippedKeystore: true }],
    ['truststore', { publicTrusted: undefined }],
    ['shipped-certificate', { publicTrusted: ['gateway_certificate_alias'] }],
    ['runs-as-root', { runner: 'root' }],
    ['open-files', { openFiles: 1024 }],
    ['jmx', { listening: [9999] }],
    ['plain-secrets', { config: config.replace('$secret{a}', 'a word') }],
    ['old-tls', { config: config.replace('protocols', 'x') }],
    ['server-header', { config: config.replace('server', 'x') }],
    ['old-tls-receiver', { javaRefusesOldTls: false }],
    ['host-names', { unsafeFlags: ['-Dx=AllowAll'] }],
    ['certificate', { certificateEnds: new Date('2026-01-10T00:00:00Z') }],
  ])('finds %s, and says what to do', (code, facts) => {
    const found = auditNode({ ...sound, ...facts }, wish);
    expect(found.map((each) => each.code)).toEqual([code]);
    expect(found[0]?.fix.length).toBeGreaterThan(5);
  });

  it('counts passwords that stand as they are, and looks for JMX where the offset moves it', () => {
    const plain = auditNode(
      { ...sound, config: `${config.replace('$secret{a}', 'x').replace('$ref{b}', 'y')}` },
      wish,
    );
    expect(plain[0]?.message).toContain('holds 2 passwords');
    expect(codes({}, { offset: 7 })).toEqual(['jmx']);
  });

  it('does not pass over passwords that everybody knows', () => {
    expect(codes({}, { defaultPasswords: true })).toEqual(['default-passwords']);
  });
});
