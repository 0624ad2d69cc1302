import { describe, expect, it } from 'vitest';
import { masked } from '../../src/input/masked.ts';

/** A form, what stands there, and what is left of it. */
const cases: readonly (readonly [form: string, text: string, left: string])[] = [
  ['TOML', 'password = "x1"', 'password = "(secret)"'],
  ['TOML, a bare value', 'password = 12345', 'password = (secret)'],
  ['TOML, a comment', '# old_password = "x1"', '# old_password = "(secret)"'],
  [
    'TOML, a table in a line',
    'store = { file = "a.jks", key_password = "x1" }',
    'store = { file = "a.jks", key_password = "(secret)" }',
  ],
  ['TOML, several lines', 'secret = """\nx1\nx2"""\nname = "n"', 'secret = "(secret)"\nname = "n"'],
  ['TOML, a list', 'tokens = [\n  "x1",\n  "x2",\n]\nname = "n"', 'tokens = (secret)\nname = "n"'],
  [
    'TOML, a table of secrets',
    '[secrets]\nadmin = "x1"\n\n[server]\nadmin = "me"',
    '[secrets]\nadmin = "(secret)"\n\n[server]\nadmin = "me"',
  ],
  [
    'what is no text',
    'enable_password_grant = true\nvalidate_token: false',
    'enable_password_grant = true\nvalidate_token: false',
  ],
  [
    'a reference',
    'password: env:ADMIN_PASSWORD\npassword: "file:secrets/admin"',
    'password: env:ADMIN_PASSWORD\npassword: "file:secrets/admin"',
  ],
  ['YAML', '  ansible_become_password: correct horse # mine', '  ansible_become_password: (secret)'],
  [
    'YAML, a flow',
    'admin: { username: admin, password: correct horse, x: 1 }',
    'admin: { username: admin, password: (secret), x: 1 }',
  ],
  ['YAML, a block', 'token: |\n  x1\n  x2\nname: n', 'token: (secret)\nname: n'],
  ['YAML, a map of them', 'passwords:\n  a: x1\n  b: x2\nname: n', 'passwords:\nname: n'],
  ['YAML, a list of them', 'tokens:\n- x1\n- x2\nname: n', 'tokens:\nname: n'],
  ['YAML, quotes over lines', 'secret: "x1\n  x2"\nname: n', 'secret: "(secret)"\nname: n'],
  [
    'YAML, vaulted',
    'thing: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n  6364\nname: n',
    'thing: !vault |\nname: n',
  ],
  ['a vaulted file', '$ANSIBLE_VAULT;1.1;AES256\n6162\n6364', '(encrypted)'],
  ['a key of YAML that is a group', 'key_manager:\n  hosts: { km: {} }', 'key_manager:\n  hosts: { km: {} }'],
  [
    'JSON',
    '{ "password": "x\\"1", "name": "n", "apiKey": "x2" }',
    '{ "password": "(secret)", "name": "n", "apiKey": "(secret)" }',
  ],
  ['JSON, a line', '  "clientSecret": "x1",', '  "clientSecret": "(secret)",'],
  ['properties', 'javax.net.ssl.keyStorePassword=x1', 'javax.net.ssl.keyStorePassword=(secret)'],
  [
    'XML',
    '<Password svns:alias="a">x1</Password><Name>n</Name>',
    '<Password svns:alias="a">(secret)</Password><Name>n</Name>',
  ],
  [
    'XML, a named property',
    '<Property name="password">x1</Property>',
    '<Property name="password">(secret)</Property>',
  ],
  ['XML, an attribute', '<jdbc url="u" password="x1"/>', '<jdbc url="u" password="(secret)"/>'],
  [
    'an option of Java',
    '-Djavax.net.ssl.trustStorePassword=x1 -Dcarbon.home=/opt',
    '-Djavax.net.ssl.trustStorePassword=(secret) -Dcarbon.home=/opt',
  ],
  ['an option', 'mysql --password x1 --host h', 'mysql --password (secret) --host h'],
  [
    'a unit file',
    'Environment="JAVA_OPTS=-Da.password=x1 -Db=c"',
    'Environment="JAVA_OPTS=-Da.password=(secret) -Db=c"',
  ],
  [
    'a URL',
    'see https://me:x1@host/path?access_token=x2&page=3',
    'see https://me:(secret)@host/path?access_token=(secret)&page=3',
  ],
  ['a header', 'Authorization: Bearer eyJhbGciOi.J9.abc', 'Authorization: (secret)'],
  ['a header in a log', 'sent >> "X: Basic YWRtaW46eDEyMw=="', 'sent >> "X: Basic (secret)"'],
  [
    'words',
    'Basic features of a key store, and a token bucket',
    'Basic features of a key store, and a token bucket',
  ],
  [
    'a log',
    'TID: [-1] INFO {a.B} - granted token=x1, user=me',
    'TID: [-1] INFO {a.B} - granted token=(secret), user=me',
  ],
  ['HAProxy', '  stats auth me:x1', '  stats auth me:(secret)'],
  ['HAProxy, a user', '  user me insecure-password x1', '  user me insecure-password (secret)'],
  [
    'a private key',
    'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIx\n-----END RSA PRIVATE KEY-----\nb',
    'a\n(private key)\nb',
  ],
  [
    'a private key on one line',
    'k = "-----BEGIN PRIVATE KEY-----\\nMIIx\\n-----END PRIVATE KEY-----"',
    'k = "(private key)"',
  ],
  [
    'the end of a private key',
    'MIIEvQIBADANBgkqhkiG\nMIIEvQIBADANBgkqhkiG\n-----END PRIVATE KEY-----\nb',
    '(private key)\nb',
  ],
  [
    'a certificate',
    '-----BEGIN CERTIFICATE-----\nMIIx\n-----END CERTIFICATE-----',
    '-----BEGIN CERTIFICATE-----\nMIIx\n-----END CERTIFICATE-----',
  ],
];

describe('what goes by the name of a secret is masked', () => {
  it.each(cases)('%s', (_form, text, left) => {
    expect(masked(text)).toBe(left);
  });

  it.each([
    'passwd',
    'admin_pwd',
    'keyPassword',
    'api-key',
    'private_key',
    'clientSecret',
    'storepass',
    'passphrase',
    'ACCESS_TOKEN',
  ])('as %s', (name) => {
    expect(masked(`${name} = "x1"`)).toBe(`${name} = "(secret)"`);
  });

  it.each(['key_manager', 'keystore_file', 'compass', 'monkeys', 'tokenizer', 'bypass_ssl', 'keySize'])(
    'but not as %s',
    (name) => {
      expect(masked(`${name} = "x1"`)).toBe(`${name} = "x1"`);
    },
  );
});

it('a line that is known to hold none stays as it is, and the same key elsewhere is masked', () => {
  const known = 'token_endpoint = "https://gw/token"';
  expect(masked(`${known}\ntoken_endpoint = "https://other"`, new Set([known]))).toBe(
    `${known}\ntoken_endpoint = "(secret)"`,
  );
});

it('a long line of words stays as it is', () => {
  const text = `the password is ${'a-b_c.'.repeat(20_000)} and more`;
  expect(masked(text)).toBe(text);
});
