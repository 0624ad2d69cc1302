import { marks } from '../apim/cluster/paths.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { carbonLogTail, startedLine } from '../apim/server/carbon-log.ts';
import { findServer, isRunning } from '../apim/server/commands.ts';
import { type ReadinessCheck, readiness } from '../apim/server/health.ts';
import { keptLinks } from '../apim/server/links.ts';
import type { Probe } from '../connection/probe.ts';
import { type Check, later, run, wait } from '../engine/plan.ts';
import { waitingTime } from '../input/decode.ts';
import { as, sh } from '../shell/command.ts';
import { nodeStep } from './define.ts';
import { dueAt, restartParams } from './rest.ts';
import { inspectServer, isReady, type ServerState } from './server-state.ts';

/**
 * Waits until the server is really ready: its started line, its ports, TLS with our certificate under the right
 * name, an answer from what its role is for, and the connections to peers that it keeps. A server that was found ready leaves a note, good for as long as
 * its process lives with all its ports: so a run with nothing to do needs no probe.
 */
export const waitReady = nodeStep({
  name: 'wait-ready',
  summary:
    'Wait until the server answers on every port and address that its role is for, and has the connections to peers that it keeps.',
  leaves: 'ready',
  params: restartParams.extend({ timeout: waitingTime().optional() }),

  inspect: inspectServer,

  plan({ node, world, params }, state) {
    const summary = `wait until ${node.host.name} is ready`;
    // Who is ready now will be so no more.
    if (dueAt({ world, params }, state) === 'restart') return [later(summary, 'start-server')];
    if (isReady(node, state)) return [];
    return [
      {
        summary,
        actions: [
          wait({
            what: `${node.host.name} to be ready`,
            // Whoever is asked too early may answer wrongly for long: its applications start with their first request.
            first: [{ what: 'the started line in its log', command: startedLine(node) }],
            until: [...checks(node, state), ...keptLinks(world.topology, node)],
            timeoutMs: params.timeout ?? node.readyTimeoutMs,
            alive: isRunning(node),
            tail: carbonLogTail(node, 20),
            hint: `look at the log above; then run the same command again, or see more with: apim-orchestrate status INVENTORY`,
          }),
          run(as(node.user, noteReady(node, state.wanted ?? '')), { shown: 'note that the server is ready' }),
        ],
      },
    ];
  },
});

function checks(node: Node, { material }: ServerState): Check[] {
  const ca = material?.roots ?? '';
  return readiness(node).map((check) => ({ what: check.what, probe: probeOf(node, check, ca) }));
}

/** A readiness check of the product as a question to a port. Asked at the node itself, under its public name. */
export function probeOf(node: Node, check: ReadinessCheck, ca: string): Probe {
  return {
    host: '127.0.0.1',
    port: check.port,
    ...(check.tls ? { tls: { name: node.hostname, ca } } : {}),
    ...(check.http === undefined ? {} : { http: check.http }),
  };
}

/** The process is looked up at the server, at the moment of writing. */
function noteReady(node: Node, fingerprint: string) {
  const note = marks(node).ready;
  return sh`found=$(sh -c ${findServer(node)}) && printf '%s %s\\n' ${fingerprint} "$found" > ${note}.new && mv -f ${note}.new ${note}`;
}
