import { findServer, readServer } from '../apim/server/commands.ts';
import { nodeStep, nothing } from './define.ts';
import { stop } from './start-server.ts';

/** Stops the server of a node, and waits until its process has gone. */
export const stopServerStep = nodeStep({
  name: 'stop-server',
  summary: 'Stop the server, letting it finish the requests in flight.',
  leaves: 'stopped',
  params: nothing,

  async inspect({ node }, { there }) {
    const { stdout } = await there(findServer(node));
    return { process: readServer(stdout) };
  },

  plan({ node }, { process }) {
    if (process === undefined) return [];
    return [{ summary: `stop the server in ${node.home}`, server: 'stop', actions: stop(node) }];
  },
});
