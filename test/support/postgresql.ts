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
  /** PEM file: its own certificate, for 127.0.0.1, that vouches for itself. */
  readonly certificateFile: string;
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
    `cd ${data} && umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.crt -days 2 -subj /CN=database -addext subjectAltName=IP:127.0.0.1 2>/dev/null`,
  );
  await asPostgres(
    `${programs}/pg_ctl -w -D ${data} -o "-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c ssl=on" -l ${folder}/log start </dev/null`,
  );
  return {
    port,
    username: 'administrator',
    password,
    certificateFile: join(data, 'server.crt'),
    async stop() {
      await asPostgres(`${programs}/pg_ctl -D ${data} stop -m fast`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
