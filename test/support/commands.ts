import type { Command } from 'commander';
import { commandLine } from '../../src/cli/args.ts';

/** The command line, and every command of it by what is typed for it. */
export function allCommands(): {
  readonly program: Command;
  readonly commands: ReadonlyMap<string, Command>;
} {
  const program = commandLine('0.0.0', () => undefined);
  const commands = new Map<string, Command>();
  const add = (command: Command, path: readonly string[]) => {
    commands.set(path.join(' '), command);
    for (const each of command.commands) add(each, [...path, each.name()]);
  };
  add(program, []);
  return { program, commands };
}
