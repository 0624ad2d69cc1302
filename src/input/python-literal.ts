/**
 * The value of a literal of Python, as `ast.literal_eval` has it: numbers, texts, `True`, `None`, lists, tuples, sets and
 * dictionaries of these. Undefined if it is none, or nothing that JSON could hold. Tuples and sets come as lists.
 */
export function pythonLiteral(text: string): { readonly value: unknown } | undefined {
  const reading: Reading = { text, at: 0, depth: 0 };
  try {
    const value = expressions(reading);
    skipBlanks(reading);
    if (reading.text.charAt(reading.at) === '#') reading.at = text.length;
    return reading.at === text.length ? { value } : undefined;
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}

interface Reading {
  readonly text: string;
  at: number;
  depth: number;
}

class NoLiteral extends Error {}

/** Python itself reads no more brackets within brackets. */
const deepest = 200;

/** Without brackets, values with commas between them are a tuple. */
function expressions(reading: Reading): unknown {
  const first = expression(reading);
  if (!taken(reading, ',')) return first;
  return [first, ...listed(reading, /^(?:#|$)/)];
}

/** Values with commas between them, until something that ends them is next. */
function listed(reading: Reading, end: RegExp): unknown[] {
  const values: unknown[] = [];
  for (;;) {
    skipBlanks(reading);
    if (end.test(reading.text.slice(reading.at, reading.at + 1))) return values;
    values.push(expression(reading));
    if (!taken(reading, ',')) return values;
  }
}

function expression(reading: Reading): unknown {
  skipBlanks(reading);
  const next = reading.text.charAt(reading.at);
  if (next === '(') return bracketed(reading, () => tuple(reading));
  if (next === '[') return bracketed(reading, () => closed(reading, listed(reading, /^\]/), ']'));
  if (next === '{') return bracketed(reading, () => braced(reading));
  if (next === '-' || next === '+') {
    reading.at += 1;
    skipBlanks(reading);
    // A sign before a sign is an expression, and no literal.
    const value = /[-+]/.test(reading.text.charAt(reading.at)) ? undefined : expression(reading);
    if (typeof value !== 'number') throw new NoLiteral();
    return next === '-' ? -value : value;
  }
  return string(reading) ?? number(reading) ?? word(reading);
}

function bracketed<T>(reading: Reading, read: () => T): T {
  reading.at += 1;
  reading.depth += 1;
  if (reading.depth > deepest) throw new NoLiteral();
  const value = read();
  reading.depth -= 1;
  return value;
}

function tuple(reading: Reading): unknown {
  if (taken(reading, ')')) return [];
  const first = expression(reading);
  if (!taken(reading, ',')) return closed(reading, first, ')');
  return closed(reading, [first, ...listed(reading, /^\)/)], ')');
}

function braced(reading: Reading): unknown {
  if (taken(reading, '}')) return {};
  const first = expression(reading);
  if (!taken(reading, ':')) {
    const rest = taken(reading, ',') ? listed(reading, /^\}/) : [];
    return closed(reading, [first, ...rest], '}');
  }
  const entries = new Map([[keyOf(first), expression(reading)]]);
  while (taken(reading, ',')) {
    skipBlanks(reading);
    if (reading.text.charAt(reading.at) === '}') break;
    const key = keyOf(expression(reading));
    if (!taken(reading, ':')) throw new NoLiteral();
    entries.set(key, expression(reading));
  }
  return closed(reading, Object.fromEntries(entries), '}');
}

/** A key as JSON has it. */
function keyOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) throw new NoLiteral();
  return String(value);
}

function closed<T>(reading: Reading, value: T, end: string): T {
  if (!taken(reading, end)) throw new NoLiteral();
  return value;
}

/** Texts that follow one another are one; bytes among them are not. */
function string(reading: Reading): string | undefined {
  let found: string | undefined;
  let isBytes: boolean | undefined;
  for (;;) {
    skipBlanks(reading);
    const [start, prefix = '', quote = ''] =
      /^([rRuUbB]|[bB][rR]|[rR][bB])?('''|"""|'|")/.exec(reading.text.slice(reading.at, reading.at + 5)) ??
      [];
    if (start === undefined) return found;
    reading.at += start.length;
    const isRaw = /r/i.test(prefix);
    if (isBytes !== undefined && isBytes !== /b/i.test(prefix)) throw new NoLiteral();
    isBytes = /b/i.test(prefix);
    const from = reading.at;
    while (!reading.text.startsWith(quote, reading.at)) {
      if (reading.at >= reading.text.length) throw new NoLiteral();
      reading.at += reading.text.charAt(reading.at) === '\\' ? 2 : 1;
    }
    const inside = reading.text.slice(from, reading.at);
    reading.at += quote.length;
    found = `${found ?? ''}${isRaw ? inside : unescaped(inside)}`;
  }
}

const escapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
};

/** What is no escape stands for itself, with its backslash. */
function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
    (whole, octal?: string, byte?: string, short?: string, long?: string, other = '') => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const hex = byte ?? short ?? long;
      const code = hex === undefined ? undefined : Number.parseInt(hex, 16);
      // The start of one that is not whole, and names of characters.
      if (code === undefined && /[xuUN]/.test(other)) throw new NoLiteral();
      if (code !== undefined && code > 0x10ffff) throw new NoLiteral();
      return code === undefined ? (escapes[other] ?? whole) : String.fromCodePoint(code);
    },
  );
}

const digits = '[0-9](?:_?[0-9])*';
const exponent = `[eE][+-]?${digits}`;
const numbers = new RegExp(
  `^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:${digits})?\\.${digits}(?:${exponent})?|${digits}\\.(?:${exponent})?|${digits}${exponent}|0(?:_?0)*|[1-9](?:_?[0-9])*)(?![\\p{L}\\p{N}_.])`,
  'u',
);

function number(reading: Reading): number | undefined {
  const [found] = numbers.exec(reading.text.slice(reading.at)) ?? [];
  if (found === undefined) return undefined;
  reading.at += found.length;
  const value = Number(found.replaceAll('_', ''));
  const isWhole = /^(?:0[xob]|\d[\d_]*$)/i.test(found);
  // A long number, such as a password or an identifier, would lose its last digits.
  if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value))) throw new NoLiteral();
  return value;
}

function word(reading: Reading): unknown {
  const [found = ''] = /^(?:[\p{L}_][\p{L}\p{N}_]*)?/u.exec(reading.text.slice(reading.at)) ?? [];
  reading.at += found.length;
  if (found === 'True' || found === 'False') return found === 'True';
  if (found === 'None') return null;
  if (found === 'set' && taken(reading, '(') && taken(reading, ')')) return [];
  throw new NoLiteral();
}

function taken(reading: Reading, character: string): boolean {
  skipBlanks(reading);
  if (reading.text.charAt(reading.at) !== character) return false;
  reading.at += 1;
  return true;
}

function skipBlanks(reading: Reading): void {
  while (/[ \t\f]/.test(reading.text.charAt(reading.at))) reading.at += 1;
}
