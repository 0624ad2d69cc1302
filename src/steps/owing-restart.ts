import { nodeOf } from '../apim/cluster/topology.ts';
import { type InstalledPart, oweRestart } from '../apim/server/restarts.ts';
import { type Change, run } from '../engine/plan.ts';
import type { Step } from '../engine/step.ts';
import { step, type World } from './define.ts';

/**
 * A step that installs a part of what a server runs with, made to note before it does so that the server owes a restart:
 * one that was restarted since the inventory changed, and before this step, was noted to run with what it had not yet.
 */
export function owingRestart<Params, Facts>(
  part: InstalledPart,
  inner: Step<World, Params, Facts>,
  counts: (change: Change) => boolean = () => true,
): Step<World, Params, Facts> {
  return step({
    ...inner,
    at: 'node',
    plan(spot, facts) {
      const changes = inner.plan(spot, facts);
      const first = changes.find((change) => change.actions.length > 0 && counts(change));
      const note = run(oweRestart(nodeOf(spot.world.topology, spot.host), part), {
        shown: 'note that the server is to be started again for it',
      });
      return changes.map((change) =>
        change === first ? { ...change, actions: [note, ...change.actions] } : change,
      );
    },
  });
}
