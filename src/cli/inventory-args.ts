import { Argument, type Command } from 'commander';
import type { ReportKind } from '../display/report.ts';
import type { InitOptions } from './init.ts';
import { common, readingOptions, reportForm } from './options.ts';
import type { CommonOptions } from './session.ts';
import type { ShowInventoryOptions } from './show-inventory.ts';
import { vaultCommands } from './vault-args.ts';

/** Commands for what people write. */
export function inventoryCommands(program: Command, finish: (code: number) => void): void {
  program.commandsGroup('Inventories and playbooks:');

  const init = program
    .command('init')
    .description('ask a few questions, and write an inventory with comments')
    .argument('[file]', 'inventory file', 'inventory.yaml')
    .option('--topology <kind>', 'one, five, or pairs: of servers')
    .option('--balancer <program>', 'of pairs: nginx, haproxy or external')
    .option('--hosts <names>', 'names or addresses of the servers, with commas between them')
    .option('--shared <source>', 'of pairs: the file system that they share, as server:/folder')
    .option('--domain <name>', 'the domain of names that have none yet')
    .option('--user <name>', 'who enters the servers by ssh')
    .option('--pack <file>', 'the archive of the product')
    .option('--database <type>', 'mysql, mariadb, postgresql, mssql, oracle or db2')
    .option('--database-host <name>', 'the server of the database')
    .option('--driver <file>', 'its JDBC driver')
    .option('--administrator <name>', 'who creates databases and users, where they are not there')
    .option('--yes', 'take the usual for whatever is not given, and ask nothing');
  init.action(async (file: string, options: InitOptions) => {
    const { writeInventory } = await import('./init.ts');
    finish(await writeInventory(file, options));
  });

  common(
    program
      .command('validate')
      .description('say all that is wrong or doubtful in inventories, without any connection')
      .argument('<inventory...>', 'inventories; several are also compared with one another'),
  )
    .option('--strict', 'take warnings for errors')
    .addOption(reportForm())
    .action(
      async (inventories: string[], options: CommonOptions & { strict?: boolean; output: ReportKind }) => {
        const { validate } = await import('./validate.ts');
        finish(await validate(inventories, options));
      },
    );

  readingOptions(
    program
      .command('inventory')
      .description('show an inventory as it is understood, in the forms of ansible-inventory')
      .argument('<inventory>'),
  )
    .option('--list', 'all groups, hosts and variables, as JSON')
    .option('--host <name>', 'the variables of one host, as JSON')
    .option('--graph [group]', 'the groups and their hosts, as a picture')
    .option('--reveal', 'show passwords that stand there as they are, and what is in encrypted files')
    .addHelpText(
      'after',
      '\nIt is what ansible-inventory prints with ANSIBLE_HASH_BEHAVIOUR=merge; but in place of what may be a secret\n' +
        'stands (secret), without --reveal. Single values that are encrypted stay so.',
    )
    .action(async (inventory: string, options: ShowInventoryOptions) => {
      const { showInventory } = await import('./show-inventory.ts');
      finish(await showInventory(inventory, options));
    });

  common(
    program
      .command('render')
      .description('write the deployment.toml of every node into a folder, without any connection')
      .argument('<inventory>'),
  )
    .requiredOption('--out <folder>', 'where to write')
    .option('--reveal', 'write passwords as they are, not masked')
    .action(async (inventory: string, options: CommonOptions & { out: string; reveal?: boolean }) => {
      const { renderConfig } = await import('./render.ts');
      finish(await renderConfig(inventory, options));
    });

  vaultCommands(program, finish);

  program
    .command('completion')
    .description('print the completion of commands, options and files for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionFor } = await import('./completion.ts');
      process.stdout.write(completionFor(shell, program));
      finish(0);
    });
}
