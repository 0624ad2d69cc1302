import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { layOut } from './layout.ts';

const run = promisify(execFile);
const here = import.meta.dirname;
const cache = resolve(here, '../../node_modules/.cache/standin');

/** What an archive is to be like. */
export interface PackOptions {
  /** So many megabytes that no compression makes smaller. */
  readonly padMegabytes?: number;
  /** Another word in it, so that its checksum differs: an updated pack. */
  readonly edition?: string;
}

/** An archive that was built: where it is, and its SHA-256 in hex. */
export interface Pack {
  readonly path: string;
  readonly sha256: string;
}

/** Builds the stand-in for `wso2am-3.2.0.zip`, or finds it built. The same sources give the same archive here. */
export async function buildPack(options: PackOptions = {}): Promise<Pack> {
  const folder = join(cache, await keyOf(options));
  const path = join(folder, 'wso2am-3.2.0.zip');
  const sum = join(folder, 'sha256');
  if (!existsSync(folder)) {
    const beside = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}`;
    try {
      await build(beside, options);
      // Whoever is first has built it; a second one built the same for nothing.
      await rename(beside, folder).catch(async (error: NodeJS.ErrnoException) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  }
  return { path, sha256: (await readFile(sum, 'utf8')).trim() };
}

async function build(folder: string, options: PackOptions): Promise<void> {
  const root = join(folder, 'tree', 'wso2am-3.2.0');
  await layOut(root, options.edition ?? '');
  await compile(folder, join(root, 'bin/bootstrap.jar'));
  for (const script of ['wso2server.sh', 'profileSetup.sh']) await chmod(join(root, 'bin', script), 0o755);
  if (options.padMegabytes !== undefined) {
    const pad = join(root, 'repository/components/plugins');
    for (let part = 0; part < options.padMegabytes; part += 10)
      await writeFile(
        join(pad, `padding-${part}.jar`),
        randomBytes(Math.min(10, options.padMegabytes - part) * 1_000_000),
      );
  }
  const path = join(folder, 'wso2am-3.2.0.zip');
  await run('zip', ['-q', '-r', '-1', path, 'wso2am-3.2.0'], { cwd: join(folder, 'tree') });
  await writeFile(
    join(folder, 'sha256'),
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  );
  await rm(join(folder, 'tree'), { recursive: true });
}

async function compile(folder: string, jar: string): Promise<void> {
  const packageFolder = join(here, 'java/org/wso2/carbon/bootstrap');
  const classes = join(folder, 'classes');
  await mkdir(classes, { recursive: true });
  const files = (await readdir(packageFolder)).map((name) => join(packageFolder, name));
  await run('javac', ['--release', '8', '-Xlint:-options', '-d', classes, ...files]);
  await run('jar', ['cf', jar, '-C', classes, '.']);
  await rm(classes, { recursive: true });
}

/** All that the archive is made of; the tests beside it are not. */
const sources = [
  'bin',
  'dbscripts',
  'java',
  'profiles.txt',
  'build.ts',
  'layout.ts',
  'stores.ts',
  'analytics.pem',
];

async function keyOf(options: PackOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(options));
  const names = await readdir(here, { recursive: true, withFileTypes: true });
  for (const name of names
    .filter((each) => each.isFile())
    .map((each) => relative(here, join(each.parentPath, each.name)))
    .filter((each) => sources.includes(each.split('/')[0] ?? ''))
    .sort())
    hash.update(name).update(await readFile(join(here, name)));
  return hash.digest('hex').slice(0, 16);
}
