/** A word of a text, with the column at which it begins. */
export interface WrittenWord {
  readonly text: string;
  readonly column: number;
}

/**
 * The words of a text as Ansible splits `key=value key2="two words"`: at blanks that stand neither in quotes nor in a template.
 * Undefined if something is not closed.
 */
export function wordsOf(text: string): WrittenWord[] | undefined {
  const words: WrittenWord[] = [];
  let quote: string | undefined;
  let depth = 0;
  let begin: number | undefined;
  const end = (at: number) => {
    // A backslash by itself goes on in the next line.
    if (begin !== undefined && text.slice(begin, at) !== '\\')
      words.push({ text: text.slice(begin, at), column: begin + 1 });
    begin = undefined;
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if ((sign === ' ' || sign === '\n') && quote === undefined && depth === 0) {
      end(at);
      continue;
    }
    begin ??= at;
    if ((sign === '"' || sign === "'") && text[at - 1] !== '\\') {
      if (quote === undefined) quote = sign;
      else if (quote === sign) quote = undefined;
    }
    if (/^(\{\{|\{%|\{#)/.test(text.slice(at, at + 2))) depth += 1;
    else if (/^(\}\}|%\}|#\})/.test(text.slice(at, at + 2))) depth = Math.max(0, depth - 1);
    else continue;
    at += 1;
  }
  end(text.length);
  return quote === undefined && depth === 0 ? words : undefined;
}

/** What a word says, as Ansible reads it: always a text. Undefined if it is no `key=value`. */
export function pairOf(word: string): readonly [key: string, value: string] | undefined {
  const text = word.replace(escapes, decoded);
  for (let at = text.indexOf('=', 1); at > 0; at = text.indexOf('=', at + 1))
    if (text[at - 1] !== '\\') return [text.slice(0, at).trim(), unquoted(text.slice(at + 1).trim())];
  return undefined;
}

const escapes = /\\U[a-fA-F0-9]{8}|\\u[a-fA-F0-9]{4}|\\x[a-fA-F0-9]{2}|\\[\\'"abfnrtv]/g;

const single: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

function decoded(sequence: string): string {
  const kind = sequence[1] ?? '';
  if (!/[Uux]/.test(kind)) return single[kind] ?? kind;
  const code = Number.parseInt(sequence.slice(2), 16);
  return code > 0x10ffff ? sequence : String.fromCodePoint(code);
}

function unquoted(text: string): string {
  const isQuoted = text.length > 1 && /^["']/.test(text) && text.at(-1) === text[0] && text.at(-2) !== '\\';
  return isQuoted ? text.slice(1, -1) : text;
}
