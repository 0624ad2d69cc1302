import type { Lab } from '../lab.ts';
import type { HandshakeReport, HandshakeTally, HandshakeTrouble } from './report.ts';

/** What the servers of a lab tell of their handshakes, in a folder that says until when they are to do so. */
const folder = '/var/lib/standin-load';

/** What each host told, as text, or why it could not be asked. */
export type Told = ReadonlyMap<string, string | Error>;

/** Has the servers at these hosts count their handshakes, until a time at the latest. Whoever cannot be asked tells so at the end. */
export async function askForHandshakes(lab: Lab, hosts: readonly string[], until: number): Promise<void> {
  await everywhere(
    lab,
    hosts,
    `rm -rf ${folder}; mkdir -m 1777 ${folder} && printf %s ${until} > ${folder}/until`,
  );
}

/** What was told by each host, which ends it. */
export async function takeHandshakes(lab: Lab, hosts: readonly string[]): Promise<Told> {
  const script = `test -e ${folder} || { echo 'it was never asked, for it was off' >&2; exit 1; }; rm ${folder}/until; sleep 0.2; find ${folder} -name '*.jsonl' -exec cat {} +; rm -r ${folder}`;
  return new Map(await everywhere(lab, hosts, script));
}

async function everywhere(
  lab: Lab,
  hosts: readonly string[],
  script: string,
): Promise<[string, string | Error][]> {
  return await Promise.all(
    hosts.map(async (host): Promise<[string, string | Error]> => {
      try {
        const { code, stdout, stderr } = await lab.exec(host, script, { timeoutMs: 10_000 });
        return [host, code === 0 ? stdout : new Error(stderr.trim() || `exit code ${code}`)];
      } catch (error) {
        return [host, error instanceof Error ? error : new Error(String(error))];
      }
    }),
  );
}

interface Round {
  readonly at: number;
  readonly made: number;
  readonly slowest: number;
  readonly bad: readonly {
    readonly at: number;
    readonly what: HandshakeTrouble['what'];
    readonly url: string;
    readonly why: string;
  }[];
}

/** Puts together what the servers told, by the name of each host: a line of JSON for each second. */
export function readHandshakes(told: Told, began: number): HandshakeReport {
  const total = none();
  const nodes: Record<string, Counts> = {};
  const seconds: Record<number, Counts> = {};
  const troubles: HandshakeTrouble[] = [];
  const untold: Record<string, string> = {};
  let slowestMs = 0;
  for (const [node, text] of told) {
    if (text instanceof Error) {
      untold[node] = text.message;
      continue;
    }
    const ofNode = none();
    nodes[node] = ofNode;
    for (const { at, made, slowest, bad } of roundsIn(text)) {
      for (const counts of [total, ofNode, inSecond(at)]) counts.made += made;
      slowestMs = Math.max(slowestMs, slowest);
      for (const trouble of bad) {
        for (const counts of [total, ofNode, inSecond(trouble.at)]) counts[trouble.what]++;
        const second = secondOf(trouble.at);
        troubles.push({ ...trouble, second, at: new Date(trouble.at).toISOString(), node });
      }
    }
  }
  troubles.sort((a, b) => (a.at < b.at ? -1 : 1));
  return { ...total, slowestMs, nodes, seconds, troubles, untold };

  function secondOf(at: number): number {
    return Math.max(0, Math.floor((at - began) / 1000));
  }
  function inSecond(at: number): Counts {
    const counts = seconds[secondOf(at)] ?? none();
    seconds[secondOf(at)] = counts;
    return counts;
  }
}

type Counts = { -readonly [name in keyof HandshakeTally]: number };

function none(): Counts {
  return { made: 0, refused: 0, closed: 0, failed: 0 };
}

/** A server that is killed in the midst of a line leaves half of it. */
function roundsIn(text: string): Round[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Round];
      } catch {
        return [];
      }
    });
}
