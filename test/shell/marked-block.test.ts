import { describe, expect, it } from 'vitest';
import { mergeBlock } from '../../src/shell/marked-block.ts';

const begin = '# BEGIN apim-orchestrate';
const end = '# END apim-orchestrate';
const block = (...lines: string[]) => `${[begin, ...lines, end].join('\n')}\n`;

describe('a block of ours in a file of the system', () => {
  it.each([
    ['an empty file', '', ''],
    ['a file that ends with its line', 'theirs\n', 'theirs\n'],
    ['a file whose last line has no end', 'theirs', 'theirs\n'],
  ])('comes at the end of %s', (_what, before, kept) => {
    expect(mergeBlock(before, ['a', 'b'])).toBe(`${kept}${block('a', 'b')}`);
  });

  it('is brought up to date where it stands; all else stays byte for byte', () => {
    const file = `\tbefore \r\n\n${block('old', 'older')}  after`;
    expect(mergeBlock(file, ['new'])).toBe(`\tbefore \r\n\n${block('new')}  after`);
  });

  it('is found at the beginning of a file, when it is empty, and when nothing ends its last line', () => {
    expect(mergeBlock(`${block('old')}after\n`, ['new'])).toBe(`${block('new')}after\n`);
    expect(mergeBlock(`before\n${block()}after\n`, ['new'])).toBe(`before\n${block('new')}after\n`);
    expect(mergeBlock(block('old').trimEnd(), ['new'])).toBe(block('new'));
  });

  it('changes nothing when it is as it should be', () => {
    const file = `before\n${block('a')}after\n`;
    expect(mergeBlock(file, ['a'])).toBe(file);
  });

  it('goes when there is nothing to say, and is not made for that', () => {
    expect(mergeBlock(`before\n${block('a')}after\n`, [])).toBe('before\nafter\n');
    expect(mergeBlock('before', [])).toBe('before');
  });

  it('is the first one only', () => {
    expect(mergeBlock(block('a') + block('b'), ['new'])).toBe(block('new') + block('b'));
  });

  it.each([
    ['no end', `${begin}\ntheirs\n`],
    ['no beginning', `theirs\n${end}\n`],
    ['something before it on its line', `x${begin}\ntheirs\n${end}\n`],
    ['something behind it on its line', `${begin} of old\ntheirs\n${end}\n`],
    ['an end with more on its line', `${begin}\ntheirs\n${end} not yet\n`],
  ])('is not told by a mark that has %s: that is a line like any other', (_what, file) => {
    expect(mergeBlock(file, ['new'])).toBe(`${file}${block('new')}`);
  });

  it('begins at the last beginning before its end, so that nothing of theirs is lost', () => {
    expect(mergeBlock(`${begin}\ntheirs\n${block('old')}`, ['new'])).toBe(
      `${begin}\ntheirs\n${block('new')}`,
    );
  });
});
