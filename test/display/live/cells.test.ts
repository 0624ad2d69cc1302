import { describe, expect, it } from 'vitest';
import { cut, cutMiddle, padded, widthOf } from '../../../src/display/live/cells.ts';

describe('the width of a text', () => {
  it.each([
    ['gw1', 3],
    ['Grün', 4],
    ['Gru\u0308n', 4],
    ['日本', 4],
    ['한국', 4],
    ['ＡＢ', 4],
    ['a\u200bb', 2],
    ['🚀', 2],
    ['✓ ✗ · …', 7],
  ])('is that of its cells: %s', (text, width) => expect(widthOf(text)).toBe(width));

  it('is never less than a terminal may take', () => {
    expect(widthOf('❤\u{fe0f}')).toBe(2);
    expect(widthOf('👩\u{200d}🚀')).toBe(4);
  });
});

describe('a text that is too long', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('is cut: %s in %i cells', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown);
    expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
  });

  it.each([
    ['apim-prod-gateway-01', 20, 'apim-prod-gateway-01'],
    ['apim-prod-gateway-01', 11, 'apim-…ay-01'],
    ['日本語日本語', 7, '日…本語'],
    ['abcdef', 3, 'ab…'],
  ])('keeps its end as well where it is a name: %s in %i cells', (text, width, shown) => {
    expect(cutMiddle(text, width)).toBe(shown);
    expect(widthOf(shown)).toBeLessThanOrEqual(width);
  });

  it('is filled up where it is too short', () => expect(padded('日', 4)).toBe('日  '));
});
