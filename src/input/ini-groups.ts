import type { Issue } from '../errors.ts';
import type { TreeBuilder } from './group-tree.ts';
import { namesIn } from './host-names.ts';
import type { Position } from './inventory.ts';
import { pythonLiteral } from './python-literal.ts';
import { shellTokens } from './shell-words.ts';
import type { VarSource } from './vars.ts';

/** A group that was named and is not declared yet. */
interface Pending {
  readonly position: Position;
  readonly name: string;
  /** The groups that it is to be in; without one, variables were written for it. */
  readonly parents: { readonly name: string; readonly position: Position }[];
}

const section = /^\[([^:\]\s]+)(?::([\p{L}\p{N}_]+))?\]\s*(?:#.*)?$/u;
const groupName = /^([^:\]\s]+)\s*(?:#.*)?$/u;

/** Reads an inventory in the form of INI, by the rules of Ansible. Mistakes are added to `issues`, all of them. */
export function readIniGroups(
  { file, text, isVaulted }: { readonly file: string; readonly text: string; readonly isVaulted: boolean },
  tree: TreeBuilder,
  issues: Issue[],
): void {
  const pending = new Map<string, Pending>();
  let [group, kind] = ['ungrouped', 'hosts'];

  const lines = text.replace(/^\ufeff/, '').split(lineEnds);
  for (const [index, whole] of lines.entries()) {
    const line = whole.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const indent = whole.length - whole.trimStart().length;
    const at = (offset: number): Position => ({ file, line: index + 1, column: indent + offset + 1 });
    const say = (offset: number, message: string, path = '') => issues.push({ ...at(offset), path, message });
    const source = (values: Record<string, unknown>, offset: number): VarSource => ({
      values,
      isVaulted,
      position: () => at(offset),
    });

    const [head, name = '', tag = 'hosts'] = section.exec(line) ?? [];
    if (head !== undefined) {
      [group, kind] = [name, tag];
      if (!['hosts', 'children', 'vars'].includes(tag)) {
        say(0, `there are no sections of the kind "${tag}": [${name}], [${name}:children] or [${name}:vars]`);
        kind = 'unknown';
      } else declare(name, tag === 'vars', at(0));
    } else if (line.startsWith('[') && line.endsWith(']'))
      say(0, 'this is no section: [GROUP], [GROUP:children] or [GROUP:vars], without blanks');
    else if (kind === 'hosts') readHosts(line, at, say, source);
    else if (kind === 'vars') readVariable(line, say, source);
    else if (kind === 'children') readChild(line, at, say);
  }
  for (const { name, parents, position } of pending.values()) {
    if (parents.length === 0)
      issues.push({
        ...position,
        path: '',
        message: `no group ${name} is declared: it needs a section [${name}]`,
      });
    for (const parent of parents)
      issues.push({
        ...parent.position,
        path: '',
        message: `no group ${name} is declared: it needs a section [${name}]`,
      });
  }

  /** A section for hosts or children declares its group; one for variables needs that somewhere else. */
  function declare(name: string, onlyVars: boolean, position: Position): void {
    if (!tree.has(name)) {
      if (onlyVars && !pending.has(name)) pending.set(name, { position, name, parents: [] });
      tree.addGroup(name);
    }
    const waiting = pending.get(name);
    if (waiting === undefined || onlyVars) return;
    pending.delete(name);
    for (const parent of waiting.parents) tree.addChild(parent.name, name, { ...parent.position, path: '' });
  }

  function readHosts(
    line: string,
    at: (offset: number) => Position,
    say: (offset: number, message: string, path?: string) => void,
    source: (values: Record<string, unknown>, offset: number) => VarSource,
  ): void {
    const tokens = shellTokens(line, { comments: true });
    if (tokens === undefined) {
      say(0, 'a quotation mark in this line is not closed, or nothing follows a backslash');
      return;
    }
    const [first, ...rest] = tokens;
    const pattern = first?.text ?? '';
    const { names, port, wrong } = namesIn(pattern);
    if (wrong !== undefined) say(0, wrong);
    else if (pattern === '---') say(0, '--- begins YAML, and this is read as INI');
    const vars = rest.flatMap((token) => {
      const equals = token.text.indexOf('=');
      if (equals > 0) {
        const key = token.text.slice(0, equals);
        return [
          source(
            { [key]: typed({ key, text: token.text.slice(equals + 1), inQuotes: true }, token.at, say) },
            token.at,
          ),
        ];
      }
      // Not with the word: it may be the rest of a password.
      say(token.at, 'this is no name=value; what has blanks in it stands in quotes: name="two words"');
      return [];
    });
    for (const name of names) {
      tree.addHost(group, name, { ...at(0), path: '' }, port);
      for (const each of vars) tree.addHostVars(name, each);
    }
  }

  function readVariable(
    line: string,
    say: (offset: number, message: string, path?: string) => void,
    source: (values: Record<string, unknown>, offset: number) => VarSource,
  ): void {
    const equals = line.indexOf('=');
    if (equals <= 0) {
      say(0, 'this is no name=value, and variables of a group are');
      return;
    }
    const [key, value] = [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    tree.addGroupVars(group, source({ [key]: typed({ key, text: value, inQuotes: false }, 0, say) }, 0));
  }

  function readChild(
    line: string,
    at: (offset: number) => Position,
    say: (offset: number, message: string, path?: string) => void,
  ): void {
    const [, child] = groupName.exec(line) ?? [];
    if (child === undefined) {
      say(0, 'this is no name of a group, and children are: one a line');
      return;
    }
    const parent = { name: group, position: at(0) };
    if (tree.has(child)) tree.addChild(group, child, { ...at(0), path: '' });
    else {
      const waiting = pending.get(child) ?? { position: at(0), name: child, parents: [] };
      waiting.parents.push(parent);
      pending.set(child, waiting);
    }
  }
}

/** Where Python ends a line. */
const lineEnds = new RegExp(`\r\n|[${'\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029'}]`);

/** A value is what it is to Python, and otherwise text. `inQuotes` says how a dictionary is written where it stands. */
function typed(
  { key, text, inQuotes }: { readonly key: string; readonly text: string; readonly inQuotes: boolean },
  offset: number,
  say: (offset: number, message: string, path: string) => void,
): unknown {
  const literal = pythonLiteral(text);
  const example = inQuotes ? `apim="{'offset': 1}"` : `apim={'offset': 1}`;
  // It would be told as a text that is no keys and values, and shown, with all that is in it.
  if (literal === undefined && key === 'apim')
    say(
      offset,
      `must be keys and values, which are a dictionary of Python in INI, with True, False and None: ${example}; better write them into group_vars/GROUP.yaml`,
      key,
    );
  return literal === undefined ? text : literal.value;
}
