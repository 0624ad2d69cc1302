import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/input/shell-words.ts';
import { quote } from '../../src/shell/quote.ts';

describe('words', () => {
  it.each([
    ['', []],
    ['  -o  X=y\t-C ', ['-o', 'X=y', '-C']],
    [`-o 'X "a b"' -o "Y c"`, ['-o', 'X "a b"', '-o', 'Y c']],
    [`a\\ b "c\\"d\\e" 'f\\'`, ['a b', 'c"d\\e', 'f\\']],
    [`a''b "" c"d"'e'`, ['ab', '', 'cde']],
  ])('of %j are %j, as in a POSIX shell', (text, words) => {
    expect(shellWords(text)).toEqual(words);
  });

  it.each([`'a`, `"a`, 'a\\', `a "b' c`])('of %j are none: it has no end', (text) => {
    expect(shellWords(text)).toBeUndefined();
  });

  it('that were quoted come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(shellWords(words.map(quote).join(' '))).toEqual(words);
      }),
    );
  });
});
