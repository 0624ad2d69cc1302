/** One character of a pattern: any, or one of a set (or none of it). */
type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/** Whether a whole name fits a shell pattern: `*`, `?`, `[abc]`, `[a-c]`, `[!abc]`, as Python's fnmatch has them. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const source = tokens(pattern).map(sourceOf).join('');
  const expression = new RegExp(`^(?:${source})$`, 'su');
  return (name) => expression.test(name);
}

function tokens(pattern: string): (Token | string)[] {
  const characters = [...pattern];
  const found: (Token | string)[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') found.push({ kind: 'star' });
    else if (character === '?') found.push({ kind: 'any' });
    else if (character === '[') {
      const end = endOfSet(characters, at);
      if (end === undefined) found.push('[');
      else {
        found.push(setOf(characters.slice(at + 1, end)));
        at = end;
      }
    } else found.push(character);
  }
  return found;
}

/** A `]` that comes first stands for itself. Undefined if the set is not closed. */
function endOfSet(characters: readonly string[], start: number): number | undefined {
  let from = start + 1;
  if (characters[from] === '!') from += 1;
  if (characters[from] === ']') from += 1;
  const end = characters.indexOf(']', from);
  return end < 0 ? undefined : end;
}

function setOf(inside: readonly string[]): Token {
  const negated = inside[0] === '!';
  const stuff = negated ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < stuff.length; at += 1) {
    const first = stuff[at] ?? '';
    const last = stuff[at + 2];
    if (stuff[at + 1] === '-' && last !== undefined) {
      // From high to low there is nothing.
      if (first <= last) ranges.push([first, last]);
      at += 2;
    } else ranges.push([first, first]);
  }
  return { kind: 'set', negated, ranges };
}

function sourceOf(token: Token | string): string {
  if (typeof token === 'string') return escaped(token);
  if (token.kind === 'star') return '.*';
  if (token.kind === 'any') return '.';
  const inside = token.ranges.map(([first, last]) => `${escaped(first)}-${escaped(last)}`).join('');
  return `[${token.negated ? '^' : ''}${inside}]`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
