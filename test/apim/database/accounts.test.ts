import { describe, expect, it } from 'vitest';
import {
  type AccountPlan,
  accountWordsOf,
  type FoundAccount,
  planAccount,
  readAccount,
} from '../../../src/apim/database/accounts.ts';
import { Secret } from '../../../src/secret.ts';

const own = {
  name: 'apim_db',
  username: 'apim',
  password: new Secret("fake'quote\\slash"),
  nodes: ['km.example.com', 'gw.example.com'],
};
const nothing: FoundAccount = {
  database: false,
  user: false,
  entered: false,
  tables: [],
  databaseIsOurs: false,
  userIsOurs: false,
  rights: [],
};
const plan = (found: Partial<FoundAccount>, adopt = false, dialect: 'mysql' | 'postgresql' = 'mysql') =>
  planAccount(accountWordsOf[dialect], own, { ...nothing, ...found }, 'db:3306', adopt);
const told = (planned: AccountPlan) => ('cause' in planned ? planned.cause : planned.summary);
const said = (planned: AccountPlan) =>
  'cause' in planned ? [] : planned.statements.map((statement) => statement.reveal());

describe('a database that its user cannot get into', () => {
  it.each<[string, Partial<FoundAccount>, boolean, string]>([
    ['neither is there', {}, false, 'create the database apim_db and its user apim'],
    [
      'the user is there, and its password is right',
      { user: true, entered: true },
      false,
      'create the database apim_db for the user apim, which exists',
    ],
    [
      'an administrator made the database for us',
      { database: true },
      false,
      'create the user apim, and give it the database apim_db, which exists and is empty',
    ],
    [
      'only the rights are missing',
      { database: true, user: true, entered: true },
      false,
      'give the user apim, which exists, the database apim_db, which exists and is empty',
    ],
    [
      'the password was changed in the inventory, of a user that we made',
      { database: true, user: true, tables: ['A', 'B'], databaseIsOurs: true, userIsOurs: true },
      false,
      'change the password of the user apim, which exists, and give it the database apim_db, which exists and holds 2 tables (A, …)',
    ],
    [
      'the user was changed in the inventory',
      { database: true, tables: ['A'], databaseIsOurs: true },
      false,
      'create the user apim, and give it the database apim_db, which exists and holds 1 table (A)',
    ],
    [
      'the user is somebody else’s',
      { user: true, rights: ['crm', 'shop'] },
      false,
      'the user apim is at db:3306 already, with another password than the inventory says, and nothing tells that this tool made it; it has rights on crm, shop',
    ],
    [
      'the user is somebody else’s, and may be changed',
      { user: true, rights: ['crm'] },
      true,
      'create the database apim_db, and change the password of the user apim, which exists',
    ],
    [
      'the database is somebody else’s',
      { database: true, tables: ['ORDERS'] },
      false,
      'the database apim_db is at db:3306 already, holds 1 table (ORDERS), and nothing tells that this tool made it; apim cannot use it',
    ],
    [
      'the database is somebody else’s, and is meant',
      { database: true, tables: ['ORDERS'] },
      true,
      'create the user apim, and give it the database apim_db, which exists and holds 1 table (ORDERS)',
    ],
  ])('when %s', (_when, found, adopt, expected) => {
    expect(told(plan(found, adopt))).toBe(expected);
  });

  it('tells both ways on where it is refused', () => {
    expect(plan({ user: true })).toMatchObject({
      hint: expect.stringMatching(
        /the right password in the inventory, or another username.*database\.adopt: true/,
      ),
    });
    expect(plan({ database: true, tables: ['X'] })).toMatchObject({
      hint: expect.stringMatching(/another database in the inventory.*by hand.*database\.adopt: true/),
    });
  });

  it('is made at MySQL with names that tell case apart, and noted before the user is there', () => {
    expect(said(plan({}))).toEqual([
      'CREATE DATABASE IF NOT EXISTS `apim_db` CHARACTER SET latin1 COLLATE latin1_bin',
      'CREATE TABLE IF NOT EXISTS `apim_db`.apim_orchestrate (id INT NOT NULL PRIMARY KEY, username VARCHAR(128), nodes VARCHAR(2000))',
      "REPLACE INTO `apim_db`.apim_orchestrate (id, username, nodes) VALUES (1, 'apim', 'km.example.com gw.example.com')",
      "CREATE USER IF NOT EXISTS 'apim'@'%' IDENTIFIED BY 'fake''quote\\\\slash'",
      "GRANT ALL PRIVILEGES ON `apim\\_db`.* TO 'apim'@'%'",
    ]);
  });

  it('is made at PostgreSQL, and belongs to its user', () => {
    expect(said(plan({}, false, 'postgresql'))).toEqual([
      `CREATE ROLE "apim" LOGIN PASSWORD E'fake''quote\\\\slash'`,
      'CREATE DATABASE "apim_db"',
      'GRANT "apim" TO CURRENT_USER',
      'ALTER DATABASE "apim_db" OWNER TO "apim"',
      `COMMENT ON DATABASE "apim_db" IS E'made by apim-orchestrate for km.example.com gw.example.com'`,
      `COMMENT ON ROLE "apim" IS E'made by apim-orchestrate for km.example.com gw.example.com'`,
    ]);
  });

  it('changes a password only where the user is there', () => {
    for (const dialect of ['mysql', 'postgresql'] as const) {
      expect(said(plan({}, false, dialect)).join()).not.toMatch(/ALTER (USER|ROLE)/);
      expect(said(plan({ user: true, userIsOurs: true }, false, dialect)).join()).toMatch(
        /ALTER (USER|ROLE)/,
      );
      expect(said(plan({ user: true, entered: true }, false, dialect)).join()).not.toMatch(
        /ALTER (USER|ROLE)/,
      );
    }
  });

  it('shows no password', () => {
    for (const dialect of ['mysql', 'postgresql'] as const) {
      const planned = plan({ user: true, userIsOurs: true }, false, dialect);
      expect('cause' in planned ? '' : planned.statements.map(String).join()).not.toContain('fake');
    }
  });
});

