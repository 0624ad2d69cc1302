import { spawn } from 'node:child_process';

/** How a program ended; the output is text. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is given, and for how long it may run. */
export interface RunOptions {
  /** Written to its stdin, which is then closed. */
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a program to its end; rejects when it cannot be started or outlives `timeoutMs` (one minute when not given). */
export function runProcess(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input = '', environment = {}, timeoutMs = 60_000 } = options;
  const [program = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    // A process group of its own, so that at the deadline its children end with it.
    const child = spawn(program, rest, { detached: true, env: { ...process.env, ...environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const deadline = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Error(`${argv.join(' ')}: no end after ${timeoutMs} ms\n${text(stderr)}`));
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that does not read its stdin is no error here.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(deadline);
      resolve({ code: code ?? 128, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

/** Runs a program on this terminal and gives its exit code. */
export function runHere(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const [program = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...environment } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
