import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultForks } from '../connection/forks.ts';
import type { OutputKind } from '../display/index.ts';
import type { ReportKind } from '../display/report.ts';
import { batchForm, readBatch } from '../input/batch.ts';
import { longestWaitMs, readDuration } from '../input/duration.ts';

/**
 * What every command with an inventory takes. `userOption` says as whom servers are entered, where `--user` has another
 * meaning.
 */
export function common(command: Command, userOption = '--user'): Command {
  return loginOptions(
    readingOptions(
      command.option(
        '-l, --limit <pattern>',
        "only these hosts, as Ansible's patterns say: gw1, gateway:!gw2, gw*, ~gw[12], gateway[0], @file",
      ),
    ),
    userOption,
  );
}

const each = (text: string, before: readonly string[] = []) => [...before, text];

/** How servers are entered, as Ansible has it: variables of the inventory count more. */
function loginOptions(command: Command, userOption: string): Command {
  const where = 'where the inventory does not say it';
  // Ansible's word for it, where a command has no other time to limit.
  if (userOption === '--user')
    command
      .addOption(new Option('--timeout <seconds>').argParser(seconds).hideHelp())
      .on('option:timeout', (text: string) => command.setOptionValue('connectTimeout', seconds(text)));
  return command
    .option(`-u, ${userOption} <name>`, `as whom to log in, ${where}`)
    .option('--private-key <file>', `the key to log in with, ${where}`)
    .option('-k, --ask-pass', `ask for the password to log in with, ${where}`)
    .option('-K, --ask-become-pass', `ask for the password that sudo wants, ${where}`)
    .addOption(
      new Option(
        '-T, --connect-timeout <seconds>',
        `how long connecting may take, ${where} (default: 15)`,
      ).argParser(seconds),
    );
}

/** What is said about how inventories are read. */
export function readingOptions(command: Command): Command {
  return vaultOptions(
    command
      .option(
        '-i, --inventory <file>',
        'one more inventory, file or folder, that adds to the one named; may be given again',
        each,
      )
      .option(
        '-e, --extra-vars <vars>',
        'variables that count more than all others: key=value, \'{"key": …}\' or @file; may be given again',
        each,
      ),
  );
}

/** The ways to give vault passwords, as Ansible has them. */
export function vaultOptions(command: Command): Command {
  const asks = () => command.setOptionValue('askVaultPassword', true);
  const file = 'vaultPasswordFile';
  const adds = (name: string) =>
    command.setOptionValue(file, each(name, command.getOptionValue(file) as readonly string[] | undefined));
  return command
    .option(
      '--vault-id <id@source>',
      'a vault password by its id, from a file, a program or prompt; may be given again',
      each,
    )
    .option(
      '--vault-password-file <file>',
      'file with the vault password, or program that prints it; may be given again',
      each,
    )
    .option('-J, --ask-vault-password', 'ask for the vault password')
    .addOption(new Option('--ask-vault-pass').hideHelp())
    .on('option:ask-vault-pass', asks)
    .addOption(new Option('--vault-pass-file <file>').hideHelp())
    .on('option:vault-pass-file', adds);
}

/** What every command that is a run takes. */
export function runOptions(command: Command): Command {
  const kinds: readonly OutputKind[] = ['auto', 'live', 'lines', 'json', 'junit'];
  return command
    .addOption(
      new Option(
        '--output <kind>',
        'live view, plain lines with the time, one JSON event a line, or a JUnit report at the end',
      )
        .choices(kinds)
        .default('auto'),
    )
    .addOption(forks())
    .addOption(verbose())
    .option('-D, --diff', 'show the differences of files, as is done anyway')
    .option('--no-diff', 'do not show them')
    .option('--lock-wait <time>', 'wait so long for other runs at work on the same servers, such as 5m', time)
    .option('--no-record', 'do not write down in runs/, beside the inventory, what is done')
    .option('--report <file>', 'write a page of this run into a file, for a browser')
    .option('--no-color', 'no colours');
}

/** How much is shown. */
export function verbose(): Option {
  return new Option(
    '-v, --verbose',
    'show unchanged steps and what servers say, too; -vv: every action; -vvv: connections and every wait',
  )
    .preset('')
    .argParser((_text, before = 0) => Number(before) + 1);
}

/** For what alters servers, which is asked about on a terminal. */
export function yes(): Option {
  return new Option('--yes', 'do not ask whether to go on, also where users would notice');
}

/** Looking at plays instead of running them, or running a part of them. */
export function playOptions(command: Command): Command {
  return command
    .option('--list-hosts', 'only list the hosts of each play; no server is asked')
    .option('--list-steps', 'only list the steps of each play')
    .option('--start-at-step <name>', 'leave out what comes before the first step of this name');
}

/** A time such as `30d`, in milliseconds. */
export function time(text: string): number {
  const found = readDuration(text);
  if (found === undefined) throw new InvalidArgumentError('a time such as 30d or 12h is wanted');
  return found;
}

/** How many nodes of a role may be away at a time. */
export function batch(): Option {
  return new Option(
    '--batch <number|share>',
    'how many nodes of a role may be away at a time, such as 2 or 25%; one always stays (default: 1)',
  ).argParser((text) => {
    const found = readBatch(text);
    if (found === undefined) throw new InvalidArgumentError(`${batchForm} is wanted`);
    return found;
  });
}

/** For what is shown to people or programs. */
export function textOrJson(): Option {
  return new Option('--output <kind>', 'how to show it').choices(['text', 'json']).default('text');
}

/** For reports, which pipelines read as well. */
export function reportForm(): Option {
  const kinds: readonly ReportKind[] = ['text', 'json', 'junit'];
  return new Option('--output <kind>', 'how to show it; junit is for pipelines')
    .choices(kinds)
    .default('text');
}

/** How many connections are opened at a time. */
export function forks(flags = '-f, --forks <number>'): Option {
  return new Option(flags, 'how many connections are opened at a time')
    .argParser(count)
    .default(defaultForks);
}

/** A whole number from 1 on. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number from 1 on is wanted');
  return value;
}

/** How long something may take, told in seconds and known in milliseconds. */
export function timeout(what: string, usual: number): Option {
  return new Option('--timeout <seconds>', what).argParser(seconds).default(usual * 1000, `${usual}`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number of seconds is wanted');
  if (value * 1000 > longestWaitMs) throw new InvalidArgumentError('at most 24 days can be waited');
  return value * 1000;
}