describe('what an administrator is answered', () => {
  const inside = { entered: false, tables: [], note: undefined };
  it('is read whatever a driver makes of numbers', () => {
    expect(readAccount({ database: '1', account: 0, rights: null }, own, inside)).toMatchObject({
      database: true,
      user: false,
      rights: [],
    });
  });

  it('tells what is ours by the table in the database, or by comments', () => {
    expect(
      readAccount({}, own, {
        ...inside,
        note: { username: 'apim', nodes: 'old.example.com gw.example.com' },
      }),
    ).toMatchObject({
      databaseIsOurs: true,
      userIsOurs: true,
    });
    expect(
      readAccount({}, own, { ...inside, note: { username: 'another', nodes: 'km.example.com' } }),
    ).toMatchObject({
      databaseIsOurs: true,
      userIsOurs: false,
    });
    expect(
      readAccount({ user_note: 'made by apim-orchestrate for km.example.com' }, own, inside),
    ).toMatchObject({
      databaseIsOurs: false,
      userIsOurs: true,
    });
    expect(readAccount({ database_note: 'the shop' }, own, inside).databaseIsOurs).toBe(false);
  });

  it('takes what was made for the nodes of another cluster for somebody else’s', () => {
    const others = { username: 'apim', nodes: 'km.other.example.com' };
    expect(readAccount({}, own, { ...inside, note: others })).toMatchObject({
      databaseIsOurs: false,
      userIsOurs: false,
    });
    const comment = 'made by apim-orchestrate for km.other.example.com';
    expect(readAccount({ user_note: comment, database_note: comment }, own, inside)).toMatchObject({
      databaseIsOurs: false,
      userIsOurs: false,
    });
  });
});
