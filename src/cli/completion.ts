import type { Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import type { CompletedCommand, CompletedOption } from './completion/model.ts';
import { zshCompletion } from './completion/zsh.ts';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** A script for a shell, which completes commands, options, what options may be, and files. Throws `UsageError`. */
export function completionFor(shell: string, program: Command): string {
  const found = Object.entries(shells).find(([name]) => name === shell);
  if (found === undefined)
    throw new UsageError(`there is no completion for ${shell}; there are: ${Object.keys(shells).join(', ')}`);
  return found[1](program.name(), commandsOf(program));
}

/** The command line as data: every command by its path, the program itself first. */
function commandsOf(command: Command, path: readonly string[] = []): CompletedCommand[] {
  const inner = command.commands.filter((each) => each.name() !== 'help');
  const own: CompletedCommand = {
    path: path.join(' '),
    commands: inner.map((each) => ({ name: each.name(), what: short(each.description()) })),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), help],
    arguments: command.registeredArguments.map((argument) => ({
      isFile: isFile(argument.name()),
      ...(argument.argChoices === undefined ? {} : { choices: argument.argChoices }),
      isMany: argument.variadic,
    })),
  };
  return [own, ...inner.flatMap((each) => commandsOf(each, [...path, each.name()]))];
}

const help: CompletedOption = { names: ['--help', '-h'], what: 'show help', takes: 'nothing' };

function optionOf(option: Option): CompletedOption {
  const names = [option.long, option.short].flatMap((name) => name ?? []);
  const what = short(option.description);
  if (option.argChoices !== undefined) return { names, what, takes: 'choice', choices: option.argChoices };
  if (!option.required) return { names, what, takes: 'nothing' };
  const [, argument = ''] = /<([^>]+)>/.exec(option.flags) ?? [];
  return { names, what, takes: isFile(argument) ? 'file' : 'value' };
}

function isFile(name: string): boolean {
  return ['file', 'folder', 'inventory', 'playbook'].includes(name);
}

/** Descriptions stand beside names, in one line. */
function short(text: string): string {
  const [first = ''] = text.split(/[;:,(]/);
  return first.trim();
}
