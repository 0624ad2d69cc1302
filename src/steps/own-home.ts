import { type Node, nodeOf } from '../apim/cluster/topology.ts';
import { type Home, lookAtHome, readHome, refuseForeign } from '../apim/server/home.ts';
import type { Asks, Step } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { step, type World } from './define.ts';

/** The facts of a step, and the home that they were seen in. */
interface AtHome<Facts> {
  readonly home: Home;
  readonly facts: Facts;
}

/**
 * A step that works in a home, made to leave alone what was not installed by this tool. Where that may be replaced, it
 * is planned as if it had been, and done only once it has.
 */
export function inOwnHome<Params, Facts>(
  inner: Step<World, Params, Facts>,
): Step<World, Params, AtHome<Facts>> {
  const { company, verify, ...others } = inner;
  return step({
    ...others,
    at: 'node',

    async inspect(spot, asks) {
      const node = nodeOf(spot.world.topology, spot.host);
      const looked = asks.once(homeOf, node);
      const facts = inner.inspect(spot, asks);
      // What does not fit at a home of somebody else's is no news.
      facts.catch(() => undefined);
      const home = await looked;
      if (home.kind === 'foreign' && !node.replaceForeign) throw new StepFailed(refuseForeign(node, home));
      return { home, facts: await facts };
    },

    ...(company === undefined ? {} : { company: (spot, { facts }) => company(spot, facts) }),
    ...(verify === undefined ? {} : { verify: (spot, { facts }) => verify(spot, facts) }),

    plan(spot, { home, facts }) {
      const changes = inner.plan(spot, facts);
      if (home.kind !== 'foreign') return changes;
      return changes.map((change) => ({ needs: 'install-pack', ...change }));
    },
  });
}

/** Asked once a node, for all the steps that work in its home. One that cannot be looked at is told by those steps. */
async function homeOf({ at }: Pick<Asks, 'at'>, node: Node): Promise<Home> {
  const looked = await at(node.host)
    .there(lookAtHome(node))
    .catch(() => ({ stdout: '' }));
  return readHome(looked.stdout);
}
