/**
 * Splits a text into words as a POSIX shell does: by white space, with quotes and backslashes, and without variables or
 * globs. Undefined if a quote is not closed, or nothing follows a backslash.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === quote) quote = undefined;
    else if (quote === "'") word += character;
    else if (quote === '"') {
      const escapes = character === '\\' && (next === '"' || next === '\\');
      if (escapes) at += 1;
      word += escapes ? next : character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      if (next === '') return undefined;
      at += 1;
      word = `${word ?? ''}${next}`;
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
