import { nodeOf } from '../apim/cluster/topology.ts';
import { findServer, readServer } from '../apim/server/commands.ts';
import { nothing, step } from './define.ts';
import { stop } from './start-server.ts';

/** Stops the server of a node, and waits until its process has gone. */
export const stopServerStep = step({
  name: 'stop-server',
  summary: 'Stop the server, letting it finish the requests in flight.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { there }) {
    const { stdout } = await there(findServer(nodeOf(world.topology, host)));
    return { process: readServer(stdout) };
  },

  plan({ host, world }, { process }) {
    const node = nodeOf(world.topology, host);
    if (process === undefined) return [];
    return [{ summary: `stop the server in ${node.home}`, actions: stop(node) }];
  },
});
