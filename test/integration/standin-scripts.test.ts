import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPack } from '../standin/build.ts';
import { javaHome } from '../standin/rig/homes.ts';
import { until } from '../standin/rig/until.ts';

const run = promisify(execFile);
let folder: string;
let home: string;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'standin-scripts-'));
});
beforeEach(async () => {
  home = await unpack();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function unpack(): Promise<string> {
  made += 1;
  const at = join(folder, String(made));
  await run('unzip', ['-q', (await buildPack()).path, '-d', at]);
  return join(at, 'wso2am-3.2.0');
}

interface Said {
  readonly code: number;
  readonly lines: readonly string[];
}

function script(
  path: string,
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Said> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    execFile('sh', [path, ...words], { env, timeout: 30_000 }, (error, stdout) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : 0,
        lines: stdout.trimEnd().split('\n'),
      });
    });
  });
}

const optimize = (...words: string[]) => script(join(home, 'bin/profileSetup.sh'), words);
const server = (words: readonly string[], environment: Record<string, string> = { JAVA_HOME: javaHome }) =>
  script(join(home, 'bin/wso2server.sh'), words, environment);
const list = async (path: string) => (await readdir(join(home, path))).sort();
const read = (path: string) => readFile(join(home, path), 'utf8');
const toml = 'repository/conf/deployment.toml';
const log = 'repository/logs/wso2carbon.log';

describe('the archive', () => {
  it('stays the same while its sources do, and another edition or size is another', async () => {
    const [one, two] = await Promise.all([buildPack(), buildPack()]);
    expect(two).toEqual(one);
    const padded = await buildPack({ padMegabytes: 1 });
    const edition = await buildPack({ edition: 'updated' });
    expect(new Set([one.sha256, padded.sha256, edition.sha256]).size).toBe(3);
    expect((await stat(padded.path)).size).toBeGreaterThan((await stat(one.path)).size + 1_000_000);
    expect((await stat(one.path)).size).toBeLessThan(3_000_000);
  });

  it('holds scripts that can be run, and the folders that wait to be filled', async () => {
    for (const name of ['wso2server.sh', 'profileSetup.sh'])
      expect((await stat(join(home, 'bin', name))).mode & 0o777).toBe(0o755);
    for (const path of ['repository/components/lib', 'repository/tenants', 'tmp'])
      expect(await list(path)).toEqual([]);
    expect(await list('dbscripts')).toEqual(['apimgt', 'mysql.sql', 'postgresql.sql']);
    expect(await read('bin/version.txt')).toContain('3.2.0');
  });
});

