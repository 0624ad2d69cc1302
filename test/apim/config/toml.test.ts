import { describe, expect, it } from 'vitest';
import { readToml } from '../../../src/apim/config/read-toml.ts';
import { maskToml, writeToml } from '../../../src/apim/config/toml.ts';
import { Secret } from '../../../src/secret.ts';

describe('writeToml', () => {
  it('writes tables in the order given, and quotes what needs it', () => {
    const document = writeToml('# by us\n', [
      {
        name: 'a',
        keys: [
          ['text', 'with "quotes" and \\'],
          ['number', 1],
          ['yes', true],
        ],
      },
      {
        name: 'a.b',
        many: true,
        keys: [
          ['header.X', 'y'],
          ['list', ['p', 'q']],
        ],
      },
    ]);
    expect(document.reveal()).toBe(
      '# by us\n\n[a]\ntext = "with \\"quotes\\" and \\\\"\nnumber = 1\nyes = true\n\n[[a.b]]\n\'header.X\' = "y"\nlist = ["p", "q"]\n',
    );
  });

  it('escapes keys that no other quotes can hold', () => {
    const keys = [["it's", 1] as const, ['a\tb', 2] as const, ['a b', 3] as const];
    const toml = writeToml('', [{ name: 'a', keys }]).reveal();
    expect(toml).toBe('\n[a]\n"it\'s" = 1\n"a\\tb" = 2\n\'a b\' = 3\n');
    expect(readToml(toml)).toEqual({ ok: true, document: { a: { "it's": 1, 'a\tb': 2, 'a b': 3 } } });
  });

  it('masks secrets in what people see', () => {
    const document = writeToml('', [{ name: 'a', keys: [['password', new Secret('fake-secret')]] }]);
    expect(document.reveal()).toContain('password = "fake-secret"');
    expect(document.face).toContain('password = "(secret)"');
  });
});

describe('maskToml', () => {
  it.each([
    ['password = "x"', 'password = "(secret)"'],
    ["key_password='x'", 'key_password="(secret)"'],
    ['  "my.password" = "x" # why', '  "my.password" = "(secret)" # why'],
    ['client_secret = """x\ny"""', 'client_secret = "(secret)"'],
    ['passwords = ["x", "y"]', 'passwords = "(secret)"'],
    ['password = "a\\"b"', 'password = "(secret)"'],
    ['# password = "x"', '# password = "(secret)"'],
    ['a = { username = "u", password = "x" }', 'a = { username = "u", password = "(secret)" }'],
    [
      'url = "jdbc:mysql://h/d?user=u&password=x&ssl=1"',
      'url = "jdbc:mysql://h/d?user=u&password=(secret)&ssl=1"',
    ],
    ['url = "amqp://admin:x@host/carbon"', 'url = "amqp://admin:(secret)@host/carbon"'],
    [
      '[secrets]\nalias = "x"\nother="y"\n[a]\nb = "z"',
      '[secrets]\nalias = "(secret)"\nother="(secret)"\n[a]\nb = "z"',
    ],
  ])('turns %j into %j', (toml, masked) => {
    expect(maskToml(toml)).toBe(masked);
  });

  it.each([
    'password = "$ref{super_admin.password}"',
    'password= "${admin.password}"',
    'password = "$secret{alias}"',
    'username = "admin"',
    'urls = ["tcp://tm.example.com:9611"]',
  ])('leaves %j as it is', (toml) => {
    expect(maskToml(toml)).toBe(toml);
  });
});
