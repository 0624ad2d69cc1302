/** What is wrong with a regular expression, and at which character (from 0). */
export class PatternError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * A regular expression as Python has it, which is what Ansible's `~` means; it has to fit from the beginning of a name,
 * not to its end. What Python and JavaScript write differently is translated, and refused where that cannot be done
 * rightly. Throws `PatternError`.
 */
export function pythonPattern(source: string): RegExp {
  const { text, flags } = leadingFlags(source);
  const offset = source.length - text.length;
  const translated = translate(text, offset);
  try {
    return new RegExp(`^(?:${translated})`, `u${flags}`);
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: \/.*\/\w*: /s, '');
    throw new PatternError(`no valid regular expression: ${reason.toLowerCase()}`, offset);
  }
}

function leadingFlags(source: string): { text: string; flags: string } {
  const [whole, letters = ''] = /^\(\?([aimsu]+)\)/.exec(source) ?? [];
  if (whole === undefined) return { text: source, flags: '' };
  return {
    text: source.slice(whole.length),
    flags: [...new Set(letters)].filter((each) => 'ims'.includes(each)).join(''),
  };
}

function translate(text: string, offset: number): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const refuse = (message: string): never => {
      throw new PatternError(message, offset + at);
    };
    const rest = text.slice(at);
    const character = text.charAt(at);
    if (character === '\\') {
      if (rest.length < 2) refuse('nothing follows the backslash');
      const read =
        translatedEscape(text.charAt(at + 1), false) ?? refuse(`\\${text.charAt(at + 1)} is not supported`);
      out += read;
      at += 2;
    } else if (character === '[') {
      const { source, length } = set(rest, refuse);
      out += source;
      at += length;
    } else if (rest.startsWith('(?')) {
      const [opening, source] = group(rest) ?? refuse(`${rest.slice(0, 4)}… is not supported`);
      out += source;
      at += opening.length;
    } else {
      const [upTo, most] = /^\{,(\d+)\}/.exec(rest) ?? [];
      out += upTo === undefined ? character : `{0,${most}}`;
      at += upTo?.length ?? 1;
    }
  }
  return out;
}

/** Groups that both know, and names of groups in the words of the other. */
function group(rest: string): readonly [opening: string, source: string] | undefined {
  const [named, name] = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest) ?? [];
  if (named !== undefined) return [named, `(?<${name}>`];
  const [again, of] = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest) ?? [];
  if (again !== undefined) return [again, `\\k<${of}>`];
  const [same] = /^\(\?(?::|=|!|<=|<!)/.exec(rest) ?? [];
  return same === undefined ? undefined : [same, same];
}

const wordCharacters = '\\p{L}\\p{N}_';
const classes: Readonly<Record<string, string>> = { w: wordCharacters, d: '\\p{Nd}', s: '\\s' };

/** What stands for `\` and this character. Undefined if the two languages do not mean the same by it. */
function translatedEscape(character: string, inSet: boolean): string | undefined {
  const known = classes[character];
  if (known !== undefined) return inSet || character === 's' ? known : `[${known}]`;
  const without = classes[character.toLowerCase()];
  if (without !== undefined) {
    if (character === 'S') return '\\S';
    return inSet ? undefined : `[^${without}]`;
  }
  if (/[nrtfvx]/.test(character) || (!inSet && /[bB1-9]/.test(character))) return `\\${character}`;
  if (character === 'A' && !inSet) return '(?<![\\s\\S])';
  if (character === 'Z' && !inSet) return '(?![\\s\\S])';
  if (/[A-Za-z0-9]/.test(character)) return undefined;
  return literal(character);
}

/** A set: a `]` that comes first stands for itself, and so does every `[` in it. */
function set(rest: string, refuse: (message: string) => never): { source: string; length: number } {
  let at = 1;
  let source = '[';
  if (rest.charAt(at) === '^') {
    source += '^';
    at += 1;
  }
  for (let first = true; ; first = false) {
    const character = rest.charAt(at);
    if (character === '') refuse('the set that begins here is not closed');
    if (character === ']' && !first) return { source: `${source}]`, length: at + 1 };
    if (character === '\\') {
      const next = rest.charAt(at + 1);
      source += translatedEscape(next, true) ?? refuse(`\\${next} in a set is not supported`);
      at += 2;
    } else {
      source += character === '-' ? '-' : literal(character);
      at += 1;
    }
  }
}

function literal(character: string): string {
  return /[A-Za-z0-9_]/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
