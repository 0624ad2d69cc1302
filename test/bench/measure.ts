import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of the tool cost. */
export interface Cost {
  /** From its start to its end. */
  readonly seconds: number;
  /** Of its own process, user and system together. */
  readonly cpuSeconds: number;
  /** The most memory that it held. */
  readonly megabytes: number;
}

/** A program tells what it used itself, at its very end: nobody else knows its peak. */
const teller = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.BENCH_USAGE, JSON.stringify(process.resourceUsage())));",
)}`;

/** Runs a program to its end. Codes 0 and 2 (a plan with changes) are fine, every other one is an error. */
export function run(program: string, ...words: readonly string[]): Promise<void> {
  return runWith({}, program, ...words);
}

function runWith(
  environment: Readonly<Record<string, string>>,
  program: string,
  ...words: readonly string[]
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let said = '';
    const keep = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-1_500);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 || code === 2) resolve();
      else reject(new Error(`${program} ${words.join(' ')} exited with ${code}\n${said}`));
    });
  });
}

/** Seconds that some work takes. */
export async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** The middle one of several times. */
export async function median(times: number, work: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let index = 0; index < times; index += 1) all.push(await seconds(work));
  return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

/** Runs the tool as it was built. */
export function tool(...words: readonly string[]): Promise<void> {
  return run(process.execPath, 'dist/cli/main.js', ...words, '--output', 'json');
}

/** Runs the tool with its events as data, and tells what it cost. */
export function costOf(...words: readonly string[]): Promise<Cost> {
  return plainCostOf(...words, '--output', 'json');
}

/** Runs the tool with just these words, and tells what it cost. */
export async function plainCostOf(...words: readonly string[]): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const usage = join(folder, 'usage');
  try {
    const took = await seconds(() =>
      runWith({ BENCH_USAGE: usage }, process.execPath, '--import', teller, 'dist/cli/main.js', ...words),
    );
    const used = JSON.parse(await readFile(usage, 'utf8')) as NodeJS.ResourceUsage;
    return {
      seconds: took,
      cpuSeconds: (used.userCPUTime + used.systemCPUTime) / 1e6,
      megabytes: used.maxRSS / 1024,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
