import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { until } from './until.ts';

const run = promisify(execFile);

/** A database server of our own on loopback, with the schemas of a pack in `shared_db` and `apim_db`, and an `empty_db`. */
export interface Database {
  readonly port: number;
  /** Runs statements as the administrator of the server. */
  sql(statements: string): Promise<void>;
  close(): Promise<void>;
}

/** The user of the databases, and its password: with the two characters that XML minds. */
export const login = { user: 'apim', password: 'a&b<c' } as const;

/** Starts MariaDB in a folder, and loads the scripts of an unpacked pack. */
export async function startDatabase(folder: string, home: string): Promise<Database> {
  const at = join(folder, 'mariadb');
  await run('mariadb-install-db', [
    '--no-defaults',
    '--user=root',
    `--datadir=${at}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  const port = await freePort();
  const server = spawn(
    'mariadbd',
    [
      '--no-defaults',
      '--user=root',
      `--datadir=${at}`,
      `--socket=${join(at, 'socket')}`,
      `--pid-file=${join(at, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--innodb-buffer-pool-size=16M',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const close = async () => {
    server.kill('SIGKILL');
    await ended;
  };
  try {
    const sql = async (statements: string) => {
      const connection = await connect(port);
      await connection.query(statements).finally(() => connection.end());
    };
    await until('the database to answer', 30_000, () =>
      sql('SELECT 1').then(
        () => true,
        () => undefined,
      ),
    );
    const { user, password } = login;
    await sql(`CREATE DATABASE shared_db; CREATE DATABASE apim_db; CREATE DATABASE empty_db;
      CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'; GRANT ALL ON *.* TO '${user}'@'%';`);
    for (const [name, file] of [
      ['shared_db', 'dbscripts/mysql.sql'],
      ['apim_db', 'dbscripts/apimgt/mysql.sql'],
    ] as const)
      await sql(`USE ${name}; ${await readFile(join(home, file), 'utf8')}`);
    return { port, sql, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connect(port: number): Promise<Connection> {
  return createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(),
      );
    });
  });
}
