import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocal } from '../../src/connection/local.ts';
import { apply, type Hands } from '../../src/engine/apply.ts';
import { feed, receive } from '../../src/engine/plan.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';

const connection = openLocal();
let folder: string;
let told: string[];
const path = () => join(folder, 'dump.gz');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'receive-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(() => connection.close());

function hands(): Hands {
  const never = new AbortController().signal;
  return {
    ...{ connection, abort: never, stop: never },
    output: () => undefined,
    tell: (text) => told.push(text),
    progress: () => undefined,
    waiting: () => undefined,
  };
}
const dump = (command: ReturnType<typeof sh>) =>
  apply(
    receive({ command, shown: 'the dump of apim_db', path: path(), ends: '-- done', hint: 'try again' }),
    hands(),
  );

describe('what is received', () => {
  it('is kept if it came to its end, and what was said meanwhile is told', async () => {
    await dump(sh`echo rows; echo '-- done'; echo 'it was slow' >&2`);
    expect(gunzipSync(readFileSync(path())).toString()).toBe('rows\n-- done\n');
    expect(told).toEqual(['it was slow']);
  });

  it('is not kept if its program fails, which is told in its own words', async () => {
    await expect(dump(sh`echo '-- done'; echo 'access denied' >&2; exit 2`)).rejects.toMatchObject({
      cause: 'the dump of apim_db exited with 2',
      tail: ['access denied'],
      hint: 'try again',
    });
    expect(existsSync(path())).toBe(false);
  });

  it('is not kept if it breaks off, whatever its program says of that', async () => {
    await expect(dump(sh`echo rows`)).rejects.toThrow(/ended well, but what it printed breaks off/);
    expect(existsSync(path())).toBe(false);
  });
});

describe('a command that is fed', () => {
  const load = (command: ReturnType<typeof sh>) =>
    apply(
      feed({
        ...{ command, path: path(), shown: 'the load of apim_db', hint: 'try again' },
        ...{ before: new Secret('fake-before\n'), after: 'the end\n' },
      }),
      hands(),
    );

  it('gets what goes before, the file and what goes after, and what it says is told', async () => {
    writeFileSync(path(), gzipSync('rows\n'));
    const got = join(folder, 'got');
    await load(sh`cat > ${got}; echo 'a warning' >&2`);
    expect(readFileSync(got, 'utf8')).toBe('fake-before\nrows\nthe end\n');
    expect(told).toEqual(['a warning']);
  });

  it('fails in its own words', async () => {
    writeFileSync(path(), gzipSync('rows\n'));
    await expect(load(sh`cat >/dev/null; echo 'duplicate key' >&2; exit 1`)).rejects.toMatchObject({
      cause: 'the load of apim_db exited with 1',
      tail: ['duplicate key'],
      hint: 'try again',
    });
  });
});
