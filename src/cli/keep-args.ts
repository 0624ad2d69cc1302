import type { Command } from 'commander';
import type { BackupOptions } from './backup.ts';
import type { RunCommandOptions } from './commands.ts';
import { common, forks, runOptions } from './options.ts';
import type { RestoreOptions } from './restore.ts';
import type { CommonOptions } from './session.ts';

/** Commands for what has to be kept, and for what was lost. */
export function keepCommands(program: Command, finish: (code: number) => void, version: string): void {
  program.commandsGroup('Keys and backups:');

  common(
    program
      .command('trust-hosts')
      .description(
        'show the keys of all servers at once, and note those of new ones in known_hosts after a yes',
      )
      .argument('<inventory>', 'inventory: a file or a folder'),
  )
    .option('--yes', 'do not ask')
    .addOption(forks())
    .action(async (inventory: string, options: CommonOptions & { yes?: boolean }) => {
      const { trustHosts } = await import('./trust-hosts.ts');
      finish(await trustHosts(inventory, options));
    });

  runOptions(
    common(
      program
        .command('backup')
        .description('keep what the nodes and this machine own, and the databases, in a folder')
        .argument('<inventory>', 'inventory: a file or a folder'),
    ),
  )
    .option(
      '--out <folder>',
      'where the folder of the backup is made (default: backups/ beside the inventory)',
    )
    .option('--no-databases', 'leave the databases out')
    .action(async (inventory: string, options: BackupOptions) => {
      const { backUp } = await import('./backup.ts');
      finish(await backUp(inventory, options, version));
    });

  runOptions(
    common(
      program
        .command('restore')
        .description('put back what a backup holds, where nothing stands in its place; deploy does the rest')
        .argument('<inventory>', 'inventory: a file or a folder')
        .argument('<folder>', 'the folder of the backup'),
    ),
  )
    .option('--databases', 'load the databases as well, if they are empty')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what it would do, and touch nothing')
    .action(async (inventory: string, folder: string, options: RestoreOptions) => {
      const { restore } = await import('./restore.ts');
      finish(await restore(inventory, folder, options));
    });

  const pki = program.command('pki').description('keys and certificates on this machine');
  runOptions(
    common(
      pki
        .command('recover')
        .description('read keys and certificates back from the servers, where the folder pki/ was lost')
        .argument('<inventory>', 'inventory: a file or a folder'),
    ),
  )
    .option('--new-authority', 'make a next authority beside one whose key is not here')
    .action(async (inventory: string, options: RunCommandOptions & { newAuthority?: boolean }) => {
      const { recoverKeys } = await import('./recover.ts');
      finish(await recoverKeys(inventory, options));
    });
}
