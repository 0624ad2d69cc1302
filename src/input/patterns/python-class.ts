import { Mistake } from './mistake.ts';

const inWord = String.raw`\p{L}\p{N}_`;
const blanks = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const edge = `(?:(?<=[${inWord}])(?![${inWord}])|(?<![${inWord}])(?=[${inWord}]))`;
const noEdge = `(?:(?<=[${inWord}])(?=[${inWord}])|(?<![${inWord}])(?![${inWord}]))`;

/** What Python's short forms stand for: they know all of Unicode, JavaScript's do not. */
const sets: Record<string, string> = { d: String.raw`\p{Nd}`, w: inWord, s: blanks };
const positions: Record<string, string> = { A: '(?<![^])', Z: '(?![^])', b: edge, B: noEdge };
const letters: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07' };

/** A text that is read from left to right. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/** The next character, taken. */
export function take(cursor: Cursor): string {
  const code = cursor.text.codePointAt(cursor.at);
  if (code === undefined) return '';
  const character = String.fromCodePoint(code);
  cursor.at += character.length;
  return character;
}

/** Whether a text is next; it is taken if it is. */
export function taken(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

/** One character, for JavaScript. */
export function literal(character: string): string {
  return /^[A-Za-z0-9]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** What stands behind a backslash: a character, a set of them (without its brackets), or a position. */
export type Escaped =
  | { readonly character: string }
  | { readonly set: string; readonly opposite: boolean }
  | { readonly position: string };

/** Reads an escape whose backslash, at `from`, has been taken. */
export function escaped(cursor: Cursor, from: number): Escaped {
  const letter = take(cursor);
  if (letter === '') throw new Mistake(from, 'a backslash at the end');
  const set = sets[letter.toLowerCase()];
  if (set !== undefined) return { set, opposite: letter !== letter.toLowerCase() };
  if (positions[letter] !== undefined) return { position: positions[letter] };
  if (letters[letter] !== undefined) return { character: letters[letter] };
  const length = { x: 2, u: 4, U: 8 }[letter];
  if (length !== undefined) {
    const digits = cursor.text.slice(cursor.at, cursor.at + length);
    const code = Number.parseInt(digits, 16);
    if (digits.length < length || /[^0-9a-f]/i.test(digits) || code > 0x10ffff)
      throw new Mistake(from, `\\${letter} takes ${length} hexadecimal digits of a character`);
    cursor.at += length;
    return { character: String.fromCodePoint(code) };
  }
  if (/\d/.test(letter)) throw new Mistake(from, `\\${letter} refers to a group, which is not possible here`);
  if (/[A-Za-z]/.test(letter)) throw new Mistake(from, `\\${letter} means nothing here`);
  return { character: letter };
}

/** Reads a set of characters whose `[`, at `open`, has been taken. */
export function characterSet(cursor: Cursor, open: number): string {
  const opposite = taken(cursor, '^');
  let items = '';
  for (;;) {
    const from = cursor.at;
    if (items !== '' && taken(cursor, ']')) return `[${opposite ? '^' : ''}${items}]`;
    const first = member(cursor, open);
    if (!taken(cursor, '-')) items += first.text;
    else if (taken(cursor, ']')) return `[${opposite ? '^' : ''}${items}${first.text}${literal('-')}]`;
    else {
      const last = member(cursor, open);
      if (first.code === undefined || last.code === undefined || last.code < first.code)
        throw new Mistake(from, `${cursor.text.slice(from, cursor.at)} is no range of characters`);
      items += `${first.text}-${last.text}`;
    }
  }
}

function member(cursor: Cursor, open: number): { readonly text: string; readonly code: number | undefined } {
  const from = cursor.at;
  const character = take(cursor);
  if (character === '') throw new Mistake(open, 'this [ is not closed');
  if (character !== '\\') return { text: literal(character), code: character.codePointAt(0) };
  // Between brackets it is the backspace.
  if (taken(cursor, 'b')) return { text: String.raw`\u{8}`, code: 8 };
  const found = escaped(cursor, from);
  if ('character' in found) return { text: literal(found.character), code: found.character.codePointAt(0) };
  if ('set' in found && !found.opposite) return { text: found.set, code: undefined };
  throw new Mistake(from, `${cursor.text.slice(from, cursor.at)} cannot stand between brackets here`);
}
