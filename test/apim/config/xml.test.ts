import { describe, expect, it } from 'vitest';
import { escapeXml } from '../../../src/apim/config/xml.ts';
import { Secret } from '../../../src/secret.ts';

describe('escapeXml', () => {
  it('escapes what XML reads otherwise, and leaves all else as it is', () => {
    expect(escapeXml(new Secret('fake&<>"x')).reveal()).toBe('fake&amp;&lt;&gt;"x');
    const plain = new Secret('fake-plain');
    expect(escapeXml(plain)).toBe(plain);
  });
});
