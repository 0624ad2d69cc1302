import { describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../../src/apim/database/databases.ts';
import {
  countable,
  furtherQuestion,
  judgeTables,
  readTables,
  type Verdict,
  withRows,
} from '../../../src/apim/database/found-tables.ts';
import { restoredNote, restoringMarker } from '../../../src/apim/database/restores.ts';
import { loadingMarker } from '../../../src/apim/database/words.ts';
import { fiveNodes } from '../../support/deployments.ts';

const [need] = databaseNeeds(fiveNodes());
if (need === undefined) throw new Error('a database is needed');

const names = ['REG_CLUSTER_LOCK', 'REG_RESOURCE', 'UM_TENANT', 'UM_USER', 'UM_ROLE'];
const script = `${names.map((name) => `CREATE TABLE ${name} (x INT);`).join('\n')} INSERT INTO UM_ROLE VALUES (1), (2);`;

/** What is there, by name: rows of a table, or another kind of thing. */
type There = Record<string, number | 'view' | 'other' | 'unreadable'>;

function judged(
  there: There,
  { marked = true, loading = false, known = true, folded = false } = {},
): Verdict {
  const rows = Object.entries(there).map(([name, what]) => ({
    name,
    kind: what === 'view' || what === 'other' ? what : 'table',
    readable: what === 'unreadable' ? 0 : 1,
    loading: loading ? 1 : 0,
    folded: folded ? 1 : 0,
  }));
  const found = readTables([
    ...rows,
    ...(marked ? [{ name: loadingMarker, kind: 'table', readable: true, loading, folded }] : []),
  ]);
  const counted = countable(found).map((name) => ({ name, counted: String(there[name]) }));
  return judgeTables(need as NonNullable<typeof need>, withRows(found, counted), known ? script : undefined);
}

const whole: There = { REG_CLUSTER_LOCK: 0, REG_RESOURCE: 0, UM_TENANT: 0, UM_USER: 0, UM_ROLE: 2 };
const without = (...some: string[]) =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => !some.includes(name)));

describe('a database without a marker', () => {
  it.each<[string, There, Verdict]>([
    ['nothing', {}, { kind: 'load', drop: [] }],
    ['views alone, as extensions make them', { pg_stat: 'view' }, { kind: 'load', drop: [] }],
    ['all that the schema is known by', without('UM_ROLE'), { kind: 'complete' }],
    ['the same, and more', { ...whole, orders: 5 }, { kind: 'complete' }],
    ['all but one', without('UM_USER'), { kind: 'half', missing: ['UM_USER'] }],
    ['tables of somebody else', { orders: 5 }, { kind: 'half', missing: names.slice(0, 4) }],
  ])('holds %s', (_what, there, verdict) => {
    expect(judged(there, { marked: false })).toEqual(verdict);
  });
});

describe('a database that a dump was loaded into', () => {
  const judge = (...all: string[]) =>
    judgeTables(
      need as NonNullable<typeof need>,
      readTables(all.map((name) => ({ name, kind: 'table', readable: 1 }))),
      script,
    );

  it('is not whole while that is not over, whatever it holds', () => {
    expect(judge(restoringMarker)).toEqual({ kind: 'restoring' });
    expect(judge(...names, restoringMarker)).toEqual({ kind: 'restoring' });
    expect(judge(...names, restoringMarker, loadingMarker)).toEqual({ kind: 'restoring' });
  });

  it('is like any other afterwards', () => {
    expect(judge(...names, restoredNote)).toEqual({ kind: 'complete' });
  });
});

describe('a database with a marker', () => {
  it.each<[string, There, Verdict]>([
    ['nothing else', {}, { kind: 'load', drop: [] }],
    ['the first tables, empty', { REG_CLUSTER_LOCK: 0 }, { kind: 'load', drop: ['REG_CLUSTER_LOCK'] }],
    ['all tables, and some rows of the script', { ...whole, UM_ROLE: 1 }, { kind: 'load', drop: names }],
    ['all tables, as the script leaves them', whole, { kind: 'load', drop: names }],
    ['a view of somebody else', { UM_ROLE: 0, seen: 'view' }, { kind: 'load', drop: ['UM_ROLE'] }],
  ])('is loaded again, and loses only what the script put there: %s', (_what, there, verdict) => {
    expect(judged(there)).toEqual(verdict);
  });

  it('keeps all if its tables are complete and hold data', () => {
    expect(judged({ ...whole, UM_USER: 3 })).toEqual({
      kind: 'unmark',
      data: [{ table: 'UM_USER', what: 'UM_USER (3 rows)' }],
    });
    expect(judged({ ...whole, UM_ROLE: 10_001, orders: 1 })).toMatchObject({
      kind: 'unmark',
      data: [{ what: 'UM_ROLE (more than 10000 rows), of which the script makes 2' }],
    });
  });

  it.each<[string, There, object]>([
    [
      'half of them with data',
      { UM_USER: 1 },
      { missing: names.filter((name) => name !== 'UM_USER'), all: 5 },
    ],
    ['a table that the script does not make', { UM_USER: 0, orders: 0 }, { more: [{ table: 'orders' }] }],
    ['complete tables without data, and one more', { ...whole, orders: 1 }, { missing: [] }],
    [
      'data, and rows of the script that are missing',
      { ...whole, UM_USER: 1, UM_ROLE: 1 },
      { short: ['UM_ROLE'] },
    ],
    [
      'a table that cannot be read',
      { UM_USER: 'unreadable' },
      { more: [{ what: 'UM_USER cannot be read' }] },
    ],
    ['a thing that is no table', { UM_USER: 'other' }, { more: [{ table: 'UM_USER' }] }],
    ['a name that differs in case', { um_user: 0 }, { more: [{ table: 'um_user' }] }],
  ])('is left as it is: %s', (_what, there, verdict) => {
    expect(judged(there)).toMatchObject({ kind: 'mixed', ...verdict });
  });

  it('is known by names in lower case where the server writes them so', () => {
    expect(judged({ um_user: 0 }, { folded: true })).toEqual({ kind: 'load', drop: ['um_user'] });
  });

  it('is waited for while somebody is at work there, whatever it holds', () => {
    expect(judged({ ...whole, UM_USER: 3 }, { loading: true })).toEqual({ kind: 'loading' });
  });

  it('is not judged before the script is there, unless it is empty', () => {
    expect(judged({ UM_USER: 0 }, { known: false })).toEqual({ kind: 'unknown' });
    expect(judged({}, { known: false })).toEqual({ kind: 'load', drop: [] });
  });
});

describe('the rows of its tables', () => {
  const asked = (found: Parameters<typeof readTables>[0]) =>
    furtherQuestion(need as NonNullable<typeof need>, readTables(found));
  const table = { name: 'UM_USER', kind: 'table', readable: 1, loading: 0 };
  const marker = { ...table, name: loadingMarker };

  it('are asked for where a load broke off', () => {
    expect(asked([table, marker])).toContain('COUNT(*)');
  });

  it('are nobody’s concern where none did, while somebody loads, and where there is no table', () => {
    expect(asked([table])).toBeUndefined();
    expect(asked([table, { ...marker, loading: 1 }])).toBeUndefined();
    expect(asked([marker])).toBeUndefined();
  });
});
