import { type Node, portNumbers } from '../../src/apim/cluster/topology.ts';
import type { ServerState } from '../../src/steps/server-state.ts';

/** A server that was found ready, has all its ports, and runs with what it should. */
export function readyServer(node: Node): ServerState {
  return {
    process: { pid: 7, startedAt: '1234' },
    running: 'a-print',
    differs: [],
    owed: [],
    restarted: '',
    resting: false,
    note: 'a-print',
    wanted: 'a-print',
    ready: 'a-print 7 1234',
    answered: 'a-print 7 1234',
    listening: portNumbers(node),
    systemd: false,
    javaHome: '/opt/java',
    material: undefined,
  };
}

/** The same, but that it runs with something older, so that it is to be started again. */
export function oldServer(node: Node): ServerState {
  return {
    ...readyServer(node),
    running: 'an-old-print',
    ready: 'an-old-print 7 1234',
    answered: 'an-old-print 7 1234',
    differs: ['configuration'],
  };
}
