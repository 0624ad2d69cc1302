import { Argument, Command, Option } from 'commander';
import type { ReportKind } from '../display/report.ts';
import type { BackupOptions } from './backup.ts';
import type { CertsOptions } from './certs.ts';
import type { RunCommandOptions } from './commands.ts';
import type { DoctorOptions } from './doctor.ts';
import { addExamples } from './examples.ts';
import type { ExecOptions } from './exec.ts';
import type { InitOptions } from './init.ts';
import type { JournalOptions } from './journal.ts';
import type { LogsOptions } from './logs.ts';
import {
  batch,
  common,
  count,
  forks,
  playOptions,
  readingOptions,
  reportForm,
  runOptions,
  textOrJson,
  time,
  timeout,
  verbose,
  yes,
} from './options.ts';
import type { RestartOptions } from './restart.ts';
import type { RestoreOptions } from './restore.ts';
import type { RotateOptions } from './rotate.ts';
import type { ShowRunOptions } from './runs.ts';
import type { CommonOptions } from './session.ts';
import type { ShowInventoryOptions } from './show-inventory.ts';
import type { BundleOptions } from './support-bundle.ts';
import { vaultCommands } from './vault-args.ts';

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

  const run = (name: string, summary: string, dryRun = false) =>
    playOptions(
      runOptions(
        common(
          program.command(name).description(summary).argument('<inventory>', 'inventory: a file or a folder'),
        ),
      ),
    ).action(async (inventory: string, options: RunCommandOptions & { check?: boolean }) => {
      const { runPlaybook, shippedPlaybook } = await import('./commands.ts');
      const file = shippedPlaybook(dryRun ? 'deploy' : name);
      finish(await runPlaybook(file, inventory, options, dryRun || options.check === true));
    });

  run('deploy', 'bring every server to what the inventory says')
    .addOption(yes())
    .option('-C, --check', 'as plan');
  run('plan', 'show what deploy would do, and touch nothing', true);
  run('start', 'start what does not run, in the documented order').addOption(yes());
  run('stop', 'stop all servers, against the documented order').addOption(yes());

  runOptions(
    common(
      program
        .command('restart')
        .description('restart servers node by node, in the documented order, so that others serve meanwhile')
        .argument('<inventory>', 'inventory: a file or a folder'),
    ),
  )
    .option('--role <role>', 'only the nodes of this role')
    .addOption(batch())
    .option('--only-if-needed', 'only what runs with something older than what is installed, or does not run')
    .option(
      '--force',
      'with --limit: also who hangs, who is the last of its role that serves, and who was restarted already; what is in ' +
        'flight is not waited for, an external load balancer is not told, and a server that does not stop within 30 s is killed. ' +
        'It takes no lock away, and asks first whether users may be interrupted (--yes)',
    )
    .addOption(yes())
    .option('--dry-run', 'show what it would do, and touch nothing')
    .action(async (inventory: string, options: RestartOptions) => {
      const { restartNodes } = await import('./restart.ts');
      finish(await restartNodes(inventory, options));
    });

  runOptions(
    common(
      program
        .command('rotate-certs')
        .description('replace the certificates of all nodes and load balancers, so that nobody notices')
        .argument('<inventory>', 'inventory: a file or a folder'),
    ),
  )
    .option(
      '--authority',
      'the authority as well: all trust the next one first, and the one before no more in the end',
    )
    .option('--trust-only', 'with --authority: end once all trust the next authority; the next run goes on')
    .option(
      '--primary',
      'the key that signs tokens instead: all publish and trust the next one before it signs',
    )
    .option('--withdraw', 'with --primary: the key before is trusted no more, nor what it has signed')
    .option('--status', 'only tell how far a rotation is, and who does not run yet with what there is')
    .addOption(
      new Option(
        '--if-expires-within <time>',
        'begin nothing if all certificates are good for longer, such as 30d',
      ).argParser(time),
    )
    .addOption(batch())
    .addOption(yes())
    .option('--dry-run', 'show what it would do, and touch nothing')
    .action(async (inventory: string, options: RotateOptions) => {
      const { rotateCertificates } = await import('./rotate.ts');
      finish(await rotateCertificates(inventory, options));
    });

  const lock = program
    .command('lock')
    .description('who holds the servers, so that no other run may alter them');
  common(lock.command('status').description('show who holds the lock of each host').argument('<inventory>'))
    .addOption(forks())
    .action(async (inventory: string, options: CommonOptions) => {
      const { showLocks } = await import('./locks.ts');
      finish(await showLocks(inventory, options));
    });
  common(
    lock
      .command('release')
      .description('take the locks from a run that hangs: it notices, and does nothing more there')
      .argument('<inventory>'),
  )
    .option('--yes', 'do not ask')
    .addOption(forks())
    .action(async (inventory: string, options: CommonOptions & { yes?: boolean }) => {
      const { releaseLocks } = await import('./locks.ts');
      finish(await releaseLocks(inventory, options));
    });

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

  common(
    program
      .command('doctor')
      .description('try all that servers need, from the way to them to their firewalls, and say what to do')
      .argument('<inventory>', 'inventory file')
      .argument('[pattern]', 'hosts, as in --limit'),
  )
    .option('-v, --verbose', 'show what was found where all is well, too')
    .addOption(reportForm())
    .addOption(forks())
    .action(async (inventory: string, pattern: string | undefined, options: DoctorOptions) => {
      const { examine } = await import('./doctor.ts');
      finish(await examine(inventory, pattern, options));
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

  playOptions(
    runOptions(
      common(
        program
          .command('run')
          .description('run a playbook of your own')
          .argument('<playbook>', 'playbook file')
          .argument('<inventory>', 'inventory: a file or a folder'),
      ),
    ),
  )
    .addOption(yes())
    .option('-C, --dry-run', 'show what it would do, and touch nothing')
    .action(
      async (playbook: string, inventory: string, options: RunCommandOptions & { dryRun?: boolean }) => {
        const { runPlaybook } = await import('./commands.ts');
        finish(await runPlaybook(playbook, inventory, options, options.dryRun ?? false));
      },
    );

  for (const back of [false, true])
    runOptions(
      common(
        program
          .command(back ? 'undrain' : 'drain')
          .description(
            back
              ? 'have the load balancer send to nodes again'
              : 'have the load balancer send nothing new to nodes; what is in flight is finished',
          )
          .argument('<inventory>')
          .argument('<node...>', 'names of nodes'),
      ),
    )
      .addOption(yes())
      .action(async (inventory: string, nodes: string[], options: RunCommandOptions) => {
        const { drainNodes } = await import('./commands.ts');
        finish(await drainNodes(inventory, nodes, options, back));
      });

  common(program.command('status').description('show how every node is doing').argument('<inventory>'))
    .addOption(reportForm())
    .option('--audit', 'tell what is not as production should be, instead')
    .addOption(forks())
    .action(async (inventory: string, options: CommonOptions & { output: ReportKind; audit?: boolean }) => {
      const show =
        options.audit === true
          ? (await import('./audit.ts')).showAudit
          : (await import('./status.ts')).showStatus;
      finish(await show(inventory, options));
    });

  common(
    program
      .command('audit')
      .description('show what was done to the servers, by whom, as their own journals tell')
      .argument('<inventory>'),
  )
    .option('--since <time>', 'nothing older, such as 7d or 12h', time)
    .addOption(textOrJson())
    .addOption(forks())
    .action(async (inventory: string, options: JournalOptions) => {
      const { showJournal } = await import('./journal.ts');
      finish(await showJournal(inventory, options));
    });

  common(
    program
      .command('certs')
      .description('show every certificate, here and at the servers, and until when it is good')
      .argument('<inventory>'),
  )
    .option(
      '--within <time>',
      'exit code 2 if one of ours ends within this time, such as 30d, or has ended',
      time,
    )
    .option('--all', 'list those that came with the product as well')
    .addOption(reportForm())
    .addOption(forks())
    .action(async (inventory: string, options: CertsOptions) => {
      const { showCertificates } = await import('./certs.ts');
      finish(await showCertificates(inventory, options));
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
      .command('exec')
      .description('run one command at many hosts: exec INVENTORY PATTERN -- COMMAND')
      .argument('<inventory>')
      .argument('<pattern>', 'hosts, as in --limit')
      .argument('<command...>', 'what to run, for sh'),
    '--remote-user',
  )
    .option('--user <name>', 'who runs it, over sudo; as whom to log in is --remote-user')
    .addOption(timeout('how long it may take', 600))
    .addOption(textOrJson())
    .addOption(forks())
    .action(async (inventory: string, pattern: string, words: string[], options: ExecOptions) => {
      const { execute } = await import('./exec.ts');
      finish(await execute(inventory, pattern, words, options));
    });

  common(
    program
      .command('logs')
      .description('show the logs of the servers, ordered by time')
      .argument('<inventory>')
      .argument('[pattern]', 'nodes, as in --limit'),
  )
    .option('--lines <number>', 'so many of the last lines of each', count, 50)
    .option('--since <time>', 'all since then instead, such as 10m or 2h', time)
    .option('--grep <text>', 'only entries that hold this text')
    .option('-f, --follow', 'go on with what the servers write, until Ctrl-C')
    .addOption(forks('--forks <number>'))
    .action(async (inventory: string, pattern: string | undefined, options: LogsOptions) => {
      const { showLogs } = await import('./logs.ts');
      finish(await showLogs(inventory, pattern, options));
    });

  common(
    program
      .command('support-bundle')
      .description(
        'gather logs, configuration, versions, threads and more of all servers in one archive, without secrets',
      )
      .argument('<inventory>')
      .argument('[pattern]', 'nodes and load balancers, as in --limit'),
  )
    .addOption(
      new Option('--since <time>', 'logs, journals and records since then, such as 2h or 3d')
        .argParser(time)
        .default(86_400_000, '1d'),
    )
    .option('--out <file>', 'where to write it (default: support-<time>.tar.gz beside the inventory)')
    .addOption(forks())
    .addHelpText(
      'after',
      '\nIt only reads, and takes no lock. In place of passwords, keys and tokens stands (secret); no private key is in it.\n' +
        'Of a log at most 8 MiB are taken, of the logs of a server 32 MiB; README.txt in it says what was cut, and what is missing.',
    )
    .action(
      async (inventory: string, pattern: string | undefined, options: Omit<BundleOptions, 'version'>) => {
        const { supportBundle } = await import('./support-bundle.ts');
        finish(await supportBundle(inventory, pattern, { ...options, version }));
      },
    );

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

  const runs = program
    .command('runs')
    .description('what was done, by whom, and how it ended')
    .argument('<inventory>', 'inventory: a file or a folder')
    .addOption(textOrJson())
    .action(async (inventory: string, options: { output: string }) => {
      const { listRuns } = await import('./runs.ts');
      finish(listRuns(inventory, options));
    });
  runs
    .command('show')
    .description('tell a run on record again, each line with its time')
    .argument('<run>', 'the run as the list names it, or how its name begins, or last')
    .argument('[inventory]', 'inventory: a file or a folder', 'inventory.yaml')
    .addOption(textOrJson())
    .addOption(verbose())
    .option('--no-diff', 'do not show the differences of files')
    .option('--no-color', 'no colours')
    .action(async (run: string, inventory: string, options: ShowRunOptions) => {
      const { showRun } = await import('./runs.ts');
      finish(showRun(run, inventory, options));
    });

  program
    .command('report')
    .description('write a run on record as one page for a browser, readable without a network')
    .argument('<run>', 'the run as the list names it, or how its name begins, or last')
    .argument('[inventory]', 'inventory: a file or a folder', 'inventory.yaml')
    .option('--out <file>', 'where to write it (default: beside the record)')
    .option('--load <file>', 'show what a load saw meanwhile: its report in JSON')
    .action(async (run: string, inventory: string, options: { out?: string; load?: string }) => {
      const { reportRun } = await import('./report.ts');
      finish(await reportRun(run, inventory, options));
    });

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

  program
    .command('completion')
    .description('print the completion of commands, options and files for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionFor } = await import('./completion.ts');
      process.stdout.write(completionFor(shell, program));
      finish(0);
    });

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
