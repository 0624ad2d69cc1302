import { describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../src/apim/database/databases.ts';
import { loadingMarker } from '../../src/apim/database/words.ts';
import type { Rows } from '../../src/connection/sql.ts';
import type { Sentence } from '../../src/engine/plan.ts';
import { loadTables, whatIsMore } from '../../src/steps/load-tables.ts';
import { fiveNodes } from '../support/deployments.ts';

const [need] = databaseNeeds(fiveNodes());
if (need === undefined) throw new Error('the sample has no database');
const { words } = need;
const names = ['REG_CLUSTER_LOCK', 'REG_RESOURCE', 'UM_TENANT', 'UM_USER'];
const script = names.map((name) => `CREATE TABLE ${name} (x INT);`).join('\n');

const listed = (tables: readonly string[], more: object = {}): Rows =>
  tables.map((name) => ({ name, kind: 'table', readable: 1, ...more }));
const counted = (rows: Readonly<Record<string, number>>): Rows =>
  Object.entries(rows).map(([name, count]) => ({ name, counted: count }));

/** All that is said to a server that lists these tables, one list a time, and counts their rows so. */
function said(lists: readonly Rows[], counts: readonly Rows[] = [], text = script) {
  const [nextList, nextCount] = [lists.values(), counts.values()];
  const sentences: Sentence[] = [];
  const talk = loadTables(need as NonNullable<typeof need>, text, 'ann@ci, through km', '/home/shared.sql');
  let step = talk.next([]);
  while (step.done !== true) {
    sentences.push(step.value);
    const { sql } = step.value;
    const next =
      sql === words.tables('shared_db') ? nextList : String(sql).includes('COUNT(*)') ? nextCount : undefined;
    step = talk.next(next?.next().value ?? []);
  }
  return sentences;
}
const texts = (sentences: readonly Sentence[]) => sentences.map(({ sql }) => sql);

const begin = [words.settle, words.lock('shared_db'), words.tables('shared_db')];
const load = [
  words.mark({ who: 'ann@ci, through km', script: '/home/shared.sql' }),
  `${script}\nDROP TABLE ${loadingMarker}`,
];
const end = words.unlock('shared_db');

describe('a talk that makes the tables of a database', () => {
  it('runs the script between its marker and the end of that, all of it under the lock', () => {
    expect(texts(said([[]]))).toEqual([...begin, ...load, end]);
  });

  it('ends a last statement that the script leaves open', () => {
    const open = script.slice(0, -1);
    expect(texts(said([[]], [], open))).toContain(`${open}\n;\nDROP TABLE ${loadingMarker}`);
  });

  it('does nothing if somebody else has made them meanwhile', () => {
    expect(texts(said([listed(names)]))).toEqual([...begin, end]);
  });

  it('waits for the lock, for longer than a load may take, and tells who has it', () => {
    const sentences = said([[]]);
    const lock = sentences.find(({ until }) => until !== undefined);
    const script = sentences.find(({ sql }) => sql === load[1]);
    expect(lock?.until?.why).toEqual(words.holder('shared_db'));
    expect(lock?.until?.hint).toContain('end that session at the database server');
    expect(lock?.until?.timeoutMs).toBeGreaterThan(script?.timeoutMs ?? Number.POSITIVE_INFINITY);
    expect(script?.timeoutMs).toBeGreaterThanOrEqual(10 * 60_000);
    expect(lock?.until?.what).toContain('shared_db');
  });

  it('says of each sentence what it is for', () => {
    const left = listed(['UM_USER', loadingMarker]);
    const sentences = said([left, left], [counted({ UM_USER: 0 }), counted({ UM_USER: 0 })]);
    expect(sentences.map(({ shown }) => shown)).toEqual([
      'set the limits of a session at shared_db',
      'take the lock of shared_db',
      'list the tables of shared_db',
      'count their rows',
      'keep others from writing',
      'list the tables of shared_db',
      'count their rows',
      'drop the tables of a load that broke off',
      'let others write again',
      'mark the load as begun',
      'run /home/shared.sql',
      'release the lock of shared_db',
    ]);
    // Half a minute is not enough to count or drop what may be large.
    for (const sentence of [3, 4, 6, 7].map((index) => sentences[index]))
      expect(sentence?.timeoutMs).toBeGreaterThan(30_000);
  });

  it('drops what a load left that broke off, after a second look that nobody can write under any more', () => {
    const left = listed(['UM_USER', loadingMarker]);
    const none = counted({ UM_USER: 0 });
    expect(texts(said([left, left], [none, none]))).toEqual([
      ...begin,
      words.count(['UM_USER']),
      words.freeze(['UM_USER']),
      words.tables('shared_db'),
      words.count(['UM_USER']),
      words.drop(['UM_USER'], []),
      words.thaw,
      ...load,
      end,
    ]);
  });

  it('drops nothing where a load left nothing', () => {
    expect(texts(said([listed([loadingMarker])]))).toEqual([...begin, ...load, end]);
  });

  it.each<[string, Rows, Rows]>([
    ['a row', listed(['UM_USER', loadingMarker]), counted({ UM_USER: 1 })],
    ['a table', listed(['UM_USER', 'UM_TENANT', loadingMarker]), counted({ UM_USER: 0, UM_TENANT: 0 })],
  ])('drops nothing if %s has come between the looks', (_what, list, count) => {
    const left = listed(['UM_USER', loadingMarker]);
    expect(() => said([left, list], [counted({ UM_USER: 0 }), count])).toThrow(
      'the tables of shared_db changed while they were looked at; nothing was dropped',
    );
  });

  it('takes the marker away from tables that are complete and in use', () => {
    const all = listed([...names, loadingMarker]);
    const rows = counted({ REG_CLUSTER_LOCK: 0, REG_RESOURCE: 0, UM_TENANT: 0, UM_USER: 3 });
    expect(texts(said([all], [rows]))).toEqual([
      ...begin,
      words.count(names),
      `DROP TABLE ${loadingMarker}`,
      end,
    ]);
  });
});

describe('tables that are not whole and not ours alone', () => {
  const refused = (lists: readonly Rows[], counts: readonly Rows[] = [], text = script) => {
    try {
      said(lists, counts, text);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('are left alone, with the way on', () => {
    expect(refused([listed(['UM_USER', 'UM_TENANT', 'REG_RESOURCE'])])).toMatchObject({
      cause: 'the database shared_db holds part of the product’s tables: REG_CLUSTER_LOCK is missing',
      hint: expect.stringContaining('drop the database shared_db and run the same command again'),
    });
    expect(refused([listed(['UM_USER'])])).toMatchObject({
      cause:
        'the database shared_db holds part of the product’s tables: REG_CLUSTER_LOCK, REG_RESOURCE, UM_TENANT are missing',
    });
  });

  it('are left alone where a load broke off and more is there than it made', () => {
    const rows = counted({ UM_USER: 3, REG_RESOURCE: 0, UM_TENANT: 0 });
    const list = listed(['UM_USER', 'REG_RESOURCE', 'UM_TENANT', loadingMarker]);
    expect(refused([list], [rows])).toMatchObject({
      cause:
        'a load of the database shared_db broke off, and what is there is more than its script put there; UM_USER (3 rows); of its 4 tables REG_CLUSTER_LOCK is missing',
      hint: expect.stringContaining(`drop the table ${loadingMarker}`),
    });
  });

  it('are left alone where rows of the script are missing', () => {
    const filling = `${script}\nINSERT INTO UM_TENANT (x) VALUES (1);`;
    const rows = counted({ REG_CLUSTER_LOCK: 0, REG_RESOURCE: 0, UM_TENANT: 0, UM_USER: 3 });
    expect(refused([listed([...names, loadingMarker])], [rows], filling)).toMatchObject({
      cause:
        'a load of the database shared_db broke off, and what is there is more than its script put there; UM_USER (3 rows); rows of the script are missing in UM_TENANT',
    });
  });

  it('are left alone while somebody else makes them, whatever the lock said', () => {
    expect(refused([listed(['UM_USER', loadingMarker], { loading: 1 })])).toMatchObject({
      cause: 'the tables of shared_db are being made by somebody else',
    });
  });

  it('are told by the first five of them, and how many more there are', () => {
    const more = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ table: '', what: `T${index + 1}` }));
    expect(whatIsMore(more(5))).toBe('T1, T2, T3, T4, T5');
    expect(whatIsMore(more(7))).toBe('T1, T2, T3, T4, T5 and 2 more');
  });
});
