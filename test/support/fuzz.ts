import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';

/** So often a property is tried in the soak; without it a bounded number of times, always with the same values. */
const wanted = Number(process.env.FUZZ_RUNS ?? 0);
/** The seed that a failure names makes the same cases again. */
const again = process.env.FUZZ_SEED;

/** How often a property is tried, and with which values. */
export function tries(
  bounded: number,
  seed = 20_261_127,
): { readonly numRuns: number; readonly seed: number } {
  if (wanted <= 0) return { numRuns: bounded, seed };
  return { numRuns: wanted, seed: again === undefined ? Date.now() % 2 ** 31 : Number(again) };
}

/** Values for a referee that is asked about many at once. What they were made from is told if one of them is wrong. */
export function samples<Value>(
  values: fc.Arbitrary<Value>,
  bounded: number,
): { readonly all: Value[]; readonly from: string } {
  const { numRuns, seed } = tries(bounded);
  return { all: fc.sample(values, { numRuns, seed }), from: `seed ${seed}` };
}

/** The shortest of what is wrong: it is easiest to understand. */
export function shortest<Wrong>(wrong: readonly Wrong[]): Wrong[] {
  return wrong
    .map((each) => ({ each, length: JSON.stringify(each).length }))
    .sort((one, other) => one.length - other.length)
    .slice(0, 3)
    .map(({ each }) => each);
}

const batchSize = 500;

/** Asks a referee in Python (`test/support/referees.py`) about all of them, some hundred at a time. */
export function ask<Question, Answer>(
  what: 'toml' | 'vault' | 'inventories' | 'config',
  questions: readonly Question[],
  more: NodeJS.ProcessEnv = {},
): Answer[] {
  const script = resolve(import.meta.dirname, 'referees.py');
  const answers: Answer[] = [];
  for (let at = 0; at < questions.length; at += batchSize) {
    const text = execFileSync('/usr/bin/python3', ['-W', 'ignore', script, what], {
      input: JSON.stringify(questions.slice(at, at + batchSize)),
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      // Warnings of the referee.
      stdio: ['pipe', 'pipe', 'ignore'],
      // Only what is installed decides, nobody's own settings.
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ANSIBLE_CONFIG: '/dev/null/none.cfg', ...more },
    });
    answers.push(...(JSON.parse(text) as Answer[]));
  }
  return answers;
}
