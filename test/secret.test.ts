import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redact, redactForms, Secret } from '../src/secret.ts';

describe('a secret', () => {
  it('shows only its face, however it is printed', () => {
    const secret = new Secret('correct horse');
    const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)];
    expect(shown.join(' ')).not.toContain('correct horse');
    expect(secret.reveal()).toBe('correct horse');
  });

  it('is struck out of any text by its value', () => {
    new Secret('battery-staple');
    expect(redact('login with battery-staple failed')).toBe('login with (secret) failed');
  });

  it('is struck out where it stands alone when it is short, so that words stay readable', () => {
    new Secret('admin');
    expect(redact('user administrator, password admin!')).toBe('user administrator, password (secret)!');
  });

  it('may be a whole document, whose face people see', () => {
    const document = Secret.document('password = "x1y2z3w4"', 'password = (secret)');
    expect(String(document)).toBe('password = (secret)');
    expect(redact('password = "x1y2z3w4"')).toContain('x1y2z3w4');
  });
});

describe('in what others wrote, a secret is struck out', () => {
  const value = 'a&b "c" <ü>?/~3';
  const bytes = Buffer.from(value);
  new Secret(value);
  const forms: readonly (readonly [string, string])[] = [
    ['as it is', value],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in XML', 'a&amp;b "c" &lt;ü&gt;?/~3'],
    ['in an attribute', 'a&amp;b &quot;c&quot; &lt;ü&gt;?/~3'],
    ['in a URL', encodeURIComponent(value)],
    ['in a form', encodeURIComponent(value).replaceAll('%20', '+')],
    ['in hex', bytes.toString('hex')],
    ['in large hex', bytes.toString('hex').toUpperCase()],
    ['in base64', bytes.toString('base64')],
    ['in base64 for URLs', bytes.toString('base64url')],
  ];
  it.each(forms)('%s', (_how, form) => {
    const text = redactForms(`x "${form}" y`);
    expect(text).not.toContain(form);
    expect(text).toMatch(/^x "\(secret\)\S*" y$/);
  });

  it.each(['', 'a', 'ab', 'abc', 'user:'])('in base64 that begins with other bytes: %j', (before) => {
    const around = (middle: string) => Buffer.from(`${before}${middle}\nand more`).toString('base64');
    const left = redactForms(around(value));
    expect(left).toMatch(/^[\w+/]*\(secret\)[\w+/=]*$/);
    // What is left of its bytes at both ends is less than a character of base64 each.
    expect(left.length - '(secret)'.length).toBeLessThanOrEqual(around('').length + 3);
    expect(redactForms(around('something else'))).toBe(around('something else'));
  });

  it('also one that is known only later', () => {
    const later = 'known-only-later';
    const encoded = Buffer.from(later).toString('base64');
    expect(redactForms(encoded)).toBe(encoded);
    new Secret(later);
    expect(redactForms(encoded)).toBe('(secret)');
  });
});
