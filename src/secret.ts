import { inspect } from 'node:util';

/** What stands on the screen in place of a secret. */
const masked = '(secret)';

const known = new Set<string>();

/**
 * A value that reaches the server and never the screen. Printed, logged or turned into JSON it shows only its
 * `face`. Two kinds: a password (`new Secret(value)`), whose value is struck out wherever `redact` meets it, and a
 * document with passwords in it (`Secret.document`), whose face is the same document with the passwords masked.
 */
export class Secret {
  readonly #value: string;
  readonly face: string;

  constructor(value: string, face: string = masked) {
    this.#value = value;
    this.face = face;
    if (face === masked && value.length >= 4) known.add(value);
  }

  /** A text with secrets inside. `face` is what people may see of it, and is what diffs are made from. */
  static document(value: string, face: string): Secret {
    return new Secret(value, face === masked ? `${masked} ` : face);
  }

  /** The value itself. Only for what goes to a server's stdin, into a file of mode 0600, or into a hash. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.face;
  }

  toJSON(): string {
    return this.face;
  }

  [inspect.custom](): string {
    return this.face;
  }
}

/** Strikes every known secret out of a text. A short one (under 8 characters) counts only where it stands alone. */
export function redact(text: string): string {
  let out = text;
  for (const value of known) {
    if (!out.includes(value)) continue;
    if (value.length >= 8) out = out.replaceAll(value, masked);
    else {
      const alone = new RegExp(`(?<![\\w-])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g');
      out = out.replace(alone, masked);
    }
  }
  return out;
}

/**
 * Strikes every known secret out of what others wrote, in whatever form it may stand there: as it is, escaped for JSON, XML or
 * a URL, in hex, or in base64 wherever it begins in what was encoded.
 */
export function redactForms(text: string): string {
  let out = redact(text);
  for (const form of formsOfAll()) if (out.includes(form)) out = out.replaceAll(form, masked);
  return out;
}

let forms: readonly string[] = [];
let formsOf = 0;

/** Made anew when another secret is known: it is asked for with every line of a log. */
function formsOfAll(): readonly string[] {
  if (formsOf === known.size) return forms;
  formsOf = known.size;
  forms = [...new Set([...known].flatMap(formsOfOne))].sort((one, other) => other.length - one.length);
  return forms;
}

/** Of what is cut out of base64, shorter pieces would be found in what is no secret. */
const shortestPiece = 8;

function formsOfOne(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const xml = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const whole = [bytes.toString('base64'), bytes.toString('base64url')];
  // What stands before it shifts it by a byte or two; the characters at both ends hold bits of its neighbours.
  const pieces = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    const piece = text.slice(first, last);
    return piece.length < shortestPiece ? [] : [piece, piece.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const escaped = [
    JSON.stringify(value).slice(1, -1),
    xml,
    xml.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
  ];
  return [...escaped.filter((each) => each !== value), hex, hex.toUpperCase(), ...whole, ...pieces];
}

/** What an error says in one line, without secrets: for lists, where there is no room for its hint. */
export function oneLine(error: Error): string {
  return redact(error.message.split('\n')[0] ?? '');
}
