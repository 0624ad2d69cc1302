import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The main job, before your eyes: hosts up, deploy, deploy again, status. Leaves the lab up. */

const root = resolve(import.meta.dirname, '../..');
const inventory = '.lab/inventory.yaml';

function say(text: string): void {
  process.stdout.write(`\n\u2500\u2500 ${text}\n\n`);
}

function command(program: string, ...words: string[]): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program, words, { cwd: root, stdio: 'inherit' });
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 1));
  });
}

async function must(what: string, program: string, ...words: string[]): Promise<void> {
  say(what);
  const code = await command(program, ...words);
  if (code === 0) return;
  process.stderr.write(`\nthe demo ends here: ${what} exited with ${code}\n`);
  process.exit(1);
}

const tool = (...words: string[]) => [process.execPath, 'dist/cli/main.js', ...words] as const;

await must(
  'npm run lab -- up five        (real SSH hosts on this machine)',
  'npm',
  'run',
  '--silent',
  'lab',
  '--',
  'up',
  'five',
);
await must(`apim-orchestrate deploy ${inventory}`, ...tool('deploy', inventory, '--yes', '--no-diff'));
await must(
  `apim-orchestrate deploy ${inventory}        (again: nothing to do)`,
  ...tool('deploy', inventory, '--yes'),
);
await must(`apim-orchestrate status ${inventory}`, ...tool('status', inventory));
say('what to type next');
process.stdout.write(
  [
    `  node_modules/.bin/apim-orchestrate plan ${inventory}                      what a deploy would do`,
    `  node_modules/.bin/apim-orchestrate exec ${inventory} all -- uptime         one command everywhere`,
    `  node_modules/.bin/apim-orchestrate render ${inventory} --out /tmp/config   every deployment.toml`,
    `  npm run lab -- ssh gw                                          onto a host`,
    `  edit ${inventory}, then plan and deploy again`,
    `  npm run lab -- down                                            remove it all`,
    '',
  ].join('\n'),
);
