import { z } from 'zod';
import { sharedDirectories, sharersOf } from '../apim/cluster/shared.ts';
import { nodeOf } from '../apim/cluster/topology.ts';
import { duration } from '../input/decode.ts';
import { step } from './define.ts';
import { awaitTokens } from './shared-tokens.ts';

/** What one node wrote, every other must read: only so is it known that a directory is really shared. */
export const checkSharedDirectories = step({
  name: 'check-shared-directories',
  summary: 'Check that what one node writes into a shared directory is read by the others.',
  at: 'node',
  params: z.strictObject({
    timeout: duration()
      .prefault('90s')
      .describe('how long a file may take to be seen; NFS may need a minute'),
  }),

  async inspect() {
    return undefined;
  },

  plan() {
    return [];
  },

  verify({ host, world, params }) {
    const node = nodeOf(world.topology, host);
    return sharedDirectories(world.topology, node).flatMap((shared) => {
      const others = world.topology.nodes.filter(
        (each) =>
          each !== node && sharersOf(shared.kind).includes(each.role) && world.hosts.has(each.host.name),
      );
      return others.length === 0 ? [] : [awaitTokens(world, node, shared, others, params.timeout)];
    });
  },
});
