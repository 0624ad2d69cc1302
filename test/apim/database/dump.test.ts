import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNeeds } from '../../../src/apim/database/databases.ts';
import {
  betterFor,
  type DatabaseProgram,
  dumpDatabase,
  findPrograms,
  loadDatabase,
  programsFor,
  readPrograms,
} from '../../../src/apim/database/dump.ts';
import { commonSettings, fiveNodes } from '../../support/deployments.ts';

const password = `it's "a" \\ pass:word #1`;
function needFor(type: 'mysql' | 'mariadb' | 'postgresql', more: object = {}) {
  const database = {
    ...commonSettings().database,
    type,
    ...more,
    apim: { username: 'apim', password },
  };
  const [, need] = databaseNeeds(fiveNodes({ database }));
  if (need === undefined) throw new Error('a database is needed');
  return need;
}

const mariadb: DatabaseProgram = { name: 'mariadb-dump', make: 'mariadb', version: [10, 11, 18] };
const mysql: DatabaseProgram = { name: 'mysqldump', make: 'mysql', version: [8, 0, 36] };
const postgresql: DatabaseProgram = { name: 'pg_dump', make: 'postgresql', version: [15, 18] };

describe('programs of a database server', () => {
  it('are known by what they call themselves', () => {
    const said = [
      'mariadb-dump\tmariadb-dump from 11.4.2-MariaDB, client 10.19 for Linux (x86_64)',
      'mysqldump\tmysqldump  Ver 10.19 Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)',
      'mysqldump\tmysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)',
      'mysqldump\tmysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)',
      'pg_dump\tpg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)',
      'psql\tpsql (PostgreSQL) 17.2',
    ];
    expect(readPrograms(`${said.join('\n')}\n`).map(({ make, version }) => [make, ...version])).toEqual([
      ['mariadb', 11, 4, 2],
      ['mariadb', 10, 11, 18],
      ['mysql', 5, 7, 44],
      ['mysql', 8, 0, 36],
      ['postgresql', 15, 18],
      ['postgresql', 17, 2],
    ]);
  });

  it('of the make of the server are better, and then the newer ones: an old pg_dump refuses a new server', () => {
    const best = (type: 'mysql' | 'mariadb' | 'postgresql', ...all: DatabaseProgram[]) =>
      all.sort((one, other) => betterFor(type, one, other))[0];
    expect(best('mysql', mariadb, mysql)).toBe(mysql);
    expect(best('mariadb', mysql, mariadb)).toBe(mariadb);
    const newer = { ...postgresql, version: [17, 2] };
    expect(best('postgresql', postgresql, newer)).toBe(newer);
    expect(best('postgresql', newer, { ...newer, version: [17, 10] })?.version).toEqual([17, 10]);
  });
});

