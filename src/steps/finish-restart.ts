import { marks } from '../apim/cluster/paths.ts';
import { forgetRestart } from '../apim/server/restarts.ts';
import { at, run } from '../engine/plan.ts';
import { as } from '../shell/command.ts';
import { readNote } from '../shell/files.ts';
import { nothing, step } from './define.ts';

/** Ends a rolling restart: the next one restarts every server again. One that broke off before is carried on. */
export const finishRestart = step({
  name: 'finish-restart',
  summary: 'Note that a rolling restart is over, so that the next one restarts every server again.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const nodes = world.topology.nodes.filter(({ host }) => world.hosts.has(host.name));
    const found = await Promise.all(
      nodes.map(async (node) => {
        const { stdout } = await asks.at(node.host).there(as(node.user, readNote(marks(node).restarted)));
        const time = stdout.trim();
        return time === '' ? [] : [{ node, time }];
      }),
    );
    return { restarted: found.flat() };
  },

  plan({ world }, { restarted }) {
    if (restarted.length === 0) return [];
    const names = restarted.map(({ node }) => node.host.name).join(', ');
    const earlier = restarted.filter(({ time }) => time !== world.now.toISOString());
    const told = earlier.map(({ node, time }) => `${node.host.name} at ${time}`).join(', ');
    return [
      {
        summary: `note that the restart of ${names} is over${told === '' ? '' : `; a run that broke off had restarted ${told}`}`,
        actions: restarted.flatMap(({ node }) =>
          at(node.host, [run(forgetRestart(node), { shown: 'remove the note of the restart' })]),
        ),
      },
    ];
  },
});