describe('profileSetup.sh', () => {
  it.each([
    ['api-key-manager', ['api#identity#consent-mgt#v1.0.war', 'keymanager-operations.war', 'oauth2.war'], []],
    [
      'api-publisher',
      ['api#am#publisher.war', 'client-registration#v0.17.war', 'internal#data#v1.war', 'oauth2.war'],
      ['admin', 'publisher'],
    ],
    ['api-devportal', ['api#am#store.war', 'api#identity#user#v1.0.war'], ['devportal']],
    ['traffic-manager', ['internal#data#v1.war'], []],
    ['gateway-worker', ['am#sample#pizzashack#v1.war', 'api#am#gateway.war'], []],
  ])(
    'leaves %s what it needs, and takes the template for its configuration',
    async (profile, apps, portals) => {
      const before = await read(toml);
      const { code, lines } = await optimize(`-Dprofile=${profile}`);
      expect([code, lines.at(-1)]).toEqual([0, 'Finished the optimizations']);
      expect(await list('repository/deployment/server/webapps')).toEqual(expect.arrayContaining(apps));
      expect(await list('repository/deployment/server/jaggeryapps')).toEqual(
        [...portals, 'lerna.json', 'package.json'].sort(),
      );
      expect(await read(toml)).toBe(
        await read(`repository/resources/conf/deployment-templates/${profile}.toml`),
      );
      expect(await read(`${toml}.backup`)).toBe(before);
    },
  );

  it('keeps nothing but internal#data on a traffic manager, and nothing but synapse.xml', async () => {
    await optimize('-Dprofile=traffic-manager');
    expect(await list('repository/deployment/server/webapps')).toEqual(['internal#data#v1.war']);
    const synapse = await readdir(join(home, 'repository/deployment/server/synapse-configs/default'), {
      recursive: true,
    });
    expect(synapse.filter((name) => name.endsWith('.xml'))).toEqual(['synapse.xml']);
  });

  it.each([[['--skipConfigOptimization', '-Dprofile=traffic-manager']], [['-Dprofile=api-store']], [[]]])(
    'exits with 0 for %j too, and does nothing',
    async (words) => {
      const { code, lines } = await optimize(...words);
      expect(code).toBe(0);
      expect(lines).toEqual(['Profile is not specified properly, please try again']);
      expect(existsSync(join(home, `${toml}.backup`))).toBe(false);
    },
  );

  it('loses the first configuration when it is run twice', async () => {
    const pristine = await read(toml);
    await optimize('-Dprofile=gateway-worker');
    await writeFile(join(home, toml), 'ours = true\n');
    expect((await optimize('-Dprofile=gateway-worker')).lines.at(-1)).toBe('Finished the optimizations');
    expect(await read(`${toml}.backup`)).toBe('ours = true\n');
    expect(await read(toml)).not.toBe(pristine);
  });

  it('leaves the configuration alone when it is told to', async () => {
    const before = await read(toml);
    await optimize('-Dprofile=gateway-worker', 'skipConfigOptimization');
    expect(await read(toml)).toBe(before);
  });
});

describe('wso2server.sh', () => {
  it.each([
    [{}, 'You must set the JAVA_HOME variable before running CARBON.'],
    [{ JAVA_HOME: '/nowhere' }, 'Error: JAVA_HOME is not defined correctly.'],
  ])('exits with 1 with the environment %j', async (environment, says) => {
    expect(await server(['start'], environment)).toEqual({ code: 1, lines: [says] });
  });

  it('complains of a Java that is too new, and goes on', async () => {
    const { code, lines } = await server(['-Dprofile=gateway-worker']);
    expect(lines).toEqual(['[ERROR] CARBON is supported only on JDK 1.7, 1.8, 9, 10 and 11']);
    expect(code).toBe(0);
    expect(await read(log)).toContain('The server cannot start');
  });

  it('start says nothing and succeeds, even if the server then refuses', async () => {
    expect(await server(['-Dprofile=gateway-worker', 'start'])).toEqual({ code: 0, lines: [''] });
    await until('the refusal', 20_000, async () =>
      existsSync(join(home, log)) && (await read(log)).includes('cannot start') ? true : undefined,
    );
  });

  it('leaves a pid file of 100 bytes behind: the pid, a newline, and NUL bytes', async () => {
    await server(['-Dprofile=gateway-worker']);
    expect(await read('wso2carbon.pid')).toMatch(/^\d+\n\0+$/);
    expect((await stat(join(home, 'wso2carbon.pid'))).size).toBe(100);
  });

  it('empties tmp before it starts', async () => {
    await mkdir(join(home, 'tmp/work'));
    await server(['-Dprofile=gateway-worker']);
    expect(await list('tmp')).toEqual([]);
  });

  it('starts the home that CARBON_HOME names, whoever is asked', async () => {
    const other = await unpack();
    await server(['-Dprofile=gateway-worker'], { JAVA_HOME: javaHome, CARBON_HOME: other });
    expect(existsSync(join(other, log))).toBe(true);
    expect(existsSync(join(home, log))).toBe(false);
  });

  it('--optimize puts the shipped configuration in the place of ours', async () => {
    await writeFile(join(home, toml), 'ours = true\n');
    await server(['--optimize', '-Dprofile=gateway-worker']);
    expect(await read(`${toml}.backup`)).toBe('ours = true\n');
  });
});
