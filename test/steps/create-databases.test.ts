import { describe, expect, it } from 'vitest';
import { readTables, withRows } from '../../src/apim/database/found-tables.ts';
import { loadingMarker } from '../../src/apim/database/words.ts';
import { createDatabases } from '../../src/steps/create-databases.ts';
import { fiveNodes, nodeNamed } from '../support/deployments.ts';

const topology = fiveNodes();
const { host } = nodeNamed(topology, 'km');
const spot = {
  host,
  world: { topology, now: new Date(0), baseDirectory: '/', hosts: new Set<string>() },
  params: {},
};
const script =
  'CREATE TABLE REG_CLUSTER_LOCK (x INT); CREATE TABLE REG_RESOURCE (x INT); CREATE TABLE UM_TENANT (x INT); CREATE TABLE UM_USER (x INT);';
const all = { REG_CLUSTER_LOCK: 0, REG_RESOURCE: 0, UM_TENANT: 0, UM_USER: 0 };
const complete = {
  kind: 'open' as const,
  tables: readTables([
    ...['IDN_BASE_TABLE', 'IDN_OAUTH2_ACCESS_TOKEN', 'AM_API', 'AM_SUBSCRIBER'].map((name) => ({
      name,
      kind: 'table',
      readable: 1,
    })),
  ]),
};

/** Tables with their rows; with a marker, what a load that broke off left. */
function open(there: Record<string, number>, { marked = false, loading = 0, by = '', known = true } = {}) {
  const names = [...Object.keys(there), ...(marked ? [loadingMarker] : [])];
  const found = readTables(names.map((name) => ({ name, kind: 'table', readable: 1, loading })));
  return {
    kind: 'open' as const,
    tables: withRows(
      found,
      Object.entries(there).map(([name, counted]) => ({ name, counted })),
    ),
    ...(known ? { script } : {}),
    ...(by === '' ? {} : { by }),
  };
}

const planned = (shared: ReturnType<typeof open>) =>
  createDatabases.plan(spot, { proven: false, found: [shared, complete] }).map(({ summary }) => summary);

describe('what is planned for the tables of a database', () => {
  it.each<[string, ReturnType<typeof open>, string[]]>([
    ['they are complete', open({ ...all, ORDERS: 3 }), []],
    ['there is none', open({}), ['create the tables of shared_db']],
    [
      'a load left some',
      open({ UM_USER: 0, UM_TENANT: 0 }, { marked: true, by: 'root@laptop, since 2026-11-26T01:00:00Z' }),
      [
        'create the tables of shared_db (an earlier attempt broke off, begun by root@laptop, since 2026-11-26T01:00:00Z; 2 tables of it are dropped first, which hold no more than the script put there)',
      ],
    ],
    [
      'a load left none',
      open({}, { marked: true }),
      ['create the tables of shared_db (an earlier attempt broke off; it left no table)'],
    ],
    [
      'a load left some, and the archive is not here yet',
      open({ UM_USER: 0 }, { marked: true, known: false }),
      [
        'create the tables of shared_db (an earlier attempt broke off; of the 1 table there, those are dropped that hold no more than the script of the archive puts there, which is not here yet)',
      ],
    ],
    [
      'a load is under way',
      open({ UM_USER: 0 }, { marked: true, loading: 1, by: 'ann@ci, since 2026-11-26T01:00:00Z' }),
      [
        'wait until the load of shared_db that is under way ends, begun by ann@ci, since 2026-11-26T01:00:00Z, and see what it leaves to do',
      ],
    ],
    [
      'they are complete and in use, whatever the marker says',
      open({ ...all, UM_USER: 3 }, { marked: true }),
      [
        'remove the marker of an unfinished load from shared_db: its tables are complete and hold data (UM_USER (3 rows)); nothing is dropped',
      ],
    ],
  ])('if %s', (_what, found, summaries) => {
    expect(planned(found)).toEqual(summaries);
  });

  it('is an error at a server that is too old for them, whether its user gets in or not', () => {
    const plan = (found: Parameters<typeof createDatabases.plan>[1]['found'][number]) => () =>
      createDatabases.plan(spot, { proven: false, found: [found, complete] });
    expect(plan({ ...open({}), version: '5.6.51-log' })).toThrow(/is MySQL 5\.6\.51-log/);
    expect(plan({ kind: 'closed', why: 'unknown database', version: '5.5.62' })).toThrow(/is MySQL 5\.5\.62/);
    expect(plan({ ...open({}), version: '8.0.36' })).not.toThrow();
  });

  it('is an error if they are half there, with the way on', () => {
    expect(() => planned(open({ UM_USER: 3, ORDERS: 1 }, { marked: true }))).toThrow(
      'a load of the database shared_db broke off, and what is there is more than its script put there; UM_USER (3 rows), ORDERS (1 row) is not of the script; of its 4 tables REG_CLUSTER_LOCK, REG_RESOURCE, UM_TENANT are missing',
    );
    expect(() => planned(open({ UM_USER: 3 }))).toThrow(
      'the database shared_db holds part of the product’s tables: REG_CLUSTER_LOCK, REG_RESOURCE, UM_TENANT are missing',
    );
  });
});
