import { describe, expect, it } from 'vitest';
import { type AuditFacts, auditNode } from '../../../src/apim/checks/audit.ts';

/** The certificate of the key that the product is shipped with, by its SHA-256. */
const published = '3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6';

const now = new Date('2026-01-01T00:00:00Z');
const wish = {
  user: 'wso2',
  role: 'key-manager',
  offset: 0,
  now,
  defaultPasswords: false,
  distrust: ['bb'],
  secureVault: true,
} as const;
const config = `[super_admin]
password = "$secret{a}"

[[apim.gateway.environment]]
password = "$ref{b}"

[transport.https.sslHostConfig.properties]
protocols = "TLSv1.2"

[transport.https.properties]
server = "API"

[secrets]
a_password = "x"
`;
const sound: AuditFacts = {
  files: [{ path: '/home/deployment.toml', mode: '600', owner: 'wso2' }],
  open: [],
  shippedKeystore: false,
  trusted: [{ alias: 'apim-orchestrate-ca', fingerprint: 'aa' }],
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
    ['open-to-others', { open: ['/opt/wso2/gateway'] }],
    ['shipped-keystore', { shippedKeystore: true }],
    ['truststore', { trusted: undefined }],
    ['shipped-certificate', { trusted: [{ alias: 'wso2carbon', fingerprint: 'aa' }] }],
    ['shipped-certificate', { trusted: [{ alias: 'somebody', fingerprint: 'bb' }] }],
    ['shipped-certificate', { trusted: [{ alias: 'some-key_rs256', fingerprint: published }] }],
    ['runs-as-root', { runner: 'root' }],
    ['open-files', { openFiles: 1024 }],
    ['jmx', { listening: [9999] }],
    ['plain-secrets', { config: config.replace('$secret{a}', 'a word') }],
    ['old-tls', { config: config.replace('protocols', 'x') }],
    ['server-header', { config: config.replace('server', 'x') }],
    ['config', { config: `${config}a_password = "twice"\n` }],
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

  it('reads a document as anybody may have written it', () => {
    const single = config.replace('password = "$secret{a}"', "'password'   =   '''a word''' # to be changed");
    expect(codes({ config: single })).toEqual(['plain-secrets']);
    const dotted =
      'transport.https = { properties.server = "API", sslHostConfig.properties.protocols = "TLSv1.2" }\n';
    expect(codes({ config: dotted })).toEqual([]);
    const elsewhere = 'x = """\nprotocols = "TLSv1.2"\nserver = "API"\n"""\n';
    expect(codes({ config: elsewhere })).toEqual(['old-tls', 'server-header']);
  });

  it('says at which line a document is none', () => {
    const [found] = auditNode({ ...sound, config: `${config}a_password = "twice"\n` }, wish);
    expect(found?.message).toMatch(/^deployment\.toml cannot be read: line 15: .*redefine/);
  });

  it('tells of the passwords that a gateway cannot have encrypted, and why, as nothing to mend', () => {
    const text = `[keystore.primary]
password = "$secret{a}"

[keystore.tls]
password = "word"
key_password = "word"

[truststore]
password = "word"
${config}`;
    const [found, ...more] = auditNode({ ...sound, config: text }, { ...wish, role: 'gateway' });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'plain-for-web-sockets', note: true });
    expect(found?.message).toBe(
      'deployment.toml holds keystore.tls.password, keystore.tls.key_password, truststore.password as they are, because secure web sockets do not ask the vault',
    );
    expect(codes({ config: text })).toEqual(['plain-secrets']);
    expect(codes({ config: text }, { role: 'gateway', secureVault: false })).toEqual(['plain-secrets']);
  });

  it('does not pass over passwords that everybody knows', () => {
    expect(codes({}, { defaultPasswords: true })).toEqual(['default-passwords']);
  });
});
