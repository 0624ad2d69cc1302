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

/** What an error says in one line, without secrets: for lists, where there is no room for its hint. */
export function oneLine(error: Error): string {
  return redact(error.message.split('\n')[0] ?? '');
}
