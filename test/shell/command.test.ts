import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { and, as, or, pipe, script, sequence, sh } from '../../src/shell/command.ts';
import { quote } from '../../src/shell/quote.ts';

const shell = (text: string) => execFileSync('sh', ['-c', text], { encoding: 'utf8' });

describe('quote', () => {
  it('leaves plain words as they are', () => {
    expect(quote('/opt/wso2/gateway')).toBe('/opt/wso2/gateway');
  });

  it.each([
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['$HOME', "'$HOME'"],
    ['*', "'*'"],
    ['~', "'~'"],
  ])('makes one word of %j', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('comes back unchanged from a real shell', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        (text) => {
          expect(shell(`printf %s ${quote(text)}`)).toBe(text);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses what no word can hold', () => {
    expect(() => quote('a\0b')).toThrow(TypeError);
  });
});

describe('sh', () => {
  it('quotes every word', () => {
    expect(sh`unzip -q ${'my pack.zip'} -d ${'/opt'}`.text).toBe("unzip -q 'my pack.zip' -d /opt");
  });

  it('makes one word of each element of a list', () => {
    expect(sh`rm -f ${['a', 'b c']}`.text).toBe("rm -f a 'b c'");
  });

  it('writes numbers as they are, and leaves no space around', () => {
    expect(sh` head -n ${3} `.text).toBe('head -n 3');
  });

  it('makes one word of a command', () => {
    expect(sh`sh -c ${sh`echo ${'a b'}`}`.text).toBe("sh -c 'echo '\\''a b'\\'''");
  });
});

describe('joined commands', () => {
  it('stop at the first that fails', () => {
    expect(shell(`${and(sh`echo one`, sh`false`, sh`echo two`).text} || true`)).toBe('one\n');
  });

  it('are tried until one succeeds', () => {
    expect(shell(or(sh`false`, sh`echo two`, sh`echo three`).text)).toBe('two\n');
  });

  it('are fed into one another', () => {
    expect(shell(pipe(sh`printf ${'b\na\n'}`, sh`sort`).text)).toBe('a\nb\n');
  });

  it('keep their parts together', () => {
    const either = or(sh`false`, sh`true`);
    expect(shell(and(either, sh`echo yes`).text)).toBe('yes\n');
    expect(shell(sequence(sh`false`, sh`echo after`).text)).toBe('after\n');
  });

  it('keep the user of the first', () => {
    expect(and(as('root', sh`true`), sh`true`).user).toBe('root');
  });

  it('are as they were when there is only one, and an error when there is none', () => {
    expect(and(sh`true`)).toEqual({ text: 'true' });
    expect(and(sh`true`, sh`true`)).not.toHaveProperty('user');
    expect(() => and()).toThrow('no command to join');
  });

  it('can be lines of a script', () => {
    expect(shell(script('set -e', sh`echo ${'a'}`, 'echo b').text)).toBe('a\nb\n');
  });
});
