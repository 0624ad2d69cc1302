import { ownNote } from './accounts.ts';
import type { DatabaseNeed } from './databases.ts';
import { restoredNote, restoringMarker } from './restores.ts';
import type { Made } from './sql-script.ts';
import { loadingMarker, manyRows } from './words.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What a database holds, as far as it was asked. */
export interface FoundTables {
  /** Tables, and what else is not a view. Views are nobody's data, and none is ever dropped. */
  readonly tables: readonly {
    readonly name: string;
    readonly kind: 'table' | 'other';
    readonly readable: boolean;
  }[];
  /** Whether a load has begun and is not told to be done. */
  readonly marked: boolean;
  /** Whether a dump is being loaded into it, or was and is not told to be all there. */
  readonly restoring: boolean;
  /** Whether a dump was loaded into it. */
  readonly restored: boolean;
  /** Whether it bears a note of who made it. */
  readonly noted: boolean;
  /** Whether somebody is loading at this moment. */
  readonly loading: boolean;
  /** Whether the server writes all names in lower case. */
  readonly folded: boolean;
  /** Rows by table; asked only where a load broke off. */
  readonly rows: ReadonlyMap<string, number>;
}

/** More than the script puts there, in words: `UM_USER holds 3 rows`. */
export interface More {
  readonly table: string;
  readonly what: string;
}

/** What is to be done about the tables of a database. */
export type Verdict =
  | { readonly kind: 'complete' }
  /** Somebody is making them. */
  | { readonly kind: 'loading' }
  /** To be made, once those of an attempt that broke off are dropped. */
  | { readonly kind: 'load'; readonly drop: readonly string[] }
  /** An attempt broke off; without the script nobody knows what it made. */
  | { readonly kind: 'unknown' }
  /** Complete, and in use: the marker is what is wrong. */
  | { readonly kind: 'unmark'; readonly data: readonly More[] }
  /** A dump is not all there. */
  | { readonly kind: 'restoring' }
  /** Neither whole nor ours alone. */
  | { readonly kind: 'half'; readonly missing: readonly string[] }
  | {
      readonly kind: 'mixed';
      readonly missing: readonly string[];
      readonly all: number;
      readonly more: readonly More[];
      readonly short: readonly string[];
    };

/** Tables that are notes of ours. */
const ours: readonly string[] = [loadingMarker, ownNote, restoringMarker, restoredNote];

/** Reads the answer to `Words.tables`. */
export function readTables(answer: Rows): FoundTables {
  const rows = answer.map((row) => ({
    name: String(row.name),
    kind:
      row.kind === 'view'
        ? ('view' as const)
        : row.kind === 'table'
          ? ('table' as const)
          : ('other' as const),
    readable: isTrue(row.readable),
  }));
  return {
    tables: rows.flatMap(({ name, kind, readable }) =>
      kind === 'view' || ours.includes(name) ? [] : [{ name, kind, readable }],
    ),
    restoring: rows.some(({ name }) => name === restoringMarker),
    restored: rows.some(({ name }) => name === restoredNote),
    marked: rows.some(({ name }) => name === loadingMarker),
    noted: rows.some(({ name }) => name === ownNote),
    loading: answer.some((row) => isTrue(row.loading)),
    folded: answer.some((row) => isTrue(row.folded)),
    rows: new Map(),
  };
}

/** The tables whose rows are to be counted. */
export function countable({ tables }: FoundTables): string[] {
  return tables.flatMap(({ name, kind, readable }) => (kind === 'table' && readable ? [name] : []));
}

/** What is to be asked next about tables like these: how many rows they have, where a load broke off. */
export function furtherQuestion({ words }: DatabaseNeed, found: FoundTables): string | undefined {
  const tables = countable(found);
  // While somebody loads, their number says nothing.
  return !found.marked || found.loading || tables.length === 0 ? undefined : words.count(tables);
}

/** Adds the answer to `Words.count`. */
export function withRows(found: FoundTables, answer: Rows): FoundTables {
  return { ...found, rows: new Map(answer.map((row) => [String(row.name), Number(row.counted)])) };
}

/**
 * What to do with what was found. Nothing is dropped but tables that the script makes, with no more rows than it puts
 * there, and only where a marker of ours stands that nobody is at work behind.
 */
export function judgeTables(need: DatabaseNeed, found: FoundTables, script: string | undefined): Verdict {
  const names = found.tables.map(({ name }) => name);
  if (found.restoring) return { kind: 'restoring' };
  if (!found.marked) {
    if (names.length === 0) return { kind: 'load', drop: [] };
    const missing = need.missing(names);
    return missing.length === 0 ? { kind: 'complete' } : { kind: 'half', missing };
  }
  if (found.loading) return { kind: 'loading' };
  if (names.length === 0) return { kind: 'load', drop: [] };
  if (script === undefined) return { kind: 'unknown' };
  const made = madeHere(need.madeBy(script), found.folded);
  const more = found.tables.flatMap((table) => moreThan(made, table, found.rows.get(table.name)));
  if (more.length === 0) return { kind: 'load', drop: names };
  const missing = [...made.keys()].filter((name) => !names.includes(name));
  const short = [...made].flatMap(([name, rows]) => {
    const there = found.rows.get(name);
    return there !== undefined && there < Math.min(rows, manyRows) ? [name] : [];
  });
  const data = more.filter(({ table }) => made.has(table));
  if (missing.length === 0 && short.length === 0 && data.length > 0) return { kind: 'unmark', data };
  return { kind: 'mixed', missing, all: made.size, more, short };
}

function madeHere({ tables }: Made, folded: boolean): Map<string, number> {
  const made = new Map<string, number>();
  for (const [name, rows] of tables) {
    const here = folded ? name.toLowerCase() : name;
    made.set(here, (made.get(here) ?? 0) + rows);
  }
  return made;
}

function moreThan(
  made: ReadonlyMap<string, number>,
  { name, readable }: FoundTables['tables'][number],
  rows: number | undefined,
): More[] {
  const own = made.get(name);
  const holding =
    rows === undefined
      ? ''
      : ` (${rows > manyRows ? `more than ${manyRows} rows` : rows === 1 ? '1 row' : `${rows} rows`})`;
  if (own === undefined) return [{ table: name, what: `${name}${holding} is not of the script` }];
  if (!readable || rows === undefined) return [{ table: name, what: `${name} cannot be read` }];
  if (rows <= own) return [];
  return [{ table: name, what: `${name}${holding}${own === 0 ? '' : `, of which the script makes ${own}`}` }];
}

/** Drivers differ in what they make of a truth. */
function isTrue(value: unknown): boolean {
  return value === true || Number(value) === 1;
}
