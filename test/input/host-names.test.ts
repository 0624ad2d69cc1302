import { describe, expect, it } from 'vitest';
import { namesIn } from '../../src/input/host-names.ts';

describe('a name in an inventory', () => {
  it.each<[string, readonly string[], number?]>([
    ['gw', ['gw']],
    ['gw:2222', ['gw'], 2222],
    ['gw[1:2]:2222', ['gw1', 'gw2'], 2222],
    ['[2001:db8::1]:22', ['2001:db8::1'], 22],
    ['[10.0.0.1]:22', ['10.0.0.1'], 22],
    ['2001:db8::1', ['2001:db8::1']],
    ['::1', ['::1']],
    ['fe80::1%eth0', ['fe80::1%eth0']],
    ['x[01:03:2]-[a:b]', ['x01-a', 'x01-b', 'x03-a', 'x03-b']],
    ['[08:10]', ['08', '09', '10']],
  ])('such as %s stands for hosts and perhaps a port', (pattern, names, port) => {
    expect(namesIn(pattern)).toEqual({ names, ...(port === undefined ? {} : { port }) });
  });

  it.each([
    ['', 'a host needs a name'],
    ['a\0', 'a name of a host has no control characters'],
    ['[2001:db8::1]', 'write 2001:db8::1, without brackets; with a port, [2001:db8::1]:22'],
    ['gw:0', 'the port in "gw:0" is none: 1 to 65535'],
    ['gw:65536', 'the port in "gw:65536" is none: 1 to 65535'],
    ['gw-:22', 'what stands before the port in "gw-:22" is no name of a host and no address'],
    ['gw:', 'what stands before the port in "gw:" is no name of a host and no address'],
    ['gw[1]', 'the range in "gw[1]" makes no sense: write gw[1:3], gw[01:03] or gw[a:c]'],
    ['gw[3:1]', 'the range in "gw[3:1]" makes no sense: it ends before it begins'],
    ['gw[c:a]', 'the range in "gw[c:a]" makes no sense: it ends before it begins'],
    [
      'gw[01:100]',
      'the range in "gw[01:100]" makes no sense: both ends need as many digits, such as [01:10]',
    ],
    ['gw[1:3', 'the range in "gw[1:3" makes no sense: a bracket is without its other half'],
    ['gw[1:3:0]', 'the range in "gw[1:3:0]" makes no sense: write gw[1:3], gw[01:03] or gw[a:c]'],
    ['[1:999999999]', 'the range in "[1:999999999]" makes no sense: it stands for more than 100000 hosts'],
    ['[1:999][1:999]', 'the range in "[1:999][1:999]" makes no sense: it stands for more than 100000 hosts'],
  ])('such as %j is refused', (pattern, wrong) => {
    expect(namesIn(pattern).wrong).toBe(wrong);
  });

  it('may hold a thousand ranges, and is refused at once', () => {
    expect(namesIn('[1:2]'.repeat(1000)).wrong).toContain('more than 100000 hosts');
  });
});
