import { Secret } from '../secret.ts';

/** A value in a document. */
export type TomlValue = string | number | boolean | Secret | readonly string[];

/** One table, or one element of an array of tables, with its keys in the order in which they are written. */
export interface TomlTable {
  readonly name: string;
  readonly many?: boolean;
  readonly keys: readonly (readonly [key: string, value: TomlValue])[];
}

/** What stands for a secret in what people see. */
const mask = '(secret)';

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
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `'${key}'`;
}

function valueText(value: TomlValue, show: (secret: Secret) => string): string {
  if (value instanceof Secret) return text(show(value));
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `[${value.map(text).join(', ')}]`;
}

function text(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007F');
}

/** The same text with the value of every password masked, as the face of a document has it. References stay. */
export function maskToml(toml: string): string {
  return toml.replaceAll(
    /^(\s*[\w.'"-]*(?:password|secret)[\w'"-]*\s*=\s*)(?!\s*"\$(?:ref|secret)?\{[^"}]*\}"\s*$)(.+)$/gim,
    (_whole, start: string) => `${start}"${mask}"`,
  );
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
