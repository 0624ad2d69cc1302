import { later } from '../engine/plan.ts';
import { nodeStep, nothing } from './define.ts';
import { goesByItself, inspectPack } from './pack-state.ts';

/** For the conditions of plays: `if: await-turn` is for the nodes that go by themselves, `unless: await-turn` for the others. */
export const awaitTurn = nodeStep({
  name: 'await-turn',
  summary:
    'Tell the nodes whose archive is to be replaced while they serve and a twin can stand in: they go one by one.',
  params: nothing,

  inspect: inspectPack,

  plan({ node, world }, facts) {
    if (!goesByItself(world, node, facts)) return [];
    return [later(`replace the archive in ${node.home} when its turn has come`, 'install-pack')];
  },
});
