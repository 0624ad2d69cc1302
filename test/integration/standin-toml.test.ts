import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPack } from '../standin/build.ts';

const run = promisify(execFile);

const sound: readonly (readonly [text: string, reads: string])[] = [
  ['a = 1\nb.c = "x" # why\n\n[t]\nd = true', '{a=1, b={c=x}, t={d=true}}'],
  ['a = [1,\n  2, # two\n]', '{a=[1, 2]}'],
  ['a = [[1], ["x"]]', '{a=[[1], [x]]}'],
  [`a = 'C:\\n'\nb = "tab\\tquote\\" \\u00e9"`, '{a=C:\\n, b=tab\tquote" é}'],
  ['a = """\none\\\n   two"""', '{a=onetwo}'],
  ['a = 1_000\nb = 0xff\nc = -3.5e2\nd = inf', '{a=1000, b=255, c=-350.0, d=Infinity}'],
  ['a = 1979-05-27T07:32:00Z\nb = 07:32:00', '{a=1979-05-27T07:32Z, b=07:32}'],
  ['a = { b = 1, c.d = 2 }', '{a={b=1, c={d=2}}}'],
  ['[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\nb = 3', '{a=[{b=1, c={d=2}}, {b=3}]}'],
  ['[[a.b]]\nx = 1\n[a]\ny = 2', '{a={b=[{x=1}], y=2}}'],
  ['[a.b]\nx = 1\n[a]\ny = 2', '{a={b={x=1}, y=2}}'],
  ["'header.X' = 1", '{header.X=1}'],
  ['a = 1\r\nb = 2\r\n', '{a=1, b=2}'],
];

const unsound: readonly (readonly [text: string, says: string])[] = [
  ['a = 1\na = 2', 'line 2: the key a is defined twice'],
  ['[a]\n[a]', 'line 2: the table a is defined twice'],
  ['[a]\nb.c = 1\n[a.b]', 'line 3: the table a.b is defined twice'],
  ['[a.b]\n[a]\nb.c = 1', 'line 3: the table b is defined elsewhere'],
  ['[a]\n[[a]]', 'line 2: a is not an array of tables, but something else already'],
  ['[[a]]\n[a]', 'line 2: a is not a table, but something else already'],
  ['a = []\n[[a]]', 'line 2: a is not an array of tables, but something else already'],
  ['a = 1\n[a.b]', 'line 2: a is a value, not a table'],
  ['a = { b = 1 }\n[a.c]', 'line 2: a is a value, not a table'],
  ['a = { b = 1 }\na.c = 2', 'line 2: the table a is defined elsewhere'],
  ['a = [1, "x"]', 'line 1: an array holds values of different types'],
  ['a = [1 2]', 'line 1: a comma is missing in an array'],
  ['a = 1 b = 2', 'line 1: the line should end here'],
  ['a = "x', 'line 1: a string does not end'],
  ['a = "\\x"', 'line 1: an unknown escape: \\x'],
  ['a = "\\ud800"', 'line 1: an escape names no character: \\ud800'],
  ['a = 007', 'line 1: this is no value: 007'],
  ['a = yes', 'line 1: this is no value: yes'],
  ['a = 99999999999999999999', 'line 1: this is no value: 99999999999999999999'],
  ['a = 1979-13-27', 'line 1: this is no value: 1979-13-27'],
  ['a =', 'line 1: this is no value: '],
  ['é = 1', 'line 1: a key is expected'],
  ['[]', 'line 1: a key is expected'],
  ['[a] b = 1', 'line 1: the line should end here'],
  ['a = """x', 'line 1: a string does not end'],
  ['a = "x" "y"', 'line 1: the line should end here'],
  ['= 1', 'line 1: a key is expected'],
];

let folder: string;
let said: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'standin-toml-'));
  const files = [...sound, ...unsound].map(([text], index) => ({
    path: join(folder, `${index}.toml`),
    text,
  }));
  for (const { path, text } of files) await writeFile(path, text);
  await run('unzip', ['-q', '-j', (await buildPack()).path, 'wso2am-3.2.0/bin/bootstrap.jar', '-d', folder]);
  const words = [
    '-Dfile.encoding=UTF-8',
    '-cp',
    join(folder, 'bootstrap.jar'),
    'org.wso2.carbon.bootstrap.Toml',
  ];
  const { stdout } = await run('java', [...words, ...files.map(({ path }) => path)]);
  said = stdout.trimEnd().split('\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the TOML reader of the stand-in', () => {
  it.each(sound.map(([text, reads], index) => [text, reads, index] as const))(
    'reads %j',
    (_, reads, index) => {
      expect(said[index]).toBe(reads);
    },
  );

  it.each(unsound.map(([text, says], index) => [text, says, sound.length + index] as const))(
    'refuses %j',
    (_, says, index) => {
      expect(said[index]).toBe(`refused: deployment.toml, ${says}`);
    },
  );
});
