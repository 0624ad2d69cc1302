import { InputError } from '../errors.ts';
import type { Position } from './inventory.ts';

/** A value of an INI file, and where it stands. */
export interface ConfigValue {
  readonly text: string;
  readonly position: Position;
}

/** The values of an INI file by section and, in lower case, key. */
export type ConfigValues = ReadonlyMap<string, ReadonlyMap<string, ConfigValue>>;

/**
 * Reads a text as Python's `configparser` does for Ansible: `=` or `:`, whole lines after `#` or `;`, the rest of a line after ` ;`,
 * values that go on in lines further to the right, and `[DEFAULT]` for all sections. Throws `InputError`.
 */
export function readConfigFile(file: string, text: string): ConfigValues {
  const sections = new Map<string, Map<string, ConfigValue>>();
  const refuse = (line: number, message: string) =>
    new InputError([{ file, line, column: 1, path: '', message }]);
  let section: Map<string, ConfigValue> | undefined;
  let empty = 0;
  let open: { readonly key: string; readonly indent: number } | undefined;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const number = index + 1;
    const line = withoutComment(raw);
    const words = line.trim();
    const begun = open === undefined ? undefined : section?.get(open.key);
    if (words === '') {
      // An empty line within a value is a part of it, a comment is not.
      if (begun !== undefined && line === raw) empty += 1;
      continue;
    }
    const indent = line.length - line.trimStart().length;
    if (section !== undefined && open !== undefined && begun !== undefined && indent > open.indent) {
      section.set(open.key, { ...begun, text: `${begun.text}${'\n'.repeat(empty + 1)}${words}` });
      empty = 0;
      continue;
    }
    empty = 0;
    const [, name] = /^\[(.+)\]/.exec(words) ?? [];
    if (name !== undefined) {
      if (sections.has(name) && name !== 'DEFAULT') throw refuse(number, `the section ${name} is here twice`);
      section = sections.get(name) ?? new Map<string, ConfigValue>();
      sections.set(name, section);
      open = undefined;
      continue;
    }
    if (section === undefined) throw refuse(number, 'no section such as [defaults] begins above this');
    const [, written, value] = /^(.*?)\s*[=:]\s*(.*)$/.exec(words) ?? [];
    if (written === undefined || written === '' || value === undefined)
      throw refuse(number, 'is no line such as key = value');
    const key = written.toLowerCase();
    if (section.has(key)) throw refuse(number, `${key} is here twice`);
    section.set(key, { text: value, position: { file, line: number, column: indent + 1 } });
    open = { key, indent };
  }
  const defaults = sections.get('DEFAULT') ?? [];
  sections.delete('DEFAULT');
  return new Map([...sections].map(([name, own]) => [name, new Map([...defaults, ...own])]));
}

function withoutComment(line: string): string {
  if (/^\s*[#;]/.test(line)) return '';
  return line.replace(/(^|\s);.*$/, '');
}
