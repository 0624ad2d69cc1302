import { isUtf8 } from 'node:buffer';
import type { Issue } from '../errors.ts';

const mega = 1024 * 1024;
/** More than people write; a larger file would take minutes, and all of the memory, to be understood. */
const mostBytes = 20 * mega;

/**
 * The text of a file that people wrote. What is no UTF-8 would be altered by reading it, so it is an issue, at the first byte
 * that does not fit; the text is then with U+FFFD in its place.
 */
export function textOf(file: string, bytes: Buffer): { readonly text: string; readonly issues: Issue[] } {
  if (bytes.length > mostBytes) {
    const message = `has ${Math.round(bytes.length / mega)} MB, and more than ${mostBytes / mega} MB are not read`;
    return { text: '', issues: [{ file, line: 1, column: 1, path: '', message }] };
  }
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return { text, issues: [] };
  return { text, issues: [{ file, ...placeOf(bytes), path: '', message: `this is no UTF-8: ${inUtf8}` }] };
}

/** What to do about it. */
export const inUtf8 = 'save the file as UTF-8, such as with iconv -f latin1 -t utf8';

/** Line and column, from 1, of the first byte that is no UTF-8. */
function placeOf(bytes: Buffer): { line: number; column: number } {
  let [line, from] = [1, 0];
  for (;;) {
    const end = bytes.indexOf(0x0a, from);
    const row = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (!isUtf8(row)) return { line, column: row.toString('utf8').indexOf('\ufffd') + 1 };
    if (end < 0) return { line, column: 1 };
    from = end + 1;
    line += 1;
  }
}
