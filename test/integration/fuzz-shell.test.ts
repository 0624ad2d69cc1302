import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/input/shell-words.ts';
import { and, group, or, pipe, script, sequence, sh } from '../../src/shell/command.ts';
import { samples, shortest } from '../support/fuzz.ts';

const shells: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  bash: ['bash'],
  'bash as sh': ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
};

/** Whatever people write, and what shells make something of. */
const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...`'"\\$\`!*?[]{}()<>|&;#~=%^ \t\n\r-ab1`), maxLength: 12 }),
    fc.constantFrom(
      '',
      '-n',
      '--',
      '-e',
      '$HOME',
      '$(id)',
      '`id`',
      '~',
      '!!',
      '*',
      "'",
      '\\',
      '\n',
      'a\n\nb\n',
      '\u0001\u007f',
    ),
  )
  .map((text) => text.replaceAll('\0', ''));

function outputOf(words: readonly string[], text: string): string {
  const [program = '', ...rest] = words;
  const { stdout, stderr, status } = spawnSync(program, rest, {
    input: text,
    maxBuffer: 1 << 30,
    env: { PATH: process.env.PATH, HOME: '/nowhere', LC_ALL: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(`${program} exited with ${status}: ${stderr.toString().slice(0, 500)}`);
  return stdout.toString();
}

const batch = 200;

/** Each batch of values becomes one script; what each of them prints is compared. */
function wrongIn<Value>(
  shell: readonly string[],
  values: readonly Value[],
  commandOf: (value: Value) => string,
  wantedOf: (value: Value) => string,
): unknown[] {
  const wrong: unknown[] = [];
  for (let at = 0; at < values.length; at += batch) {
    const part = values.slice(at, at + batch);
    const text = part.map((value) => `${commandOf(value)}\nprintf '\\0:end:\\0'\n`).join('');
    const printed = outputOf(shell, text).split('\0:end:\0').slice(0, -1);
    part.forEach((value, index) => {
      if (printed[index] !== wantedOf(value)) wrong.push({ value, printed: printed[index] });
    });
  }
  return wrong;
}

const nul = (words: readonly string[]) => words.map((each) => `${each}\0`).join('');

describe.each(Object.entries(shells))('in %s', (_name, shell) => {
  it('words come back as they were, one by one and in lists', () => {
    const { all, from } = samples(fc.array(word, { minLength: 1, maxLength: 6 }), 600);
    const wrong = wrongIn(shell, all, (words) => sh`printf '%s\\0' ${words}`.text, nul);
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });

  it('commands within commands come back as they were', () => {
    const { all, from } = samples(fc.array(word, { minLength: 1, maxLength: 3 }), 200);
    const wrong = wrongIn(
      shell,
      all,
      (words) => sh`sh -c ${sh`sh -c ${sh`printf '%s\\0' ${words}`}`}`.text,
      nul,
    );
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });

  it('joined commands print what each of them prints', () => {
    const two = fc.tuple(word, word);
    const { all, from } = samples(two, 300);
    const wrong = wrongIn(
      shell,
      all,
      ([one, other]) => {
        const [first, second] = [sh`printf '%s\\0' ${one}`, sh`printf '%s\\0' ${other}`];
        const passed = pipe(sequence(and(first, second), or(sh`false`, second)), sh`cat`);
        return script('if true; then', group(passed), 'fi').text;
      },
      ([one, other]) => nul([one, other, other]),
    );
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });

  it('what we split into words is split so there', () => {
    const text = fc.string({ unit: fc.constantFrom(...`'"\\ \tab1-=:/.,@%+`), maxLength: 16 });
    const { all, from } = samples(text, 600);
    const whole = all.filter((each) => shellWords(each) !== undefined);
    expect(whole.length).toBeGreaterThan(all.length / 5);
    const wrong = wrongIn(
      shell,
      whole,
      (each) => `set -- ${each}\nfor w do printf '%s\\0' "$w"; done`,
      (each) => nul(shellWords(each) ?? []),
    );
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });
});
