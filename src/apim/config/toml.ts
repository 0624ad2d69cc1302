import { Secret } from '../../secret.ts';

/** A value that is not a list. */
export type TomlScalar = string | number | boolean | Secret;

/** A value in a document. */
export type TomlValue = TomlScalar | readonly TomlScalar[];

/** One table, or one element of an array of tables, with its keys in the order in which they are written. */
export interface TomlTable {
  readonly name: string;
  readonly many?: boolean;
  readonly keys: readonly (readonly [key: string, value: TomlValue])[];
}

/** What stands for a secret in what people see. */
export const mask = '(secret)';

/** Writes tables in the order given. The face of the document has every secret masked. */
export function writeToml(heading: string, tables: readonly TomlTable[]): Secret {
  const write = (show: (secret: Secret) => string) =>
    [heading, ...tables.map((table) => writeTable(table, show))].join('\n');
  return Secret.document(
    write((secret) => secret.reveal()),
    write(() => mask),
  );
}

function writeTable({ name, many, keys }: TomlTable, show: (secret: Secret) => string): string {
  const header = many === true ? `[[${name}]]` : `[${name}]`;
  return `${[header, ...keys.map(([key, value]) => `${keyText(key)} = ${valueText(value, show)}`)].join('\n')}\n`;
}

function keyText(key: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(key)) return key;
  // Between these quotes nothing can be escaped.
  return /^[^'\p{Cc}\p{Cs}]+$/u.test(key) ? `'${key}'` : text(key);
}

function valueText(value: TomlValue, show: (secret: Secret) => string): string {
  if (value instanceof Secret) return text(show(value));
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `[${value.map((each) => valueText(each, show)).join(', ')}]`;
}

function text(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007F');
}

/** A table; keys without a value are left out. */
export function table(name: string, keys: Readonly<Record<string, TomlValue | undefined>>): TomlTable {
  return { name, keys: present(keys) };
}

/** One element of an array of tables; keys without a value are left out. */
export function element(name: string, keys: Readonly<Record<string, TomlValue | undefined>>): TomlTable {
  return { name, many: true, keys: present(keys) };
}

function present(keys: Readonly<Record<string, TomlValue | undefined>>): [string, TomlValue][] {
  return Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
}

/**
 * Any TOML text with its secrets masked as in the face of a document: values of keys that name a password or a secret,
 * the table `[secrets]`, and passwords within URLs. References such as `$ref{…}` stay, for they tell nothing.
 */
export function maskToml(toml: string): string {
  return toml
    .replaceAll(
      secretTable,
      (_whole, header: string, body: string) => header + body.replaceAll(anyKey, masked),
    )
    .replaceAll(secretKey, masked)
    .replaceAll(userInfo, `$1${mask}`);
}

const value = String.raw`"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\[[^\]]*\]|[^\s,"'&;#}\]]+`;
const secretKey = new RegExp(
  String.raw`([\w.'"-]*(?:password|passwd|passphrase|secret)[\w.'"-]*\s*=\s*)(${value})`,
  'gi',
);
const anyKey = new RegExp(String.raw`^(\s*[\w.'"-]+\s*=\s*)(${value})`, 'gm');
const secretTable = /^(\[secrets\][^\n]*\n)((?:(?!\[)[^\n]*(?:\n|$))*)/gm;
const userInfo = /(\w:\/\/[^\s:/@"']+:)[^\s@/"']+(?=@)/g;

function masked(_whole: string, start: string, found: string): string {
  if (/^["']\$\w*\{[^}]*\}["']$/.test(found)) return start + found;
  // Without quotes it is a part of a longer text, such as a URL.
  return start + (/^["'[]/.test(found) ? `"${mask}"` : mask);
}
