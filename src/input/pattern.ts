import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import { suggestion } from './decode.ts';
import { globMatcher } from './glob.ts';
import type { Host, Inventory } from './inventory.ts';
import { PatternError, pythonPattern } from './python-pattern.ts';

/** What is wrong with a host pattern: in words for people, and at which character of it (from 0). */
export interface PatternProblem {
  readonly message: string;
  readonly at: number;
}

/** The hosts that a pattern names, in Ansible's order; or all that is wrong with it. */
export type Selection =
  | { readonly hosts: readonly Host[]; readonly problems: readonly [] }
  | { readonly hosts: readonly []; readonly problems: readonly PatternProblem[] };

/** One part of a pattern, without the sign before it. */
interface Part {
  readonly sign: '' | '!' | '&';
  readonly text: string;
  /** Where the text begins in the pattern. */
  readonly at: number;
}

/**
 * The hosts that an Ansible host pattern names: `all`, `ungrouped`, names, groups, globs, `~regex`, with subscripts such
 * as `[0]`, `[-1]`, `[0:2]`, joined by `,` or `:`, with `!` for "but not" and `&` for "and also"; `@file` has a part a line.
 * A part that fits nothing is a problem, also one that leaves out: it is a slip of the pen more often than not.
 * `known` are groups that may be missing from the inventory.
 */
export function matchHosts(inventory: Inventory, pattern: string, known: readonly string[] = []): Selection {
  try {
    const parts = partsOf(pattern);
    const problems: PatternProblem[] = [];
    const found = parts.map((part) => {
      try {
        return membersOf(inventory, part, known);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        problems.push({ message: error.message, at: error.at });
        return [];
      }
    });
    if (problems.length > 0) return { hosts: [], problems };
    return { hosts: combined(inventory, parts, found), problems: [] };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { hosts: [], problems: [{ message: error.message, at: error.at }] };
  }
}

/** The hosts that a pattern of the command line names. Throws `UsageError`, also if no host is left. */
export function selectHosts(inventory: Inventory, pattern: string, what = 'the pattern'): readonly Host[] {
  const { hosts, problems } = matchHosts(inventory, pattern);
  if (problems.length > 0)
    throw new UsageError(
      problems
        .map(({ message, at }) => `${what} "${pattern}", at character ${at + 1}: ${message}`)
        .join('\n'),
    );
  if (hosts.length === 0) throw new UsageError(`${what} "${pattern}" leaves no host`);
  return hosts;
}

