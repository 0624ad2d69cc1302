import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

const example = join(root, 'inventory.example.yaml');

/** What the example takes from the environment. */
const passwords = Object.fromEntries(
  [...readFileSync(example, 'utf8').matchAll(/env:(\w+)/g)].map(([, name = '']) => [name, `fake-${name}`]),
);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'startup-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a run of the tool loads: files of ours, and the packages that it depends on. V8 itself tells. */
function loadedBy(...words: readonly string[]): { ours: string[]; packages: string[]; said: string } {
  const told = mkdtempSync(join(folder, 'told-'));
  const said = execFileSync(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { ...passwords, PATH: process.env.PATH, NODE_V8_COVERAGE: told },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const files = readdirSync(told)
    .flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(told, name), 'utf8')) as {
        readonly result: readonly { readonly url: string }[];
      };
      return result.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []));
    })
    .map((file) => relative(root, file));
  return {
    ours: files.filter((file) => file.startsWith('src/')).sort(),
    packages: Object.keys(dependencies).filter((name) =>
      files.some((file) => file.startsWith(`node_modules/${name}/`)),
    ),
    said,
  };
}

describe('what is loaded', () => {
  it.each(['--version', '--help', 'deploy --help', 'pki recover --help'])(
    'by %s is the command line, and no command',
    (words) => {
      const { ours, packages } = loadedBy(...words.split(' '));
      expect(ours).toEqual([
        'src/cli/args.ts',
        'src/cli/examples.ts',
        'src/cli/exit-codes.ts',
        'src/cli/inventory-args.ts',
        'src/cli/keep-args.ts',
        'src/cli/look-args.ts',
        'src/cli/lost-output.ts',
        'src/cli/main.ts',
        'src/cli/options.ts',
        'src/cli/run-args.ts',
        'src/cli/told-as-json.ts',
        'src/cli/vault-args.ts',
        'src/connection/forks.ts',
        'src/errors.ts',
        'src/input/batch.ts',
        'src/input/duration.ts',
        'src/secret.ts',
      ]);
      expect(packages).toEqual(['commander']);
    },
  );

  it('by --help is enough to tell of every command', () => {
    const { said } = loadedBy('--help');
    const commands = [...said.matchAll(/^ {2}(\w+) .*[<[]/gm)].map(([, name]) => name);
    expect(commands).toEqual([
      ...[
        'deploy',
        'plan',
        'start',
        'stop',
        'restart',
        'run',
        'drain',
        'undrain',
        'exec',
        'status',
        'audit',
        'certs',
        'doctor',
        'logs',
        'runs',
        'report',
        'backup',
        'restore',
        'init',
        'validate',
        'inventory',
        'render',
        'completion',
      ],
      'help',
    ]);
  });

  it('by validate is nothing that connects, asks a database or draws', () => {
    const { packages } = loadedBy('validate', example);
    expect(packages).toEqual(['commander', 'p-limit', 'yaml', 'zod']);
  });

  it('by render is nothing that connects, asks a database or draws', () => {
    const { packages } = loadedBy('render', example, '--out', join(folder, 'out'));
    expect(packages).toEqual(['commander', 'p-limit', 'yaml', 'zod']);
  });

  it('by a dry run is nothing that its steps do not need: neither SSH nor a database, and no live view', () => {
    const hosts = join(folder, 'hosts.yaml');
    const playbook = join(folder, 'playbook.yaml');
    writeFileSync(hosts, 'all: { hosts: { here: { ansible_connection: local } } }\n');
    writeFileSync(
      playbook,
      'name: One command\nplays: [{ name: A, hosts: here, steps: [{ run-command: { command: "false", unless: "true" } }] }]\n',
    );
    const { packages } = loadedBy('run', playbook, hosts, '--dry-run');
    expect(packages).toEqual(['commander', 'p-limit', 'picocolors', 'yaml', 'zod']);
  });
});
