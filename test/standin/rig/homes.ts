import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildPack } from '../build.ts';
import { configuration, type Place, type Profile, portOf } from './configuration.ts';
import { type Database, startDatabase } from './database.ts';
import { makeKeystores } from './keystores.ts';
import { freeBase } from './ports.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const driver = '/usr/share/java/mariadb-java-client.jar';

/** The JDK that the servers of a test run with. */
export const javaHome = dirname(dirname(realpathSync('/usr/bin/java')));

/** A home of the stand-in, ready to start. */
export interface Home {
  readonly path: string;
  readonly profile: Profile;
  /** Replaces a text in deployment.toml; fails if it is not there. */
  edit(from: string | RegExp, to: string): Promise<void>;
  /** Puts another of the made keystores in the place of one. */
  swapStore(name: string, by: string): Promise<void>;
  /** What tests tell it when it starts next: lines of a properties file. */
  tell(properties: string): Promise<void>;
  /** Runs a script of `bin/` with these words; what it printed. */
  script(name: string, words: readonly string[], environment?: Record<string, string>): Promise<string>;
  log(): Promise<string>;
  pid(): Promise<number | undefined>;
  /** Starts it in the background, and waits until it is ready. */
  start(): Promise<void>;
  /** Stops it, and waits until its process is gone. */
  stop(): Promise<void>;
  /** Asks it on its port 9443, whatever its certificate says. */
  ask(path: string): Promise<{ status: number; body: string }>;
}

/** A folder with a pack unpacked, keystores, a database, and homes made from them. */
export interface Rig {
  readonly folder: string;
  readonly place: Place;
  readonly database: Database;
  home(profile: Profile, name?: string): Promise<Home>;
  close(): Promise<void>;
}

/** Unpacks the pack, makes keystores and starts a database; ends all that runs from its folder when it is closed. */
export async function createRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'standin-'));
  const homes: Home[] = [];
  try {
    const pack = await buildPack();
    await run('unzip', ['-q', pack.path, '-d', folder]);
    const shipped = join(folder, 'wso2am-3.2.0');
    const stores = makeKeystores(join(folder, 'keystores'));
    const database = await startDatabase(folder, shipped);
    await stores.catch(async (error: unknown) => {
      await database.close();
      throw error;
    });
    const place = { base: await freeBase(), databasePort: database.port };
    return {
      folder,
      place,
      database,
      async home(profile, name = `${profile}-${homes.length}`) {
        const path = join(folder, 'homes', name);
        await mkdir(dirname(path), { recursive: true });
        await cp(shipped, path, { recursive: true });
        const home = homeAt(path, profile, place, folder);
        homes.push(home);
        await home.script('profileSetup.sh', [`-Dprofile=${profile}`]);
        await writeFile(join(path, 'repository/conf/deployment.toml'), configuration(profile, place));
        await rm(join(path, 'repository/resources/security'), { recursive: true });
        for (const store of ['tls.jks', 'primary.jks', 'client-truststore.jks'])
          await home.swapStore(store, store);
        await cp(driver, join(path, 'repository/components/lib/mariadb.jar'), { dereference: true });
        await home.tell('start.seconds=0.2');
        return home;
      },
      async close() {
        for (const home of homes) await end(home);
        await database.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function end(home: Home): Promise<void> {
  const pid = await home.pid();
  if (pid === undefined) return;
  await home.tell('');
  process.kill(pid, 'SIGKILL');
  await until(`process ${pid} to be gone`, 10_000, async () =>
    (await home.pid()) === pid ? undefined : true,
  );
}

function homeAt(path: string, profile: Profile, place: Place, folder: string): Home {
  const toml = join(path, 'repository/conf/deployment.toml');
  const log = join(path, 'repository/logs/wso2carbon.log');
  const properties = join(path, 'standin.properties');
  const home: Home = {
    path,
    profile,
    async edit(from, to) {
      const text = await readFile(toml, 'utf8');
      const changed = text.replace(from, () => to);
      if (changed === text) throw new Error(`${from} is not in ${toml}`);
      await writeFile(toml, changed);
    },
    async swapStore(name, by) {
      await cp(join(folder, 'keystores', by), join(path, 'repository/resources/security', name));
    },
    tell: (text) => writeFile(properties, text),
    async script(name, words, environment = {}) {
      const options = `-Dstandin.properties=${properties}`;
      const { stdout } = await run('sh', [join(path, 'bin', name), ...words], {
        env: { PATH: process.env.PATH, JAVA_HOME: javaHome, JAVA_OPTS: options, ...environment },
        timeout: 60_000,
      });
      return stdout;
    },
    log: () => (existsSync(log) ? readFile(log, 'utf8') : Promise.resolve('')),
    pid: () => runningPid(path),
    async start() {
      await home.script('wso2server.sh', [`-Dprofile=${profile}`, 'start']);
      await until(`${profile} to be ready`, 60_000, async () => {
        const { status } = await home.ask('/services/Version').catch(() => ({ status: 0 }));
        return status === 200 ? true : undefined;
      }).catch(async (error: unknown) => {
        throw new Error(`${String(error)}; its log ends with: ${(await home.log()).slice(-500)}`);
      });
    },
    async stop() {
      const pid = await home.pid();
      await home.script('wso2server.sh', ['stop']);
      await until(`${profile} to stop`, 30_000, async () => ((await home.pid()) === pid ? undefined : true));
    },
    ask: (wanted) => ask(portOf(place, profile, 9443), wanted),
  };
  return home;
}

/** The pid of the server of a home, if it runs: known by its command line, for pid files outlive their process. */
async function runningPid(path: string): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.split('\0').includes(`-Dcarbon.home=${path}`)) return Number(pid);
  }
  return undefined;
}

function ask(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = get(
      { host: '127.0.0.1', port, path, rejectUnauthorized: false, timeout: 10_000, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`port ${port} did not answer ${path}`)));
    asked.on('error', reject);
  });
}
