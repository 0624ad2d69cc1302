import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** The words that start the program from its sources: nothing has to be built. */
export const program: readonly string[] = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'src/cli/main.ts'),
];

/** How it is started. */
interface Surroundings {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What stands on its stdin; without it, nothing does. */
  readonly input?: string;
}

/** Starts the program as a pipeline would, without a terminal, and waits for its end. It knows nothing of who runs the tests. */
export function runProgram(
  words: readonly string[],
  { cwd = root, environment = {}, input = '' }: Surroundings = {},
): { code: number | null; stdout: string; stderr: string } {
  const [node = '', ...before] = program;
  const { status, stdout, stderr } = spawnSync(node, [...before, ...words], {
    cwd,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1', ...environment },
  });
  return { code: status, stdout, stderr };
}
