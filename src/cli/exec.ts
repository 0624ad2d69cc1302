import { KnownError } from '../errors.ts';
import { redact } from '../secret.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseKeyFiles } from './key-files.ts';
import { type CommonOptions, chosenHosts, openHosts, withinLimit } from './session.ts';

/** Runs one command at every host that matches, all at once. Exit code 1 if it failed anywhere. */
export async function execute(
  inventoryFile: string,
  pattern: string,
  words: readonly string[],
  options: CommonOptions & { readonly timeout: number; readonly user?: string },
): Promise<number> {
  const session = await openHosts(inventoryFile, options, `exec ${pattern}`);
  const named = chosenHosts(session.inventory, pattern, 'the pattern');
  const hosts = withinLimit(session, named, `the hosts that ${JSON.stringify(pattern)} names`);
  const width = Math.max(...hosts.map((host) => host.name.length));
  const command = { text: words.join(' '), ...(options.user === undefined ? {} : { user: options.user }) };
  refuseKeyFiles(hosts);
  try {
    const codes = await Promise.all(
      hosts.map(async ({ name, login }) => {
        const say = (line: string) => process.stdout.write(`${name.padEnd(width)} | ${redact(line)}\n`);
        try {
          const connection = await session.pool.connect(login);
          const { code } = await connection.execute(command, {
            timeoutMs: options.timeout,
            signal: session.stop,
            onLine: say,
          });
          if (code !== 0) say(`exited with ${code}`);
          return code;
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          for (const line of error.message.split('\n')) say(line);
          return 1;
        }
      }),
    );
    if (codes.every((code) => code === 0)) return exitCodes.ok;
    return session.stop.aborted ? exitCodes.interrupted : exitCodes.failed;
  } finally {
    await session.pool.close();
  }
}
