import { describe, expect, it } from 'vitest';
import { otherToAnsible } from '../../src/input/yaml-words.ts';

describe('what stands without quotes', () => {
  it.each<[string, unknown, string]>([
    ['yes', 'yes', 'true'],
    ['Off', 'Off', 'false'],
    ['0644', 644, '420'],
    ['08', 8, 'the text "08"'],
    ['1_000', '1_000', '1000'],
    ['10:30', '10:30', '630'],
    ['1e3', 1000, 'the text "1e3"'],
    ['0b11', '0b11', '3'],
    ['0o17', 15, 'the text "0o17"'],
    ['2020-01-31', '2020-01-31', 'a date'],
  ])('such as %s is something else to Ansible', (written, ours, theirs) => {
    expect(otherToAnsible(written, ours)).toBe(theirs);
  });

  it.each<[string, unknown]>([
    ['true', true],
    ['10', 10],
    ['-1.5', -1.5],
    ['0x1F', 31],
    ['~', null],
    ['y', 'y'],
    ['10m', '10m'],
    ['3.2.0', '3.2.0'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('such as %s is the same', (written, ours) => {
    expect(otherToAnsible(written, ours)).toBeUndefined();
  });
});
