import { nodeStep, nothing } from './define.ts';
import { writeTokens } from './shared-tokens.ts';

/** What `share-directories` proves besides: for nodes at which that has to wait, because another archive comes first. */
export const markSharedDirectories = nodeStep({
  name: 'mark-shared-directories',
  summary: 'Leave the time of the run in the directories that a node shares, for check-shared-directories.',
  params: nothing,

  async inspect() {
    return undefined;
  },

  plan() {
    return [];
  },

  verify({ node, world }) {
    return writeTokens(world, node);
  },
});
