import { Command } from 'commander';
import { addExamples } from './examples.ts';
import { inventoryCommands } from './inventory-args.ts';
import { keepCommands } from './keep-args.ts';
import { lookCommands } from './look-args.ts';
import { runCommands } from './run-args.ts';

/**
 * The command line. `finish` gets the exit code of whatever was asked for. What a command needs is imported when it is
 * asked for: nobody waits for SSH and the product to read a help text.
 */
export function commandLine(version: string, finish: (code: number) => void): Command {
  const program = new Command('apim-orchestrate')
    .description('Deploys WSO2 API Manager in a distributed setup over SSH, and keeps it running.')
    .version(version)
    .showHelpAfterError('(--help shows what there is)')
    .configureOutput({ outputError: (text, write) => write(withWayOut(text)) })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, nothing left to do · 1 failed · 2 plan: there are changes;\n' +
        '            certs --within: something ends · 64 wrong input · 74 what it prints cannot be written ·\n' +
        '            75 another run holds the lock · 130 interrupted · 141 nobody reads what it prints',
    );

  runCommands(program, finish);
  lookCommands(program, finish, version);
  keepCommands(program, finish, version);
  inventoryCommands(program, finish);
  addExamples(program);
  return program;
}

/** Whoever comes from Ansible names the inventory by `-i` alone. */
function withWayOut(text: string): string {
  return text.replace(
    /missing required argument 'inventory'/,
    '$&: it is named without a letter before it, such as plan inventory.yaml; -i adds further ones',
  );
}
