import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Dialect, madeBy, splitScript } from '../../../src/apim/database/sql-script.ts';

const made = (script: string, dialect: Dialect = 'mysql') => [...madeBy(script, dialect).tables];

describe('madeBy', () => {
  it.each<[string, Dialect, string, [string, number][]]>([
    [
      'plain',
      'mysql',
      'CREATE TABLE A (x INT); create table if not exists b (x INT)',
      [
        ['A', 0],
        ['b', 0],
      ],
    ],
    ['quoted', 'mysql', 'CREATE TABLE `a``b` (x INT)', [['a``b', 0]]],
    [
      'in a schema',
      'postgresql',
      'CREATE TABLE public.A (x INT); CREATE TABLE "B" (x INT)',
      [
        ['a', 0],
        ['B', 0],
      ],
    ],
    ['unlogged', 'postgresql', 'CREATE UNLOGGED TABLE IF NOT EXISTS A (x INT)', [['a', 0]]],
    ['an index is none', 'mysql', 'CREATE INDEX I ON A (x); CREATE UNIQUE INDEX J ON A (x)', []],
  ])('knows the names of tables as the server keeps them: %s', (_what, dialect, script, tables) => {
    expect(made(script, dialect)).toEqual(tables);
  });

  it.each<[string, string, number]>([
    ['one', "INSERT INTO A VALUES ('x')", 1],
    ['several at once', "INSERT INTO A (x, y) VALUES ('a', (1)), ('b', f(2, (3))), ('c', 4)", 3],
    ['brackets in a text', "INSERT IGNORE INTO A VALUES ('a), (b'), ('it''s (')", 2],
    ['one after another', 'INSERT INTO A VALUES (1); INSERT INTO A VALUES (2)', 2],
    [
      'a duplicate that is let be',
      'INSERT INTO A VALUES (1) ON DUPLICATE KEY UPDATE x = VALUES(x), y = (2)',
      1,
    ],
    ['those of a query, which nobody knows beforehand', 'INSERT INTO A SELECT * FROM B', 0],
    ['those in a comment', '-- INSERT INTO A VALUES (1);\n/* INSERT INTO A VALUES (2); */ # ;', 0],
  ])('counts the rows that are put there: %s', (_what, script, rows) => {
    expect(made(`CREATE TABLE A (x INT); ${script}`)).toEqual([['A', rows]]);
  });

  it('finds the sequences', () => {
    const script =
      'DROP SEQUENCE IF EXISTS A_SEQ; CREATE SEQUENCE A_SEQ START WITH 1; CREATE SEQUENCE IF NOT EXISTS b;';
    expect(madeBy(script, 'postgresql').sequences).toEqual(['a_seq', 'b']);
  });

  it.each<[string, boolean]>([
    ['CREATE TABLE A (x INT);\n-- the end', true],
    ['CREATE TABLE A (x INT)\n-- the end;', false],
    ['', true],
  ])('knows whether another statement can follow: %j', (script, closed) => {
    expect(madeBy(script, 'mysql').closed).toBe(closed);
  });
});

describe('splitScript', () => {
  it('keeps what only looks like an end of a statement', () => {
    const body =
      "CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN x := ';'; RETURN NEW; END; $body$ LANGUAGE plpgsql;";
    expect(splitScript(`${body} SELECT E'a\\';b', 'c\\'; SELECT ";" -- ;\n;`, 'postgresql')).toEqual([
      body,
      "SELECT E'a\\';b', 'c\\';",
      'SELECT ";" -- ;\n;',
    ]);
    expect(splitScript("SELECT 'a\\';b', \";\"; SELECT 1--1;", 'mysql')).toEqual([
      "SELECT 'a\\';b', \";\";",
      'SELECT 1--1;',
    ]);
  });

  it.each<[string, Dialect]>([
    ['mysql.sql', 'mysql'],
    ['apimgt/postgresql.sql', 'postgresql'],
  ])('loses nothing of %s', (name, dialect) => {
    const script = readFileSync(`test/standin/dbscripts/${name}`, 'utf8');
    const bare = (text: string) => text.replaceAll(/\s/g, '');
    expect(bare(splitScript(script, dialect).join('\n'))).toBe(bare(script));
  });
});
