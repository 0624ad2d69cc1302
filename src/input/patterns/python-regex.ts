import { Mistake } from './mistake.ts';
import { type Cursor, characterSet, escaped, literal, take, taken } from './python-class.ts';

/**
 * A test for a regular expression of Python, put into JavaScript's words; it has to fit at the beginning of a text, as
 * `re.match` has it. Throws `Mistake` for what Python refuses, and for what cannot be said so that it surely means the
 * same: references to groups, looking behind, flags other than `(?i)`, `(?s)` and `(?m)` at the beginning.
 */
export function pythonRegex(source: string): (text: string) => boolean {
  if (source === '') throw new Mistake(0, 'a regular expression is to follow the ~');
  const [leading = '', flags = ''] = /^\(\?([a-zA-Z]+)\)/.exec(source) ?? [];
  const unknown = [...flags].find((flag) => !'imsu'.includes(flag));
  if (unknown !== undefined) throw new Mistake(2, `the flag ${unknown} cannot be used here; i, m and s can`);
  const reading: Reading = {
    text: source,
    at: leading.length,
    dotAll: flags.includes('s'),
    names: new Set(),
  };
  const translated = alternatives(reading);
  if (reading.at < source.length) throw new Mistake(reading.at, 'this ) closes nothing');
  const kept = ['i', 'm'].filter((flag) => flags.includes(flag)).join('');
  // That an expression has grown too large may show only when it is used.
  const orRefuse = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw new Mistake(0, `it cannot be used: ${(error as Error).message.split(': ').at(-1) ?? ''}`);
    }
  };
  const expression = orRefuse(() => new RegExp(`(?<![^])(?:${translated})`, `u${kept}`));
  return (text) => orRefuse(() => expression.test(text));
}

interface Reading extends Cursor {
  readonly dotAll: boolean;
  /** The names of groups so far. */
  readonly names: Set<string>;
}

/** `^` and the like cannot be repeated, and nothing can be twice. */
interface Item {
  readonly text: string;
  readonly kind: 'atom' | 'position' | 'repeated';
}

function alternatives(reading: Reading): string {
  const all = [sequence(reading)];
  while (taken(reading, '|')) all.push(sequence(reading));
  return all.join('|');
}

function sequence(reading: Reading): string {
  const items: Item[] = [];
  while (reading.at < reading.text.length && !'|)'.includes(reading.text.charAt(reading.at))) {
    const from = reading.at;
    const repeat = quantifier(reading);
    if (repeat === undefined) items.push(...item(reading));
    else {
      const last = items.pop();
      if (last === undefined || last.kind === 'position') throw new Mistake(from, 'nothing to repeat');
      if (last.kind === 'repeated')
        throw new Mistake(from, 'a repetition of a repetition; put the inner one in ( )');
      items.push({ text: `(?:${last.text})${repeat}`, kind: 'repeated' });
    }
  }
  return items.map(({ text }) => text).join('');
}

function item(reading: Reading): readonly Item[] {
  const from = reading.at;
  const character = take(reading);
  const atom = (text: string): Item[] => [{ text, kind: 'atom' }];
  if (character === '(') return group(reading, from);
  if (character === '[') return atom(characterSet(reading, from));
  if (character === '.') return atom(reading.dotAll ? '[^]' : String.raw`[^\n]`);
  if (character === '^' || character === '$') return [{ text: character, kind: 'position' }];
  if (character !== '\\') return atom(literal(character));
  const found = escaped(reading, from);
  if ('position' in found) return [{ text: found.position, kind: 'position' }];
  return atom('set' in found ? `[${found.opposite ? '^' : ''}${found.set}]` : literal(found.character));
}

function group(reading: Reading, open: number): readonly Item[] {
  if (taken(reading, '?#')) {
    const end = reading.text.indexOf(')', reading.at);
    if (end < 0) throw new Mistake(open, 'this ( is not closed');
    reading.at = end + 1;
    return [];
  }
  let kind = '(?:';
  if (taken(reading, '?=')) kind = '(?=';
  else if (taken(reading, '?!')) kind = '(?!';
  else if (taken(reading, '?P<')) nameOf(reading, open);
  else if (!taken(reading, '?:') && taken(reading, '?'))
    throw new Mistake(open, `(?${reading.text.charAt(reading.at)} cannot be used here`);
  const inner = alternatives(reading);
  if (!taken(reading, ')')) throw new Mistake(open, 'this ( is not closed');
  return [{ text: `${kind}${inner})`, kind: 'atom' }];
}

function nameOf(reading: Reading, open: number): void {
  const end = reading.text.indexOf('>', reading.at);
  const name = end < 0 ? '' : reading.text.slice(reading.at, end);
  if (!/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name))
    throw new Mistake(open, 'the group has no proper name');
  if (reading.names.has(name)) throw new Mistake(open, `there is a group ${name} already`);
  reading.names.add(name);
  reading.at = end + 1;
}

/** A repetition, in JavaScript’s words, if one is next. What only looks like one stands for itself, as in Python. */
function quantifier(reading: Reading): string | undefined {
  const from = reading.at;
  const [text, , least = '', comma, most = ''] =
    /^(?:([*+?])|\{(?!\})(\d*)(,)?(\d*)\})/.exec(reading.text.slice(from)) ?? [];
  if (text === undefined || text === '{') return undefined;
  reading.at += text.length;
  if (comma !== undefined && most !== '' && Number(most) < Number(least))
    throw new Mistake(from, `${text} ends before it begins`);
  if (Math.max(Number(least), Number(most)) >= 2 ** 32 - 1) throw new Mistake(from, `${text} is too much`);
  if (taken(reading, '+')) throw new Mistake(from, `${text}+ cannot be used here`);
  taken(reading, '?');
  if (text.length === 1) return text;
  return comma === undefined ? `{${least}}` : `{${least || '0'},${most}}`;
}
