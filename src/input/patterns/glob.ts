import { Mistake } from './mistake.ts';

type Token = 'any run' | ((character: string) => boolean);

/**
 * A test for a shell pattern, as Python's `fnmatch` reads it: `*`, `?`, `[ab-d]` and `[!ab-d]` for the opposite; a `[`
 * that is not closed stands for itself. It looks at whole names, and tells upper from lower case. Throws `Mistake` for
 * a range that holds nothing.
 */
export function glob(pattern: string): (name: string) => boolean {
  const tokens = tokensOf([...pattern]);
  return (name) => fits(tokens, [...name]);
}

function tokensOf(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    const end = character === '[' ? endOfClass(pattern, at) : undefined;
    if (character === '*') tokens.push('any run');
    else if (character === '?') tokens.push(() => true);
    else if (end === undefined) tokens.push((each) => each === character);
    else {
      tokens.push(characterClass(pattern.slice(at + 1, end), at + 1));
      at = end;
    }
  }
  return tokens;
}

/** Where the class that begins at `[` ends; a `]` that comes first in it is one of its characters. */
function endOfClass(pattern: readonly string[], open: number): number | undefined {
  let first = open + 1;
  if (pattern[first] === '!') first += 1;
  if (pattern[first] === ']') first += 1;
  const end = pattern.indexOf(']', first);
  return end < 0 ? undefined : end;
}

function characterClass(inner: readonly string[], at: number): (character: string) => boolean {
  const opposite = inner[0] === '!';
  const ranges: [from: number, to: number][] = [];
  for (let index = opposite ? 1 : 0; index < inner.length; index += 1) {
    const from = inner[index] ?? '';
    const isRange = inner[index + 1] === '-' && index + 2 < inner.length;
    const to = isRange ? (inner[index + 2] ?? '') : from;
    if (codeOf(from) > codeOf(to)) throw new Mistake(at + index, `the range ${from}-${to} holds nothing`);
    ranges.push([codeOf(from), codeOf(to)]);
    if (isRange) index += 2;
  }
  return (character) => {
    const code = codeOf(character);
    return ranges.some(([from, to]) => from <= code && code <= to) !== opposite;
  };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** Goes back to the latest `*` only, so that no pattern takes long. */
function fits(tokens: readonly Token[], name: readonly string[]): boolean {
  let [token, at, star, starAt] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === 'any run') {
      star = token;
      starAt = at;
      token += 1;
    } else if (wanted?.(name[at] ?? '') === true) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      token = star + 1;
    } else return false;
  }
  return tokens.slice(token).every((each) => each === 'any run');
}
