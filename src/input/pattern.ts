import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Host, Inventory } from './inventory.ts';
import { addressIn } from './patterns/address.ts';
import { createMatcher } from './patterns/match.ts';
import { Mistake } from './patterns/mistake.ts';
import { type Part, splitPattern } from './patterns/split.ts';
import { inUtf8 } from './text.ts';

/** How a pattern is read. */
export interface PatternOptions {
  /** How errors speak of it: `--limit`. */
  readonly what?: string;
  /** Names that are no mistake, even if this inventory has no group of that name. */
  readonly known?: readonly string[];
  /** Hosts outside of the inventory, each for its own name only. */
  readonly others?: readonly Host[];
  /** Whether `@file` stands for the lines of a file. */
  readonly files?: boolean;
}

/** A mistake in one of several patterns. */
interface PatternMistake {
  /** Which pattern: counted from 0. */
  readonly index: number;
  readonly message: string;
}

/** The hosts of patterns, in order, with all that is wrong and all that is worth telling. */
export interface Matched {
  readonly hosts: readonly Host[];
  readonly mistakes: readonly PatternMistake[];
  /** Parts that are right, and stand for nobody. */
  readonly notes: readonly string[];
}

/** A part, the pattern that it stands in, and how to say where. */
interface PlacedPart extends Part {
  readonly index: number;
  readonly where: string;
}

/**
 * The hosts that Ansible host patterns name together, in Ansible’s order: first all that are named, then only those
 * that every `&` part names, then without those of the `!` parts.
 */
export function matchHosts(
  inventory: Inventory,
  patterns: readonly string[],
  options: PatternOptions = {},
): Matched {
  const mistakes: PatternMistake[] = [];
  const notes: string[] = [];
  const attempt = <T>(index: number, where: string, from: number, action: () => T, otherwise: T): T => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      const at = from + error.at === 0 ? '' : `, at character ${from + error.at + 1}`;
      mistakes.push({ index, message: `${where}${at}: ${error.message}` });
      return otherwise;
    }
  };
  const parts = patterns.flatMap((pattern, index): PlacedPart[] => {
    const where = `${options.what === undefined ? '' : `${options.what} `}${JSON.stringify(pattern)}`;
    return attempt(
      index,
      where,
      0,
      () => {
        const all = splitPattern(pattern);
        if (all.length === 0) throw new Mistake(0, 'names nothing; all hosts are called all');
        return all.flatMap((part) => linesOf(part, options.files === true, index, where));
      },
      [],
    );
  });

  const matcher = createMatcher(inventory, options);
  let chosen: string[] = [];
  for (const part of inOrder(parts)) {
    const sign = /^[!&]/.exec(part.text)?.[0] ?? '';
    const found = attempt(part.index, part.where, part.at, () => matcher.match(part.text, sign), undefined);
    if (found?.length === 0) notes.push(`${part.where}: ${part.text.slice(sign.length)} has no hosts`);
    const names = new Set(found);
    if (sign === '!') chosen = chosen.filter((name) => !names.has(name));
    else if (sign === '&') chosen = chosen.filter((name) => names.has(name));
    else chosen.push(...names);
  }
  const hosts = [...new Set(chosen)].flatMap((name) => matcher.hostNamed(name) ?? []);
  return { hosts: mistakes.length > 0 ? [] : hosts, mistakes, notes };
}

/** The hosts of one pattern. Throws `UsageError` if something is wrong with it, or if it leaves nobody. */
export function selectHosts(
  inventory: Inventory,
  pattern: string,
  options: PatternOptions & { readonly note?: (text: string) => void } = {},
): readonly Host[] {
  const { hosts, mistakes, notes } = matchHosts(inventory, [pattern], {
    what: 'the pattern',
    files: true,
    ...options,
  });
  if (mistakes.length > 0) throw new UsageError(mistakes.map(({ message }) => message).join('\n'));
  if (hosts.length === 0)
    throw new UsageError(
      [...notes, `${options.what ?? 'the pattern'} ${JSON.stringify(pattern)} leaves no host`].join('\n'),
    );
  for (const note of notes) options.note?.(note);
  return hosts;
}

/** The pattern of those hosts of another pattern that are also in a group. Commas and colons do not mix. */
export function withinGroup(pattern: string, group: string): string {
  const byColons = !pattern.includes(',') && /[\s:]/.test(pattern) && addressIn(pattern) === undefined;
  return `${pattern}${byColons ? ':' : ','}&${group}`;
}

/** Ansible's order: what is named, then what is also asked for, then what is left out; of nothing named, all. */
function inOrder(parts: readonly PlacedPart[]): PlacedPart[] {
  const named = parts.filter(({ text }) => !/^[!&]/.test(text));
  const signed = (sign: string) => parts.filter(({ text }) => text.startsWith(sign));
  const [first] = parts;
  const all = first === undefined ? [] : [{ ...first, text: 'all', at: 0 }];
  return [...(named.length === 0 ? all : named), ...signed('&'), ...signed('!')];
}

/** What `@file` stands for: a part a line. Any other part stands for itself. */
function linesOf(part: Part, files: boolean, index: number, where: string): PlacedPart[] {
  if (!part.text.startsWith('@')) return [{ ...part, index, where }];
  if (!files) throw new Mistake(part.at, 'files of hosts can be given on the command line only');
  const file = part.text.slice(1);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Mistake(
      part.at,
      code === 'ENOENT' ? `there is no file ${file}` : `the file ${file} cannot be read: ${message}`,
    );
  }
  if (!isUtf8(bytes)) throw new Mistake(part.at, `the file ${file} is no UTF-8: ${inUtf8}`);
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .map((line, number) => ({ text: line.trim(), number: number + 1 }));
  const named = lines.filter((line) => line.text !== '');
  if (named.length === 0) throw new Mistake(part.at, `the file ${file} names nothing`);
  return named.map((line) => ({ text: line.text, at: 0, index, where: `${file}:${line.number}` }));
}
