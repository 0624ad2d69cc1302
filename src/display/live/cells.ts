const zero = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** What terminals draw over two cells: scripts of East Asia, full-width forms, and pictures. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Yi}\p{Emoji_Presentation}\u{3000}-\u{303e}\u{fe30}-\u{fe6f}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}]/u;
/** Makes a picture of the sign before it, which terminals then draw over two cells, or not. */
const picture = '\u{fe0f}';

/** How many cells a sign takes at most: terminals differ, and nothing may be longer than it was taken for. */
function cellsOf(sign: string): number {
  if (sign >= ' ' && sign <= '~') return 1;
  if (sign === picture) return 1;
  if (zero.test(sign)) return 0;
  return wide.test(sign) ? 2 : 1;
}

/** How many cells of a terminal a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += cellsOf(sign);
  return width;
}

/** The text, or as much of its beginning as fits, with `…` for the rest. */
export function cut(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text;
  return width < 1 ? '' : `${beginning(text, width - 1)}…`;
}

/** The same from the middle: names often differ in how they end. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 5) return cut(text, width);
  const before = beginning(text, Math.ceil((width - 1) / 2));
  const signs = [...text];
  let from = signs.length;
  let room = width - 1 - widthOf(before);
  while (from > 0 && cellsOf(signs[from - 1] ?? '') <= room) {
    from -= 1;
    room -= cellsOf(signs[from] ?? '');
  }
  return `${before}…${signs.slice(from).join('')}`;
}

/** The text with blanks behind it, so that it takes so many cells. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

function beginning(text: string, width: number): string {
  let found = '';
  let room = width;
  for (const sign of text) {
    room -= cellsOf(sign);
    if (room < 0) break;
    found += sign;
  }
  return found;
}
