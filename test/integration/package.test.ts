import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runProcess } from '../lab/process.ts';

const root = resolve(import.meta.dirname, '../..');

let folder: string;
/** Another folder than any that the package comes from or lies in. */
let elsewhere: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a program in the other folder, to its end. */
function run(...argv: readonly string[]): Promise<Outcome> {
  return runProcess(['env', '--chdir', elsewhere, ...argv], { timeoutMs: 110_000 });
}

async function succeed(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')} exited with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** What makes the package, in a folder of its own: packing builds, and what was built here may be in use. */
async function copyCheckout(): Promise<string> {
  const checkout = join(folder, 'checkout');
  const parts = ['src', 'scripts', 'docs', 'playbooks'];
  const files = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isFile());
  for (const name of [...parts, ...files.map((entry) => entry.name)])
    await cp(join(root, name), join(checkout, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  return checkout;
}

/** A file that was built, and all that it loads, by the texts of both. */
async function allLoaded(file: string, known = new Set<string>()): Promise<ReadonlySet<string>> {
  known.add(file);
  const text = await readFile(file, 'utf8');
  for (const [, name = ''] of text.matchAll(/(?:\bfrom |^import |\bimport\()"(\.[^"]+)"/gm))
    if (!known.has(join(file, '..', name))) await allLoaded(join(file, '..', name), known);
  return known;
}

/** The files of `src` that a file was made of. */
async function sourcesOf(file: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(`${file}.map`, 'utf8')) as {
    readonly sources: readonly string[];
  };
  return sources.map((name) => name.replace(/^(?:\.\.\/)+/, ''));
}

/** What the command loads: of `src`, and of other packages. V8 itself tells. */
async function loadedBy(...argv: readonly string[]): Promise<{ sources: string[]; packages: string[] }> {
  const told = await mkdtemp(join(folder, 'told-'));
  await succeed('env', `NODE_V8_COVERAGE=${told}`, ...argv);
  const texts = (await readdir(told)).map((name) => readFile(join(told, name), 'utf8'));
  const files = (await Promise.all(texts)).flatMap((text) => {
    const { result } = JSON.parse(text) as { readonly result: readonly { readonly url: string }[] };
    return result.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []));
  });
  const ours = files.filter((file) => file.includes('/apim-orchestrate/dist/'));
  const packages = files.flatMap(
    (file) => /.*\/node_modules\/([^/]+)\/(?!dist\/cli\/)/.exec(file)?.[1] ?? [],
  );
  return { sources: (await Promise.all(ours.map(sourcesOf))).flat(), packages: [...new Set(packages)] };
}

describe('the package of a checkout', () => {
  const installed = () => join(folder, 'prefix/lib/node_modules/apim-orchestrate');
  const command = () => join(folder, 'prefix/bin/apim-orchestrate');

  beforeAll(async () => {
    const checkout = await copyCheckout();
    // Of a file that has another name by now.
    await mkdir(join(checkout, 'dist/before'), { recursive: true });
    await writeFile(join(checkout, 'dist/before/old.js'), '');
    await succeed('npm', 'pack', '--silent', '--pack-destination', folder, checkout);
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    // Scripts only compile what makes ssh2 quicker.
    const quickly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    await succeed(
      ...['npm', 'install', '--global', '--prefix', join(folder, 'prefix'), ...quickly],
      join(folder, tarball),
    );
  });

  it('holds what the command loads at once or later, with the places in its sources, and nothing that was built before', async () => {
    const loaded = await allLoaded(join(installed(), 'dist/cli/main.js'));
    const built = (await readdir(join(installed(), 'dist'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(built.sort()).toEqual([...loaded].flatMap((file) => [file, `${file}.map`]).sort());
  });

  it('brings playbooks, pages and the example, and no test', async () => {
    expect((await readdir(installed())).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'inventory.example.yaml',
      'node_modules',
      'package.json',
      'playbooks',
    ]);
  });

  it('puts a command into place that tells its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await succeed(command(), '--version')).toBe(`${version}\n`);
  });

  it('loads no more than the command line to tell of itself', async () => {
    const { sources, packages } = await loadedBy(command(), '--help');
    expect(sources).toContain('src/cli/main.ts');
    expect(
      sources.filter((name) => /^src\/(?:apim|certificates|display|engine|pki|shell|steps)\//.test(name)),
    ).toEqual([]);
    expect(packages).toEqual(['commander']);
  });

  it('finds its example sound, but for the files that the example says to put beside it', async () => {
    const example = join(installed(), 'inventory.example.yaml');
    const text = await readFile(example, 'utf8');
    const passwords = [...text.matchAll(/env:(\w+)/g)].map(([, name]) => `${name}=obviously-fake`);
    const { code, stdout, stderr } = await run('env', ...passwords, command(), 'validate', example);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\b0 errors\b/);
    expect(code).toBe(0);
  });

  it('has all that it needs to run a playbook, and to enter a server', async () => {
    const [hosts, playbook] = [join(elsewhere, 'hosts.yaml'), join(elsewhere, 'playbook.yaml')];
    await writeFile(
      hosts,
      'all: { hosts: { here: { ansible_connection: local }, there: { ansible_host: 127.0.0.1, ansible_port: 1 } } }\n',
    );
    await writeFile(
      playbook,
      `name: One file\nplays: [{ name: A, hosts: here, steps: [{ run-command: { command: "touch ${elsewhere}/made", unless: "test -e ${elsewhere}/made" } }] }]\n`,
    );
    await succeed(command(), 'run', playbook, hosts);
    expect(await readdir(elsewhere)).toContain('made');
    const { code, stdout } = await run(command(), 'exec', hosts, 'there', '--', 'true');
    expect(stdout).toMatch(/^there \| .*connection refused$/m);
    expect(code).toBe(1);
  });
});
