import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../lab/process.ts';

const programs = '/usr/lib/postgresql/15/bin';

/** A PostgreSQL server of our own on loopback, and who administers it. */
export interface PostgresqlServer {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Makes and starts a server in a folder of its own. Throws with its words if it does not start. */
export async function startPostgresql(port: number): Promise<PostgresqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'postgresql-'));
  const data = join(folder, 'data');
  const password = 'administrator-word';
  const asPostgres = async (script: string, input = '') => {
    const { code, stdout, stderr } = await runProcess(
      ['runuser', '-u', 'postgres', '--', 'sh', '-c', script],
      { input },
    );
    if (code !== 0) throw new Error(`${script}\n${stdout}${stderr}`);
  };
  await runProcess(['chown', 'postgres', folder]);
  await asPostgres(
    `umask 077; cat > ${folder}/word && ${programs}/initdb -D ${data} -A scram-sha-256 -U administrator --pwfile=${folder}/word`,
    `${password}
`,
  );
  await asPostgres(
    `${programs}/pg_ctl -w -D ${data} -o "-p ${port} -k ${folder} -c listen_addresses=127.0.0.1" -l ${folder}/log start </dev/null`,
  );
  return {
    port,
    username: 'administrator',
    password,
    async stop() {
      await asPostgres(`${programs}/pg_ctl -D ${data} stop -m fast`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
