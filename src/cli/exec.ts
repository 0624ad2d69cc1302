import { Interrupted, KnownError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { redact } from '../secret.ts';
import { asker } from './asker.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseKeyFiles } from './key-files.ts';
import { type CommonOptions, chosenHosts, type HostSession, openHosts, withinLimit } from './session.ts';

/** How a command is run at hosts, and shown. */
export interface ExecOptions extends CommonOptions {
  readonly timeout: number;
  readonly user?: string;
  readonly output?: string;
}

/** How it went at one host. */
type Went = { readonly host: string } & (
  | { readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It did not come to an end there. */
  | { readonly code: null; readonly error: string }
);

/** Runs one command at every host that matches, all at once. Exit code 1 if it failed anywhere. */
export async function execute(
  inventoryFile: string,
  pattern: string,
  words: readonly string[],
  options: ExecOptions,
): Promise<number> {
  // Who runs the command is nobody to log in as.
  const { user: _runs, ...reading } = options;
  const session = await openHosts(inventoryFile, reading, `exec ${pattern}`);
  const named = chosenHosts(session.inventory, pattern, 'the pattern');
  const hosts = withinLimit(session, named, `the hosts that ${JSON.stringify(pattern)} names`);
  const width = Math.max(...hosts.map((host) => host.name.length));
  const say = ({ name }: Host, line: string) => {
    if (options.output !== 'json') process.stdout.write(`${name.padEnd(width)} | ${redact(line)}\n`);
  };
  await refuseKeyFiles(hosts, asker(session.stop));
  try {
    const all = await Promise.all(
      hosts.map((host) => executeAt(session, host, words.join(' '), options, say)),
    );
    if (options.output === 'json') process.stdout.write(`${JSON.stringify({ hosts: all }, undefined, 2)}\n`);
    if (all.every(({ code }) => code === 0)) return exitCodes.ok;
    return session.stop.aborted ? exitCodes.interrupted : exitCodes.failed;
  } finally {
    await session.pool.close();
  }
}

async function executeAt(
  { pool, stop }: HostSession,
  host: Host,
  text: string,
  { timeout, user }: ExecOptions,
  say: (host: Host, line: string) => void,
): Promise<Went> {
  try {
    const connection = await pool.connect(host.login);
    const onLine = (line: string) => say(host, line);
    const command = { text, ...(user === undefined ? {} : { user }) };
    const { code, stdout, stderr } = await connection.execute(command, {
      timeoutMs: timeout,
      signal: stop,
      onLine,
    });
    if (code !== 0) say(host, `exited with ${code}`);
    return { host: host.name, code, stdout: redact(stdout), stderr: redact(stderr) };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    for (const line of error.message.split('\n')) say(host, line);
    const told = error instanceof Interrupted ? 'interrupted' : error.message;
    return { host: host.name, code: null, error: redact(told) };
  }
}
