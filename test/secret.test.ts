import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redact, Secret } from '../src/secret.ts';

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
