import { describe, expect, it } from 'vitest';
import { at, converse, later, put, run, sql, wait } from '../../src/engine/plan.ts';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeHost } from '../support/fake-connection.ts';

const database = {
  type: 'mysql',
  host: 'db',
  port: 3306,
  username: 'ann',
  password: Secret.document('fake', 'fake'),
} as const;

describe('an action', () => {
  it('that runs a command has two minutes, unless told otherwise', () => {
    expect(run(sh`true`)).toEqual({ kind: 'run', command: { text: 'true' }, timeoutMs: 120_000 });
    expect(run(sh`true`, { timeoutMs: 5, shown: 'nothing' })).toEqual({
      kind: 'run',
      command: { text: 'true' },
      timeoutMs: 5,
      shown: 'nothing',
    });
  });

  it('that puts a file names its owner only if there is one', () => {
    expect(put('/a', 'text', 0o600)).toEqual({ kind: 'put', path: '/a', content: 'text', mode: 0o600 });
    expect(put('/a', 'text', 0o600, 'ann')).toMatchObject({ kind: 'put', user: 'ann' });
  });

  it('that waits asks every second in the end, unless told otherwise', () => {
    const one = { what: 'it', until: [], timeoutMs: 5 };
    expect(wait(one)).toEqual({ kind: 'wait', everyMs: 1_000, ...one });
    expect(wait({ ...one, everyMs: 7 })).toMatchObject({ everyMs: 7 });
  });

  it('that speaks to a database server is told by its kind', () => {
    expect(sql({ database, shown: 'a', script: 'b' })).toEqual({
      kind: 'sql',
      database,
      shown: 'a',
      script: 'b',
    });
    const talk = function* () {};
    expect(converse({ database, shown: 'a', talk })).toEqual({
      kind: 'converse',
      database,
      shown: 'a',
      talk,
    });
  });

  it('can be done elsewhere', () => {
    const [b, shared] = [fakeHost('b'), { sharedFiles: 'nas:/export' }];
    const [first, second] = [run(sh`one`), put('/a', '', 0o600)];
    expect(at(b, [first, second])).toEqual([
      { ...first, at: b },
      { ...second, at: b },
    ]);
    expect(at(shared, [first])).toEqual([{ ...first, at: shared }]);
  });
});

describe('a change that cannot be done yet', () => {
  it('does nothing, and names the step that it waits for', () => {
    expect(later('write it', 'make-it')).toEqual({ summary: 'write it', actions: [], needs: 'make-it' });
  });
});
