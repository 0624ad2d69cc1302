/** A word, and how many characters stand before it. */
export interface ShellToken {
  readonly text: string;
  readonly at: number;
}

/**
 * Splits a text into words as a POSIX shell does: by white space, with quotes and backslashes, and without variables or
 * globs. Undefined if a quote is not closed, or nothing follows a backslash.
 */
export function shellWords(text: string): string[] | undefined {
  return shellTokens(text)?.map((token) => token.text);
}

/** The same with places. With `comments`, the rest of the text from a # on is none of it, as `shlex.split` of Python has it. */
export function shellTokens(text: string, { comments = false } = {}): ShellToken[] | undefined {
  const tokens: ShellToken[] = [];
  let word: string | undefined;
  let from = 0;
  let quote: '"' | "'" | undefined;
  const add = (more: string, at: number) => {
    if (word === undefined) from = at;
    word = `${word ?? ''}${more}`;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === quote) quote = undefined;
    else if (quote === "'") add(character, at);
    else if (quote === '"') {
      const escapes = character === '\\' && (next === '"' || next === '\\');
      add(escapes ? next : character, at);
      if (escapes) at += 1;
    } else if (character === '"' || character === "'") {
      quote = character;
      add('', at);
    } else if (character === '\\') {
      if (next === '') return undefined;
      add(next, at);
      at += 1;
    } else if (comments && character === '#') break;
    else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) tokens.push({ text: word, at: from });
      word = undefined;
    } else add(character, at);
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? tokens : [...tokens, { text: word, at: from }];
}
