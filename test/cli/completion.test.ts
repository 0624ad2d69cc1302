import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionFor } from '../../src/cli/completion.ts';
import { allCommands } from '../support/commands.ts';

/** What real shells complete, by the scripts that the tool prints. */

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  mkdirSync(join(folder, 'work'));
  for (const name of ['inventory.yaml', 'own play.yaml']) writeFileSync(join(folder, 'work', name), '');
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(folder, shell), completionFor(shell, allCommands().program));
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(shell: string, words: readonly string[]): string {
  return execFileSync(shell, words, {
    cwd: join(folder, 'work'),
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
    timeout: 20_000,
  });
}

const shells: Readonly<Record<string, (typed: string) => string[]>> = {
  bash(typed) {
    const words = typed.split(/ |(=)/).filter((word) => word !== undefined);
    const asked = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
    const script = `. ../bash; ${asked}; _apim_orchestrate; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return start('bash', ['--norc', '-c', script]).trimEnd().split('\n');
  },
  fish(typed) {
    const script = `source ../fish; complete -C '${typed}'`;
    return start('fish', ['--no-config', '-c', script])
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '');
  },
  zsh(typed) {
    // What would be offered is caught where it is handed to zsh.
    const script = `
      autoload -Uz compinit && compinit -u -d ../dump
      source ../zsh
      compdef() { }
      compset() { [[ $1 == -P ]] && PREFIX=\${words[CURRENT]#*=} }
      compadd() { local -a found; found=("\${@[-1]}"); [[ $1 == -a ]] && found=(\${(P)2}); [[ $1 == -- ]] && found=(\${@[2,-1]}); print -rl -- $found }
      _describe() { local -a found; found=(\${(P)\${@[-1]}}); print -rl -- \${found%%:*} }
      _files() { print -rl -- * }
      _message() { }
      words=(${typed
        .split(' ')
        .map((word) => `'${word}'`)
        .join(' ')}); CURRENT=$#words
      PREFIX=$words[CURRENT]
      _apim_orchestrate | while read -r line; do [[ $line == \${PREFIX}* ]] && print -r -- $line; done; true`;
    return start('zsh', ['-f', '-c', script]).trimEnd().split('\n');
  },
};

/** Whether a shell is here: `npm test` installs all of them. */
const isHere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe.each(Object.entries(shells).filter(([shell]) => isHere(shell)))('%s', (_name, complete) => {
  const offers = (typed: string) => complete(`apim-orchestrate ${typed}`).sort();

  it('completes commands, and those of commands', () => {
    expect(offers('de')).toEqual(['deploy']);
    expect(offers('re')).toEqual(['render', 'report', 'restart', 'restore']);
    expect(offers('lock ')).toEqual(['release', 'status']);
    expect(offers('pki re')).toEqual(['recover']);
  }, 30_000);

  it('completes the options of a command, wherever it stands', () => {
    expect(offers('deploy --li')).toEqual(['--limit', '--list-hosts', '--list-steps']);
    expect(offers('lock release inventory.yaml --y')).toEqual(['--yes']);
    expect(offers('exec --ti')).toEqual(['--timeout']);
  }, 30_000);

  it('completes what options may be', () => {
    expect(offers('deploy inventory.yaml --output j')).toEqual(['json', 'junit']);
    expect(offers('status --output ')).toEqual(['json', 'junit', 'text']);
    expect(offers('completion ')).toEqual(['bash', 'fish', 'zsh']);
  }, 30_000);

  it('completes files where files are wanted, and nothing where nobody can know', () => {
    expect(offers('deploy inv')).toEqual(['inventory.yaml']);
    expect(offers('validate inventory.yaml inv')).toEqual(['inventory.yaml']);
    expect(offers('deploy --vault-password-file inv')).toEqual(['inventory.yaml']);
    expect(offers('deploy --limit inv')).toEqual(['']);
    expect(offers('exec inventory.yaml inv')).toEqual(['']);
  }, 30_000);

  it('does not take the value of an option for a command', () => {
    expect(offers('--limit stop de')).not.toEqual([]);
    expect(offers('deploy --limit stop inv')).toEqual(['inventory.yaml']);
  }, 30_000);
});

it('bash takes --output=json as well', () => {
  expect(shells.bash?.('apim-orchestrate deploy --output=j')).toEqual(['json', 'junit']);
  expect(start('bash', ['--norc', '-c', '. ../bash; complete -p apim-orchestrate'])).toBe(
    'complete -o filenames -F _apim_orchestrate apim-orchestrate\n',
  );
});

it('a completion that nobody has is refused', () => {
  expect(() => completionFor('csh', allCommands().program)).toThrow(
    'there is no completion for csh; there are: bash, zsh, fish',
  );
});
