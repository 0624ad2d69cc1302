import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Issue } from '../errors.ts';
import { Secret } from '../secret.ts';
import { durationForm, longestWaitMs, readDuration } from './duration.ts';
import type { Position } from './inventory.ts';

/** Where a value comes from: for its issues, and for relative paths in it. */
export interface Origin {
  position(path: readonly (string | number)[]): Position;
  readonly baseDirectory: string;
  /** What stands above the value: `['apim']`. */
  readonly path: readonly (string | number)[];
}

/** The folder that relative paths start from, while a value is decoded. Decoding never waits, so one is enough. */
let base = process.cwd();

/** Checks a value against a schema. Gives the value, or every issue with its position. */
export function decode<T>(
  schema: z.ZodType<T>,
  value: unknown,
  origin: Origin,
):
  | { readonly value: T; readonly issues: readonly [] }
  | { readonly value: undefined; readonly issues: readonly Issue[] } {
  base = origin.baseDirectory;
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, issues: [] };
  return {
    value: undefined,
    issues: result.error.issues.flatMap((issue) => issuesOf(issue, value, origin, schema)),
  };
}

type ZodIssue = z.core.$ZodIssue;

function issuesOf(issue: ZodIssue, value: unknown, origin: Origin, schema: z.ZodType): Issue[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const at = (inner: readonly (string | number)[], message: string): Issue => ({
    ...origin.position([...origin.path, ...inner]),
    path: [...origin.path, ...inner].join('.'),
    message,
  });
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => at([...path, key], `unknown key${suggestion(key, known)}`));
  }
  const inner = onlyMeant(issue);
  if (inner !== undefined)
    return inner.flatMap((each) =>
      issuesOf({ ...each, path: [...issue.path, ...each.path] }, value, origin, schema),
    );
  return [at(path, messageOf(issue, valueAt(value, path)))];
}

/** Of several forms the one that was meant, if what is there is of its kind: then it is told what is wrong within it. */
function onlyMeant(issue: ZodIssue): readonly ZodIssue[] | undefined {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return undefined;
  const meant = issue.errors.filter((errors) =>
    errors.every((each) => each.path.length > 0 || !isKind(each)),
  );
  const [only] = meant;
  return meant.length === 1 && only !== undefined && only.length > 0 ? only : undefined;
}

/** Whether it is the kind of a value that is wrong. */
function isKind({ code }: ZodIssue): boolean {
  return code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union';
}

function messageOf(issue: ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type' && found === undefined) return 'is missing';
  // Unless the schema has words of its own.
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `expected ${kinds[issue.expected] ?? issue.expected}, got ${show(found)}${advice(issue.expected, found)}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((each) => JSON.stringify(each)).join(' or ')}, not ${show(found)}`;
  if (issue.code === 'too_small')
    return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'too_big')
    return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'invalid_union' && found === undefined) return 'is missing';
  // What no schema has words of its own for.
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const forms = [...new Set(issue.errors.flatMap((errors) => errors.flatMap(formsIn)))];
    return forms.length === 0
      ? `${show(found)} is not of any form allowed here`
      : `expected ${forms.join(' or ')}, got ${show(found)}`;
  }
  return issue.message.replace('{found}', show(found));
}

/** What one of several forms would have been. */
function formsIn(issue: ZodIssue): readonly string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === 'invalid_type') return [kinds[issue.expected] ?? issue.expected];
  if (issue.code === 'invalid_value') return issue.values.map((each) => JSON.stringify(each) ?? '');
  return issue.code === 'invalid_union' ? issue.errors.flatMap((errors) => errors.flatMap(formsIn)) : [];
}

/** How to write what was probably meant, for what YAML takes for something else. */
function advice(expected: string, found: unknown): string {
  if (expected === 'string' && ['number', 'boolean'].includes(typeof found))
    return '; a text that looks like that stands in quotes';
  if (typeof found !== 'string') return '';
  if (expected === 'boolean' && /^(?:yes|no|on|off|true|false|[01])$/i.test(found))
    return `; write ${/^(?:yes|on|true|1)$/i.test(found) ? 'true' : 'false'}, without quotes`;
  if (['number', 'int'].includes(expected) && /^[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?$/.test(found))
    return `; write ${found.replaceAll('_', '')}, without quotes`;
  return '';
}

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'keys and values',
  record: 'keys and values',
  array: 'a list',
};

function show(value: unknown): string {
  if (value instanceof Secret) return 'a secret';
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'keys and values';
  return JSON.stringify(value) ?? 'nothing';
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const part of path)
    found =
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[part] : undefined;
  return found;
}

function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  for (const part of path) {
    const properties = json.properties as Record<string, Record<string, unknown>> | undefined;
    json = properties?.[String(part)] ?? {};
  }
  return Object.keys((json.properties as object | undefined) ?? {});
}

/** Of more names nobody would read the list. */
const mostNames = 40;

/** `; did you mean "x"?` for the nearest known word, if one is near; otherwise what there is. */
export function suggestion(word: string, known: readonly string[]): string {
  const best = nearest(word, known);
  if (best !== undefined) return `; did you mean "${best}"?`;
  if (known.length === 0) return '';
  const more = known.length > mostNames ? `, and ${known.length - mostNames} more` : '';
  return `; there are: ${known.slice(0, mostNames).join(', ')}${more}`;
}

/** The nearest known word, if one is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: { readonly each: string; readonly far: number } | undefined;
  for (const each of known) {
    const far = distance(word, each);
    if (far < (best?.far ?? Number.POSITIVE_INFINITY)) best = { each, far };
  }
  return best !== undefined && best.far <= Math.max(2, Math.floor(word.length / 3)) ? best.each : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A time such as `10m`, `90s`, `1h30m` or `30d`, in milliseconds. */
export function duration() {
  return z
    .string({ error: 'must be a time such as 10m, 90s or 30d, not {found}' })
    .regex(durationForm, 'must be a time such as 10m, 90s or 30d, not {found}')
    .transform((text) => readDuration(text) ?? 0);
}

/** A time to wait at most, in milliseconds. Timers of Node that are given more than 24.8 days end at once. */
export function waitingTime() {
  return duration().refine((ms) => ms <= longestWaitMs, 'must be at most 24d, not {found}');
}

/** A TCP port. */
export function port() {
  return z.int('must be a whole number, not {found}').min(1).max(65_535);
}

/** A SHA-256 in hex, in lower case. */
export function sha256() {
  return z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256: 64 hexadecimal digits')
    .transform((text) => text.toLowerCase());
}

/** A host name or IP address, in lower case. */
export function hostName() {
  return z
    .string()
    .regex(
      /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/,
      'must be a host name or an address, not {found}',
    )
    .transform((text) => text.toLowerCase());
}

/** A file on this machine: relative to the inventory, or `~/…`; an absolute path in the end. */
export function filePath() {
  return z.string().min(1).transform(absolute);
}

/** A path at a server. */
export function serverPath() {
  return z.string().regex(/^\/[^\0\n]*[^/\0\n]$/, 'must be an absolute path at the server, not {found}');
}

/** An amount of memory as Java takes it: `512m`, `2g`. */
export function memorySize() {
  return z.string().regex(/^\d+[mg]$/i, 'must be an amount such as 512m or 2g, not {found}');
}

/** A path as seen from the folder of the inventory. */
export function absolute(path: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(base, path);
}
