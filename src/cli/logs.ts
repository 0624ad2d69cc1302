import { type Node, nodeOf } from '../apim/cluster/topology.ts';
import {
  followLog,
  type LogEntry,
  type LogPart,
  readEntries,
  readLog,
  timeOf,
} from '../apim/server/log-entries.ts';
import type { Connection } from '../connection/connection.ts';
import { printable } from '../display/words.ts';
import { KnownError } from '../errors.ts';
import { oneLine, redact } from '../secret.ts';
import { exitCodes } from './exit-codes.ts';
import { isNode, lookAtMany } from './many-hosts.ts';
import { type CommonOptions, chosenHosts, openSession, withinLimit } from './session.ts';

/** What of the logs is shown. */
export interface LogsOptions extends CommonOptions {
  readonly lines: number;
  /** Milliseconds. */
  readonly since?: number;
  readonly grep?: string;
  readonly follow?: boolean;
}

/** A log that was read, and where to go on. */
interface Read {
  readonly node: Node;
  readonly connection: Connection;
  readonly zone: string;
  readonly length: number;
  readonly entries: readonly LogEntry[];
}

/** Shows the logs of servers, ordered by time, the name of the node before each line. Exit code 1 if one cannot be read. */
export async function showLogs(
  inventoryFile: string,
  pattern: string | undefined,
  options: LogsOptions,
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'logs', { lint: false, acts: false });
  const { world, pool, inventory, stop } = session;
  const named = pattern === undefined ? inventory.hosts : chosenHosts(inventory, pattern, 'the pattern');
  const all = named.filter((host) => isNode(world, host));
  const hosts = withinLimit(
    session,
    all,
    pattern === undefined ? 'the nodes' : `the nodes that ${JSON.stringify(pattern)} names`,
  );
  const part: LogPart =
    options.since === undefined ? { lines: options.lines } : { seconds: Math.ceil(options.since / 1000) };
  const width = Math.max(...hosts.map(({ name }) => name.length));
  const say = (node: Node, line: string) =>
    process.stdout.write(`${node.host.name.padEnd(width)} | ${printable(redact(line))}\n`);
  let failed = false;
  const tell = (name: string, why: string) => {
    failed = true;
    process.stderr.write(`${name}: ${why}\n`);
  };
  try {
    const looks = await lookAtMany(session).each<Read[]>(
      hosts,
      async ({ host, asks, connection }) => {
        const node = nodeOf(world.topology, host);
        const { stdout } = await asks.there(readLog(node, part));
        return [{ node, connection, ...readEntries(stdout) }];
      },
      ({ name }, why) => {
        tell(name, why);
        return [];
      },
    );
    const found = looks.flat();
    for (const { node, entry } of inOrder(found))
      if (holds(entry.lines, options.grep)) for (const line of entry.lines) say(node, line);
    if (options.follow === true) {
      await Promise.all(
        found.map(async ({ node, connection, zone, length }) => {
          const isWanted = wantedLines(zone, options.grep);
          const onLine = (line: string) => {
            if (isWanted(line)) say(node, line);
          };
          try {
            await connection.execute(followLog(node, length), {
              timeoutMs: Number.POSITIVE_INFINITY,
              signal: stop,
              onLine,
            });
          } catch (error) {
            if (!(error instanceof KnownError)) throw error;
            if (!stop.aborted) tell(node.host.name, oneLine(error));
          }
        }),
      );
    }
    if (stop.aborted) return exitCodes.interrupted;
    return failed ? exitCodes.failed : exitCodes.ok;
  } finally {
    await pool.close();
  }
}

/** All entries by time; those of one moment in the order of the nodes, and of one node in that of its log. */
function inOrder(found: readonly Read[]): { node: Node; entry: LogEntry }[] {
  const all = found.flatMap(({ node, entries }) => entries.map((entry) => ({ node, entry })));
  return all.sort((one, other) => one.entry.at - other.entry.at);
}

function holds(lines: readonly string[], text: string | undefined): boolean {
  return text === undefined || lines.some((line) => line.includes(text));
}

/** As they come: a line counts if it holds the text, or goes on with an entry that did. */
function wantedLines(zone: string, text: string | undefined): (line: string) => boolean {
  let within = false;
  return (line) => {
    if (timeOf(line, zone) !== undefined) within = false;
    within ||= holds([line], text);
    return within;
  };
}
