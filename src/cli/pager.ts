import { spawn } from 'node:child_process';
import { shellWords } from '../input/shell-words.ts';

/** Shows a content: on a terminal in a pager, if there is one, so that it does not stay on the screen. */
export async function page(content: Uint8Array, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const [program, ...words] = shellWords(environment.PAGER || 'less') ?? [];
  const shown =
    process.stdout.isTTY && program !== undefined && (await shownBy(program, words, content, environment));
  if (!shown) process.stdout.write(content);
}

/** False if there is no such pager. */
function shownBy(
  program: string,
  words: readonly string[],
  content: Uint8Array,
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const child = spawn(program, words, {
    env: { ...environment, LESS: environment.LESS ?? 'FRX' },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  // The pager is left before it has read all.
  child.stdin.on('error', () => undefined);
  child.stdin.end(content);
  // Ctrl-C is for the pager.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code !== 127));
  }).finally(() => process.off('SIGINT', ignore));
}
