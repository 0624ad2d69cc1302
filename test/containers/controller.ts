import { copyFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { runProcess } from '../lab/process.ts';
import type { Composed } from './compose.ts';

const root = resolve(import.meta.dirname, '../..');
const image = 'apim-orchestrate-test-controller';

/** A machine of its own that the package is installed on, from `npm pack`. */
export interface Controller {
  /** Runs `apim-orchestrate` there; any exit code resolves. */
  run(
    ...words: string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

/**
 * Packs the checkout, installs the package into an image of bare Debian with this machine's node, and gives a way to run it
 * beside the hosts. `folders` are seen there at the paths that they have here.
 */
export async function makeController(
  composed: Composed,
  environment: Readonly<Record<string, string>>,
  folders: readonly string[],
): Promise<Controller> {
  const context = await mkdtemp('/var/tmp/apim-controller-');
  try {
    // What prepare does has been done, and would write into a checkout that others look at.
    const packed = await runProcess(
      ['npm', 'pack', '--ignore-scripts', '--pack-destination', context, root],
      { timeoutMs: 120_000 },
    );
    if (packed.code !== 0) throw new Error(`npm pack: ${packed.stderr}`);
    const [tarball] = (await readdir(context)).filter((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`npm pack made no package: ${packed.stdout}`);
    await copyFile(join(context, tarball), join(context, 'package.tgz'));
    await copyFile(process.execPath, join(context, 'node'));
    await cp(await npmFolder(), join(context, 'npm'), { recursive: true });
    await copyFile('/etc/ssl/certs/ca-certificates.crt', join(context, 'ca.crt'));
    const file = join(root, 'test/lab/compose/controller.Dockerfile');
    await composed.docker('build', '--network', 'host', '--tag', image, '--file', file, context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  const seen = folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]);
  return {
    run: (...words) =>
      runProcess(
        [
          'docker',
          'run',
          '--rm',
          '--network',
          composed.network,
          ...seen,
          image,
          'apim-orchestrate',
          ...words,
        ],
        { environment, timeoutMs: 300_000 },
      ),
  };
}

/** Where npm itself lies, beside the node that runs this. */
async function npmFolder(): Promise<string> {
  const { code, stdout, stderr } = await runProcess(['npm', 'root', '--global']);
  if (code !== 0) throw new Error(`npm root: ${stderr}`);
  return join(dirname(stdout.trim()), 'node_modules/npm');
}