function combined(
  inventory: Inventory,
  parts: readonly Part[],
  found: readonly (readonly string[])[],
): readonly Host[] {
  const of = (sign: Part['sign']) => found.filter((_, index) => parts[index]?.sign === sign);
  const united = parts.every(({ sign }) => sign !== '') ? [namesIn(inventory, 'all')] : of('');
  const names = [...new Set(united.flat())].filter(
    (name) => of('&').every((also) => also.includes(name)) && !of('!').some((not) => not.includes(name)),
  );
  const byName = new Map(inventory.hosts.map((host) => [host.name, host]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Takes a pattern apart as Ansible does: by commas if there is one, otherwise by colons outside of brackets. */
function partsOf(pattern: string): Part[] {
  if (pattern.trim() === '') throw new PatternError('it names nothing', 0);
  const pieces = pattern.includes(',')
    ? byComma(pattern)
    : isIP(pattern.trim()) === 6
      ? [[pattern, 0] as const]
      : byColon(pattern);
  const parts = pieces.flatMap(([piece, at]) => {
    const text = piece.trim();
    return text === '' ? [] : partOf(text, at + piece.indexOf(text));
  });
  if (parts.length === 0) throw new PatternError('it names nothing', 0);
  return parts;
}

function partOf(text: string, at: number): Part[] {
  if (text.startsWith('@')) return linesOf(text.slice(1), at);
  const [, sign = '', rest = ''] = /^([!&]?)(.*)$/s.exec(text) ?? [];
  if (rest === '') throw new PatternError(`nothing follows the ${sign}`, at);
  return [{ sign: sign as Part['sign'], text: rest, at: at + sign.length }];
}

/** A file with a part a line, such as one that Ansible leaves for a retry. */
function linesOf(file: string, at: number): Part[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new PatternError(`the file ${file} cannot be read: ${(error as Error).message}`, at);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const parts = lines.filter((line) => line !== '').flatMap((line) => partOf(line, at));
  if (parts.length === 0) throw new PatternError(`the file ${file} names nothing`, at);
  return parts.map((part) => ({ ...part, at }));
}

type Piece = readonly [text: string, at: number];

function byComma(pattern: string): Piece[] {
  let at = 0;
  return pattern.split(',').map((text): Piece => {
    const piece = [text, at] as const;
    at += text.length + 1;
    return piece;
  });
}

/** White space parts, too. A bracket without its other half would be passed over by Ansible, and is refused here. */
function byColon(pattern: string): Piece[] {
  const twice = pattern.indexOf('::');
  if (twice >= 0)
    throw new PatternError('two colons in a row: an IPv6 address stands alone, or between commas', twice);
  const pieces: Piece[] = [];
  const next = /(?:[^\s:[\]]|\[[^\]]*\])+|[[\]]/g;
  for (const found of pattern.matchAll(next)) {
    if (found[0] === '[') throw new PatternError('the bracket that opens here is not closed', found.index);
    if (found[0] === ']') throw new PatternError('no bracket opens before this one', found.index);
    pieces.push([found[0], found.index]);
  }
  return pieces;
}

/** `expression[2]`, `[-1]`, `[0:2]`, `[1:]`: positions from 0 among all that the expression names, the last included. */
interface Subscript {
  readonly expression: string;
  readonly first: number;
  readonly last: number | 'end' | 'one';
}

function membersOf(inventory: Inventory, { text, at }: Part, known: readonly string[]): readonly string[] {
  if (inventory.hosts.some(({ name }) => name === text)) return [text];
  const subscript = text.startsWith('~') ? undefined : subscriptOf(text, at);
  const expression = subscript?.expression ?? text;
  const all = matching(inventory, expression, at);
  if (all === undefined) {
    if (known.includes(expression)) return [];
    throw new PatternError(
      `"${expression}" fits no host and no group${subscript === undefined ? '' : `, for ${text.slice(expression.length)} is a position`}${hintFor(inventory, expression, known)}`,
      at,
    );
  }
  if (subscript === undefined) return all;
  const chosen = positions(all, subscript);
  if (chosen.length === 0)
    throw new PatternError(
      `"${text}" fits no host: "${expression}" names ${all.length === 1 ? 'one' : all.length}`,
      at,
    );
  return chosen;
}

function subscriptOf(text: string, at: number): Subscript | undefined {
  const [, expression = '', one, first, sign, last = ''] =
    /^(.+)\[(?:(-?\d+)|(\d+)([:-])(\d*))\]$/s.exec(text) ?? [];
  if (expression === '') return undefined;
  if (one !== undefined) return { expression, first: Number(one), last: 'one' };
  const to = at + expression.length;
  if (sign === '-')
    throw new PatternError(
      `[${first}-${last}] can be read in two ways: write [${first}:${last}] for positions, or ~regex`,
      to,
    );
  if (last !== '' && Number(last) < Number(first))
    throw new PatternError(`[${first}:${last}] ends before it begins`, to);
  return { expression, first: Number(first), last: last === '' ? 'end' : Number(last) };
}

function positions(all: readonly string[], { first, last }: Subscript): readonly string[] {
  if (last === 'end') return all.slice(first);
  if (last !== 'one') return all.slice(first, last + 1);
  const found = all.at(first);
  return found === undefined ? [] : [found];
}

/** Members of the groups that fit; and hosts that fit, unless the expression is the plain name of a group. */
function matching(inventory: Inventory, expression: string, at: number): readonly string[] | undefined {
  const fits = fitting(expression, at);
  const groups = [...groupNames(inventory)].filter(fits);
  const hosts =
    groups.length === 0 || /^~|[.?*[]/.test(expression)
      ? inventory.hosts.map(({ name }) => name).filter(fits)
      : [];
  if (groups.length === 0 && hosts.length === 0) return undefined;
  return [...groups.flatMap((group) => namesIn(inventory, group)), ...hosts];
}

function fitting(expression: string, at: number): (name: string) => boolean {
  if (!expression.startsWith('~')) return globMatcher(expression);
  try {
    const regex = pythonPattern(expression.slice(1));
    return (name) => regex.test(name);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new PatternError(error.message, at + 1 + error.at);
  }
}

const general = ['all', 'ungrouped'];

function groupNames(inventory: Inventory): ReadonlySet<string> {
  return new Set([...general, ...inventory.groups.keys()]);
}

function namesIn({ groups, hosts }: Inventory, group: string): readonly string[] {
  const members = groups.get(group);
  if (members !== undefined) return members;
  return hosts.filter((host) => group === 'all' || host.groups.length === 0).map(({ name }) => name);
}

function hintFor(inventory: Inventory, text: string, known: readonly string[]): string {
  if (/[!&:]/.test(text.slice(1))) return '; join all parts by commas, or all by colons';
  const names = inventory.hosts.map(({ name }) => name);
  const groups = [...groupNames(inventory)].filter((name) => !general.includes(name));
  return suggestion(text, [...new Set([...groups, ...names, ...known])]);
}
