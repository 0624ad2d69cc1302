import { marks } from '../apim/cluster/paths.ts';
import type { Node, Topology } from '../apim/cluster/topology.ts';
import { databaseNeeds } from '../apim/database/databases.ts';
import { firstStartQuestion, wasStartedWith } from '../apim/database/first-start.ts';
import { carbonLogTail, noteLog } from '../apim/server/carbon-log.ts';
import {
  isRunning,
  isStopped,
  killServer,
  startServer,
  stopServer,
  unitName,
} from '../apim/server/commands.ts';
import { type Action, later, run, wait } from '../engine/plan.ts';
import type { Asks } from '../engine/step.ts';
import { as, type Command, script, sh } from '../shell/command.ts';
import { startUnit } from '../shell/service.ts';
import { nodeStep } from './define.ts';
import { dueAt, isBalanced, restartParams } from './rest.ts';
import { inspectServer, type ServerState } from './server-state.ts';

/**
 * Has the server run with what is installed now. It compares what it should run with to what was noted when it was
 * last started, so a run that died before a restart still owes it to the next.
 */
export const startServerStep = nodeStep({
  name: 'start-server',
  summary: 'Start the server, or start it again if it runs with something older than what is installed.',
  leaves: 'running',
  params: restartParams,

  async inspect(spot, asks) {
    const state = await inspectServer(spot, asks);
    // Of a server that runs nobody needs to know.
    const before = state.process === undefined ? await startedBefore(spot.world.topology, asks) : 'yes';
    return { ...state, before };
  },

  company({ node, world, params }, state) {
    const due = dueAt({ world, params }, state);
    if (due === 'restart')
      return {
        alone: 'it runs, and the others serve while it is restarted',
        ...(isBalanced(world.topology, node) ? { batch: true } : {}),
      };
    if (due === undefined || state.before === 'yes') return {};
    const what = 'what the first server writes into the shared database';
    return { makes: state.before === 'no' ? what : `${what}, if nobody did yet: that cannot be seen` };
  },

  plan({ node, world, params }, state) {
    const due = dueAt({ world, params }, state);
    if (due === undefined) return [];
    const summary =
      due === 'start'
        ? `start the server in ${node.home}`
        : `restart the server in ${node.home} (${reasonOf(state)}${params.forced ? `; killed if it does not stop within ${patienceMs / 1000} s` : ''})`;
    const { javaHome, wanted, note, systemd } = state;
    if (javaHome === undefined) return [{ ...later(summary, 'check-host'), server: due }];
    if (wanted === undefined) return [{ ...later(summary, 'issue-certificates'), server: due }];
    const restarted = params.requested || params.forced ? world.now.toISOString() : undefined;
    const launched = launch(world.topology, node, { javaHome, note, systemd, restarted });
    return [
      {
        summary,
        server: due,
        actions: [...(due === 'restart' ? (params.forced ? kill(node) : stop(node)) : []), ...launched],
      },
    ];
  },
});

/** Why a server that runs is to be started again. */
function reasonOf({ running, wanted, differs, owed }: ServerState): string {
  if (running === wanted && owed.length === 0) return 'as was asked for';
  return differs.length === 0
    ? 'it runs with something older than what is installed'
    : `changed since it was started: ${differs.join(', ')}`;
}

/** Whether a server has started with the shared database before. */
async function startedBefore(topology: Topology, { sql }: Asks): Promise<'yes' | 'no' | 'unknown'> {
  const [shared] = databaseNeeds(topology);
  if (shared === undefined) return 'unknown';
  const answer = await sql(shared.asUser, firstStartQuestion);
  // Where nobody gets in or there are no tables, nobody has written anything.
  return answer.ok && wasStartedWith(answer.rows) ? 'yes' : 'no';
}

/** Notes what the server is started with, and where its log ends. What was found ready before is so no more. */
function prepare(node: Node, { note, restarted: time }: Launch): Command {
  const { ready, running, restarted } = marks(node);
  return script(
    'set -e',
    sh`rm -f ${ready}`,
    sh`printf '%s\\n' ${note} > ${running}.new`,
    sh`mv -f ${running}.new ${running}`,
    ...(time === undefined
      ? []
      : [sh`printf '%s\\n' ${time} > ${restarted}.new`, sh`mv -f ${restarted}.new ${restarted}`]),
    noteLog(node),
  );
}

/** Ends the server's process in order, and waits until it has gone. Requests in flight are finished by the server. */
export function stop(node: Node): Action[] {
  return [
    run(stopServer(node), { shown: `stop the server in ${node.home}` }),
    wait({
      what: `the server in ${node.home} to stop`,
      until: [{ what: 'its process to end', command: isStopped(node) }],
      timeoutMs: node.stopTimeoutMs,
      tail: carbonLogTail(node, 15),
      hint: `it was asked to stop and does not; look at its log; this kills it and starts it again: apim-orchestrate restart INVENTORY --limit ${node.host.name} --force`,
    }),
  ];
}

/** How long a server may take to stop that is killed then. */
const patienceMs = 30_000;

/** Ends the server's process, in order if it does so soon. */
function kill(node: Node): Action[] {
  const ended = [{ what: 'its process to end', command: isStopped(node) }];
  const what = `the server in ${node.home} to stop`;
  return [
    run(stopServer(node), { shown: `stop the server in ${node.home}` }),
    wait({ what, until: ended, timeoutMs: patienceMs, patient: true }),
    run(killServer(node), { shown: `kill the server in ${node.home} if it still runs` }),
    wait({
      what: `${what}, which was killed`,
      until: ended,
      timeoutMs: 30_000,
      hint: 'the kernel does not let go of it, as of one that waits for a file system that is gone; see dmesg there',
    }),
  ];
}

/** What a server is launched with. */
interface Launch {
  readonly javaHome: string;
  /** What it runs with, to be noted. */
  readonly note: string;
  readonly systemd: boolean;
  /** The time to be noted, where a rolling restart is under way. */
  readonly restarted: string | undefined;
}

function launch(topology: Topology, node: Node, how: Launch): Action[] {
  const { javaHome, systemd } = how;
  const prepared = prepare(node, how);
  const launched = systemd
    ? [
        run(as(node.user, prepared), { shown: 'note what the server is started with' }),
        run(as('root', startUnit(unitName(node))), { shown: `systemctl start ${unitName(node)}` }),
      ]
    : [
        run(as(node.user, script('set -e', prepared, startServer(topology, node, javaHome))), {
          shown: 'wso2server.sh start',
          hint: 'the line above says what is amiss; mend it, or let apim-orchestrate deploy mend it',
        }),
      ];
  return [
    ...launched,
    wait({
      what: `the process of the server in ${node.home}`,
      until: [{ what: 'a Java process with this home', command: isRunning(node) }],
      timeoutMs: 30_000,
      tail: carbonLogTail(node, 15),
      hint: 'the server’s own log tells why it did not stay up',
    }),
  ];
}
