import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples } from '../../src/cli/examples.ts';
import { shellWords } from '../../src/input/shell-words.ts';
import { allCommands } from '../support/commands.ts';
import { runProgram } from '../support/program.ts';

const { commands } = allCommands();
/** Those that do something, with what they are for. */
const doing = [...commands].filter(([name, command]) => name !== '' && command.commands.length === 0);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'commands-'));
  writeFileSync(join(folder, 'wrong.yaml'), 'all: { hosts: { gw: { ansible_port: none } } }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The help of a command as people see it. */
function helpOf(name: string): string {
  const texts: string[] = [];
  const command = commands.get(name);
  command?.configureOutput({ writeOut: (chunk) => void texts.push(chunk) });
  command?.outputHelp();
  return texts.join('');
}

/** Which command a line starts, as the command line reads it. Nothing is run. */
async function startedBy(line: string): Promise<string> {
  const read = allCommands();
  let started = '';
  for (const [name, command] of read.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0 || name === 'runs')
      command.action(() => {
        started = name;
      });
  }
  await read.program.parseAsync(shellWords(line.replace(/ > .*/, '')) ?? [], { from: 'user' });
  return started;
}

describe('every command', () => {
  it.each([...commands.keys()])('has an example in its help: %s', (name) => {
    expect(helpOf(name)).toMatch(/\nExamples?:\n( .*apim-orchestrate .*\n)+/);
  });

  it.each(Object.entries(examples).flatMap(([name, all]) => all.map(([line]) => [name, line] as const)))(
    'of those of %s is understood: %s',
    async (name, line) => {
      const started = await startedBy(line);
      // A command that has others shows them.
      if (commands.get(name)?.commands.length === 0 || name === 'runs')
        expect(line.startsWith(name)).toBe(true);
      expect(line.startsWith(started) && started !== '').toBe(true);
    },
  );

  it.each(doing.map(([name, command]) => [name, command] as const))(
    'is told in a line that its input is wrong, and ends with 64: %s',
    (name, command) => {
      const given = command.registeredArguments.filter(({ required }) => required);
      const words = given.map((argument) => (argument.name() === 'inventory' ? 'wrong.yaml' : 'none.yaml'));
      const needed = command.options
        .filter(({ mandatory }) => mandatory)
        .flatMap(({ long }) => [long ?? '', 'out']);
      const json = command.options.some(({ argChoices }) => argChoices?.includes('json') === true);
      const asked = [...needed, ...(json ? ['--output', 'json'] : [])];
      const { code, stdout, stderr } = runProgram([...name.split(' '), ...words, ...asked], { cwd: folder });
      expect(code).toBe(64);
      expect(stderr).not.toMatch(/fault|\n {4}at /);
      // It says that itself, as what it found.
      if (name === 'validate') expect(JSON.parse(stdout)).toMatchObject([{ severity: 'error' }]);
      else {
        expect(stderr).toMatch(/^[^\n]+\n/);
        if (json)
          expect(JSON.parse(stdout.split('\n').at(-2) ?? '')).toMatchObject({ type: 'failed', exitCode: 64 });
      }
    },
    30_000,
  );
});

it('whoever names the inventory by -i alone is told how it is named', () => {
  const { code, stderr } = runProgram(['plan', '-i', 'wrong.yaml'], { cwd: folder });
  expect(code).toBe(64);
  expect(stderr).toContain("missing required argument 'inventory': it is named without a letter before it");
});