describe.each(['dash', 'bash'])('what is run at a server, by %s,', (shell) => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dump-'));
    mkdirSync(join(folder, 'tmp'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that tells what it was given, and what it finds. */
  function program(name: string): void {
    const file = join(folder, name);
    writeFileSync(
      file,
      `#!/bin/sh
case $1 in --version) echo "$0 from 10.11.18-MariaDB"; exit;; esac
{ printf '%s\\n' "$@"; env; ls -A "$TMPDIR"; } > ${folder}/seen
cat /dev/fd/3 > ${folder}/who; cat /dev/fd/4 > ${folder}/ca; cat > ${folder}/fed
stat -L -c '%a %F' /dev/fd/3 > ${folder}/mode
exit 5
`,
    );
    chmodSync(file, 0o755);
  }
  function run(text: string, input: string) {
    const env = { PATH: `${folder}:${process.env.PATH}`, TMPDIR: join(folder, 'tmp') };
    return spawnSync(shell, ['-c', text], { env, input, encoding: 'utf8' });
  }
  const found = (name: string) => readFileSync(join(folder, name), 'utf8');

  it('are looked for by name', () => {
    program('mariadb-dump');
    const { stdout } = run(findPrograms([...programsFor('dump', 'mariadb'), 'no-such-dump']).text, '');
    expect(readPrograms(stdout)[0]).toEqual(mariadb);
  });

  it.each([
    ['MariaDB', needFor('mariadb'), mariadb, `user="apim"\npassword="it's \\"a\\" \\\\ pass:word #1"\n`],
    ['PostgreSQL', needFor('postgresql'), postgresql, `*:*:*:*:it's "a" \\\\ pass\\:word #1\n`],
  ])('the dump of %s is told who asks where nobody sees it', (_name, need, tool, told) => {
    program(tool.name);
    const { command, stdin } = dumpDatabase(need, tool, 'PEM of the authority\n');
    expect(stdin.face).not.toContain('pass:word');
    expect(run(command.text, stdin.reveal()).status).toBe(5);
    expect(found('who')).toContain(told);
    expect(found('ca')).toBe('PEM of the authority\n');
    expect(found('mode')).toBe('600 regular empty file\n'.replace(' empty', ''));
    expect(found('seen')).not.toContain('pass:word');
    expect(found('seen')).not.toMatch(/tmp\./);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(found('seen')).toContain('apim_orchestrate_restoring');
  });

  it.each([
    ['MariaDB', needFor('mariadb'), { ...mariadb, name: 'mariadb' }, 'RENAME TABLE'],
    ['PostgreSQL', needFor('postgresql'), { ...postgresql, name: 'psql' }, 'COMMIT;\n'],
  ])('the load into %s is fed with the dump alone, and told of its end', (_name, need, tool, end) => {
    program(tool.name);
    const { command, before, after } = loadDatabase(need, tool, '');
    const dump = '/*M!999999\\- enable the sandbox mode */\nINSERT 1;\n/*M!999999 not the first */\n';
    expect(run(command.text, before.reveal() + dump + after).status).toBe(5);
    const fed = found('fed');
    expect(fed).toContain('INSERT 1;\n/*M!999999 not the first */\n');
    expect(fed.startsWith('/*M!')).toBe(false);
    expect(fed).toContain(end);
    expect(fed).not.toContain('pass:word');
    expect(found('seen')).not.toContain('pass:word');
  });

  it('nothing is begun if there is no room for who asks', () => {
    program('mariadb-dump');
    const { command, stdin } = dumpDatabase(needFor('mariadb'), mariadb, '');
    rmSync(join(folder, 'tmp'), { recursive: true });
    expect(run(command.text, stdin.reveal()).status).toBe(1);
    expect(() => found('seen')).toThrow();
  });
});

describe('the way to a database server', () => {
  const optionsOf = (type: 'mysql' | 'mariadb' | 'postgresql', tls: string, tool: DatabaseProgram) => {
    const { command, stdin } = dumpDatabase(needFor(type, { tls, ca: 'db-ca.pem' }), tool, 'PEM');
    return type === 'postgresql' ? command.text : stdin.reveal();
  };

  it.each([
    ['mysql', 'off', mysql, ['ssl-mode=DISABLED'], []],
    ['mysql', 'required', mysql, ['ssl-mode=REQUIRED'], ['ssl-ca']],
    ['mysql', 'verified', mysql, ['ssl-mode=VERIFY_IDENTITY', 'ssl-ca=/dev/fd/4'], []],
    ['mariadb', 'off', mariadb, ['skip-ssl'], ['ssl-ca']],
    ['mariadb', 'required', mariadb, ['\nssl\n', 'skip-ssl-verify-server-cert'], ['ssl-ca']],
    ['mariadb', 'verified', mariadb, ['\nssl-verify-server-cert\n', 'ssl-ca=/dev/fd/4'], ['skip-ssl']],
    ['postgresql', 'off', postgresql, ['sslmode=disable'], ['sslrootcert']],
    ['postgresql', 'required', postgresql, ['sslmode=require'], ['sslrootcert']],
    ['postgresql', 'verified', postgresql, ['sslmode=verify-full', '/dev/fd/4'], []],
  ] as const)('of %s is as the product goes it, with tls: %s', (type, tls, tool, words, never) => {
    const options = optionsOf(type, tls, tool);
    for (const word of words) expect(options).toContain(word);
    for (const word of never) expect(options).not.toContain(word);
  });
});
