import { Secret } from '../secret.ts';
import type { GroupTree } from './group-tree.ts';
import { isSecretName, mask, masked } from './masked.ts';
import type { WrittenInventory } from './read-inventory.ts';
import { isMap, Untemplated } from './untemplated.ts';
import { layered, type VarSource } from './vars.ts';
import { vaultedText } from './vaulted.ts';

/** The groups, hosts and variables of an inventory as `ansible-inventory --list` has them. */
export function listed(written: WrittenInventory, reveal: boolean): Record<string, unknown> {
  const { tree } = written;
  const groups = [...tree.groups].flatMap(([name, { hosts, children }]) => {
    const parts = {
      ...(name === 'all' || hosts.size === 0 ? {} : { hosts: [...hosts] }),
      ...(children.size === 0 ? {} : { children: [...children] }),
    };
    return Object.keys(parts).length === 0 ? [] : [[name, parts] as const];
  });
  const hostvars = [...tree.hosts.keys()].flatMap((name) => {
    const vars = variablesOf(written, name, reveal);
    return Object.keys(vars).length === 0 ? [] : [[name, vars] as const];
  });
  return { ...Object.fromEntries(groups), _meta: { hostvars: Object.fromEntries(hostvars) } };
}

/** The variables of a host as `ansible-inventory --host` has them: nothing is filled in, and vaulted values stay encrypted. */
export function variablesOf(
  written: WrittenInventory,
  host: string,
  reveal: boolean,
): Record<string, unknown> {
  const laid = layered(
    written.sourcesOf(host).map((source) => ({ ...source, values: valuesOf(source, reveal) })),
  );
  return Object.fromEntries(Object.entries(laid).map(([name, value]) => [name, shown(value, name, reveal)]));
}

/** Of a file that is encrypted as a whole nobody knows which values are the secret ones. */
function valuesOf({ values, isVaulted }: VarSource, reveal: boolean): VarSource['values'] {
  if (isVaulted !== true || reveal) return values;
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hidden(value)]));
}

function shown(value: unknown, name: string, reveal: boolean): unknown {
  if (value instanceof Secret) {
    const text = vaultedText(value);
    return text === undefined ? mask : { __ansible_vault: text };
  }
  if (value instanceof Untemplated)
    return { __ansible_unsafe: reveal ? value.text : shown(value.text, name, reveal) };
  if (Array.isArray(value)) return value.map((each) => shown(each, name, reveal));
  if (isMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, shown(each, isSecretName(name) ? name : key, reveal)]),
    );
  if (reveal) return value;
  if (isSecretName(name)) return isReference(value) ? value : hidden(value);
  return typeof value === 'string' ? masked(value) : value;
}

/** What says where a secret is. */
function isReference(value: unknown): boolean {
  return typeof value === 'string' && /^(env:\w+|file:.+|\{\{\s*\w+\s*\}\})$/.test(value);
}

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hidden(each)]));
  if (value instanceof Secret) return value;
  return value === null || typeof value === 'boolean' || value === '' ? value : mask;
}

/** So many lines a graph may have: groups that are in many others stand there many times. */
const mostLines = 1_000_000;

/** The groups below one, and their hosts, as `ansible-inventory --graph` draws them; undefined if that would never end. */
export function graph({ groups }: GroupTree, top: string): string | undefined {
  const lines: string[] = [];
  const draw = (name: string, depth: number) => {
    const put = (text: string, at: number) => lines.push(`${'  |'.repeat(at)}${at === 0 ? '' : '--'}${text}`);
    if (lines.length > mostLines) return;
    put(`@${name}:`, depth);
    const group = groups.get(name);
    for (const child of group?.children ?? []) draw(child, depth + 1);
    if (name !== 'all') for (const host of group?.hosts ?? []) put(host, depth + 1);
  };
  draw(top, 0);
  return lines.length > mostLines ? undefined : lines.join('\n');
}

/** JSON as Ansible prints it: keys in order, four blanks a level. */
export function sortedJson(value: unknown, indent = ''): string {
  const inner = `${indent}    `;
  const within = (open: string, close: string, parts: readonly string[]) =>
    parts.length === 0
      ? `${open}${close}`
      : `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
  if (Array.isArray(value))
    return within(
      '[',
      ']',
      value.map((each) => sortedJson(each, inner)),
    );
  if (!isMap(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return within(
    '{',
    '}',
    entries.map(([key, each]) => `${JSON.stringify(key)}: ${sortedJson(each, inner)}`),
  );
}
