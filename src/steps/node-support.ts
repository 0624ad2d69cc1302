import { deploymentTomlPath, marks } from '../apim/cluster/paths.ts';
import { type Node, nodeOf } from '../apim/cluster/topology.ts';
import { plainLines } from '../apim/config/deployment-toml.ts';
import { unitName, versionOf } from '../apim/server/commands.ts';
import { listLogs } from '../apim/server/log-files.ts';
import { describeProcess, dumpThreads, sumInstalled } from '../apim/server/support.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { as, script, sh } from '../shell/command.ts';
import { readText } from '../shell/files.ts';
import { findJava } from '../shell/java.ts';
import { describeUnit } from '../shell/machine.ts';
import type { World } from './define.ts';
import {
  attempt,
  type Findings,
  keepAnswer,
  keepLogs,
  machineSupport,
  type Wanted,
} from './support-findings.ts';

/** Gathers at a node what somebody needs who is to find out what is wrong with it. Nothing is altered, and nothing locked. */
export async function nodeSupport(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  asks: Asks,
  wanted: Wanted,
  clock: () => number,
  findings: Findings,
): Promise<void> {
  const { topology } = world;
  const node = nodeOf(topology, host);
  await machineSupport(asks, wanted, clock, findings);
  await Promise.all([
    attempt(findings, 'versions.txt', async () => {
      const [java, product] = await Promise.all([
        asks.there(findJava(node.java.home)),
        asks.there(versionOf(node)),
      ]);
      findings.keep(
        'versions.txt',
        `Java\n${java.stdout || 'none was found\n'}\nproduct\n${product.stdout || 'none was found\n'}`,
      );
    }),
    attempt(findings, 'deployment.toml', async () => {
      const { stdout } = await asks.there(as(node.user, readText(deploymentTomlPath(node))));
      if (stdout === '') findings.miss('deployment.toml', 'it is not there');
      else findings.keep('deployment.toml', stdout, { plain: plainLines(topology, node) });
    }),
    keepAnswer(findings, asks, 'notes.txt', notesOf(node), 'nothing of ours is installed there'),
    keepAnswer(findings, asks, 'process.txt', describeProcess(node), 'the server does not run'),
    keepAnswer(findings, asks, 'service.txt', describeUnit(unitName(node)), 'systemd does not run there'),
  ]);
  await keepAnswer(findings, asks, 'installed.txt', sumInstalled(topology, node));
  await attempt(findings, 'threads.txt', async () => {
    const { code, stdout, stderr } = await asks.there(dumpThreads(node));
    const why = stderr.trim().split('\n').at(-1) || `jcmd ended with ${code}`;
    if (code === 0) findings.keep('threads.txt', stdout);
    else if (code === 3) findings.miss('threads.txt', 'the server does not run');
    else findings.miss('threads.txt', why, true);
  });
  await keepLogs(asks, node.user, listLogs(node, wanted.seconds), wanted, findings);
}

/** Prints what we noted in the home: what its server was started with, whether it was found ready. */
function notesOf(node: Node) {
  const { profile, running, ready, answered, restarted, resting } = marks(node);
  return as(
    node.user,
    script(
      sh`for note in ${[profile, running, ready, answered, restarted, resting]}; do if test -r "$note"; then printf '== %s\\n' "\${note##*/}"; cat "$note"; echo; fi; done`,
    ),
  );
}
