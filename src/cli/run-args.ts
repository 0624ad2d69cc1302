import { type Command, Option } from 'commander';
import type { RunCommandOptions } from './commands.ts';
import type { ExecOptions } from './exec.ts';
import { batch, common, forks, playOptions, runOptions, textOrJson, time, timeout, yes } from './options.ts';
import type { RestartOptions } from './restart.ts';
import type { RotateOptions } from './rotate.ts';
import type { CommonOptions } from './session.ts';

/** Commands that alter servers. */
export function runCommands(program: Command, finish: (code: number) => void): void {
  program.commandsGroup('Servers:');

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
}
