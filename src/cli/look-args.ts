import { type Command, Option } from 'commander';
import type { ReportKind } from '../display/report.ts';
import type { CertsOptions } from './certs.ts';
import type { DoctorOptions } from './doctor.ts';
import type { JournalOptions } from './journal.ts';
import type { LogsOptions } from './logs.ts';
import { common, count, forks, reportForm, textOrJson, time, verbose } from './options.ts';
import type { ShowRunOptions } from './runs.ts';
import type { CommonOptions } from './session.ts';
import type { BundleOptions } from './support-bundle.ts';

/** Commands that only look. */
export function lookCommands(program: Command, finish: (code: number) => void, version: string): void {
  program.commandsGroup('A look at them:');

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
}
